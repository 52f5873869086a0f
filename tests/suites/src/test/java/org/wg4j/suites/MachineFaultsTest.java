// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.AllowKernelLog;
import org.wg4j.lab.Background;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;
import org.wg4j.lab.VirtualNetwork;

/**
 * Faults of machines under traffic, beside those of {@link LifecycleTest} (devices, namespaces, the
 * module and a processor that go) and {@link AllocationFailureTest} (each allocation by itself): a
 * peer that is killed and rebooted, and memory that runs out.
 */
@Lab
class MachineFaultsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Scripts bound their waits themselves; this is for a guest that hangs. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private static final int OUR_PORT = 51820;
  private static final int PEER_PORT = 51830;

  /**
   * Seconds of the guest's for which a lost session may go unnoticed, and one handshake with a
   * retry: 15, 5 and a third, and an eighth of each by which a kernel timer may be late.
   */
  private static final int NOTICED_AND_REPAIRED = 24;

  private final Identity ourKeys = Identity.generate();
  private final Identity peerKeys = Identity.generate();

  @AfterEach
  void removeTunnel(@Guest("ours") Machine ours) {
    ours.sh("ip link delete wg0; ip addr flush dev eth0; ip link set eth0 down");
  }

  /** Twice: once we have to find out that our session is nobody's, once the peer speaks first. */
  @Test
  @Tag("long")
  void findsAPeerThatWasKilledAndRebooted(@Guest("ours") Machine ours, VirtualNetwork net) {
    net.plug(ours.nic(0));
    configure(ours, 1, ourKeys, OUR_PORT, peerKeys, PEER_PORT);
    try (Background traffic = ours.start("ping", "-n", "-i", "0.02", "192.168.77.2")) {
      try (Machine first = bootPeer(net)) {
        first.run("ping", "-q", "-c", "1", "-W", "60", "192.168.77.1").check();
        traffic.awaitLine("bytes from 192.168.77.2: icmp_seq=", PATIENCE);
      } // kills it
      assertThat(traffic.isAlive()).isTrue();
    }
    try (Machine second = bootPeer(net);
        Background pings = ours.start("ping", "-n", "-i", "1", "192.168.77.2")) {
      String answer = pings.awaitLine("bytes from 192.168.77.2: icmp_seq=", PATIENCE);
      int number = Integer.parseInt(answer.replaceAll(".*icmp_seq=(\\d+) .*", "$1"));
      System.out.println("killed and rebooted: the first answer is to " + number);
      assertThat(number).as(answer).isLessThanOrEqualTo(NOTICED_AND_REPAIRED);
      second.run("ping", "-q", "-c", "1", "-W", "60", "192.168.77.1").check();
    }
    try (Machine third = bootPeer(net)) {
      third.run("ping", "-q", "-c", "1", "-W", "60", "192.168.77.1").check();
      ours.run("ping", "-q", "-c", "1", "-W", "60", "192.168.77.2").check();
    }
  }

  /**
   * Where hardly any memory is left the tunnel carries packets and makes sessions; when the last is
   * taken, packets may be lost, and nothing else.
   */
  @Test
  @Tag("long")
  @AllowKernelLog("page allocation failure|Call Trace:")
  void livesThroughMemoryThatRunsOut(@Guest(value = "scarce", memoryMiB = 640) Machine machine) {
    script(
        machine,
        """
        eats() { # until the kernel takes it away; says "full" when hardly any is left, and waits
          exec perl -e '
            open F, ">", "/proc/self/oom_score_adj" and print F 1000 and close F or die;
            sub available { open F, "/proc/meminfo"; local $/; <F> =~ /MemAvailable: +(\\d+)/; $1 }
            $| = 1;
            push @m, "x" x (1 << 20) while available() > 32 << 10;
            print "full\\n";
            <STDIN>;
            push @m, "x" x (64 << 20) while 1;'
        }
        killed() {
          dmesg | grep -c 'Out of memory: Killed process .*(perl)' || :
        }
        mkfifo more
        make_pair
        traffic
        for round in 1 2; do
          before=$(killed)
          : >said
          eats <more >said &
          eater=$!
          exec 9>more
          await grep -q full said
          flows a b
          # A key that changes there and back leaves no session to send under.
          ip netns exec a wg set wg0 private-key c.key
          ip netns exec a wg set wg0 private-key a.key
          flows b a
          kill -0 $eater || fail 'memory was not scarce'
          echo >&9
          ! wait $eater
          exec 9>&-
          [ "$(killed)" -eq $((before + 1)) ] || fail "$(killed) killed, $before before"
          flows a b
        done
        rm more
        nothing_left
        """);
  }

  private static void script(Machine machine, String text) {
    new LifecycleTest().writeScripts(machine);
    machine.run(Command.sh(". /tmp/life/lifecycle.sh\n" + text).within(LIMIT)).check();
  }

  /** A new machine with the same keys and addresses, and the kernel's own module. */
  private Machine bootPeer(VirtualNetwork net) {
    Machine peer = Machine.boot(MachineSpec.of("mortal").withCpus(1));
    peer.loadInTreeWireGuard();
    net.plug(peer.nic(0));
    configure(peer, 2, peerKeys, PEER_PORT, ourKeys, OUR_PORT);
    return peer;
  }

  private static void configure(
      Machine machine, int host, Identity own, int port, Identity peer, int peerPort) {
    int other = 3 - host;
    TunnelEnd end =
        new TunnelEnd(
            "wg0",
            own,
            port,
            List.of("192.168.77." + host + "/24"),
            1420,
            peer.publicKey(),
            Optional.empty(),
            List.of("192.168.77." + other + "/32"),
            Optional.of("10.9.0." + other + ":" + peerPort));
    String link =
        """
        set -e
        # A rebooted machine has another hardware address, and says so.
        echo 1 >/proc/sys/net/ipv4/conf/eth0/arp_notify
        ip -batch - <<'END'
        addr replace 10.9.0.%d/24 dev eth0
        link set eth0 up
        link add wg0 type wireguard
        END
        """
            .formatted(host);
    machine.sh(link + end.configure("")).check();
  }
}
