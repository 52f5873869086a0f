// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/**
 * How devices, namespaces and the module come and go, at rest and under traffic, and that nothing
 * of them stays. Each test is a script: {@code lifecycle.sh} has what they share.
 */
@Lab
class LifecycleTest {
  /** Scripts bound their waits themselves; this is for a guest that hangs. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  /** What nine rounds may add to the kernel's allocations by chance; a peer has more. */
  private static final long NOISE = 128 << 10;

  private static final int OTHER_PEERS = 50;

  /** How often a test repeats what it does to a tunnel in use; `make test-full` asks for more. */
  private static final int ROUNDS = Integer.getInteger("wg4j.rounds", 1);

  private final Identity identityA = Identity.generate();
  private final Identity identityB = Identity.generate();
  private final String presharedKey = Identity.presharedKey();
  private Machine machine;

  @BeforeEach
  void writeScripts(@Guest("ours") Machine ours) {
    machine = ours;
    ours.sh(
            """
            rm -rf /tmp/life && mkdir -m 700 /tmp/life &&
            cp /wg4j/build/kernel/$(uname -r)/wireguard.ko /tmp/life""")
        .check();
    ours.write("/tmp/life/lifecycle.sh", resource("lifecycle.sh"));
    write("a", 1, identityA, identityB);
    write("b", 2, identityB, identityA);
    ours.write("/tmp/life/a.key", identityA.privateKey() + "\n");
    ours.write("/tmp/life/b.public", identityB.publicKey() + "\n");
    ours.write("/tmp/life/c.key", Identity.generate().privateKey() + "\n");
    ours.write("/tmp/life/psk", presharedKey + "\n");
    writeOthers();
  }

  private void writeOthers() {
    StringJoiner others = new StringJoiner("\n", "", "\n");
    StringJoiner without = new StringJoiner("\n", "", "\n");
    for (int i = 0; i < OTHER_PEERS; i++) {
      Identity other = Identity.generate();
      others.add("[Peer]").add("PublicKey = " + other.publicKey());
      others.add("PresharedKey = " + presharedKey).add("Endpoint = 10.0.0.9:9");
      others.add("AllowedIPs = 10.7." + i + ".0/24, fd07:" + i + "::/32");
      without.add("peer " + other.publicKey() + " remove");
    }
    machine.write("/tmp/life/others.conf", others.toString());
    machine.write("/tmp/life/others.remove", without.toString());
  }

  private void write(String name, int host, Identity own, Identity peer) {
    int other = 3 - host;
    TunnelEnd end =
        new TunnelEnd(
            "wg0",
            own,
            51820 + host,
            List.of("192.168.77." + host + "/24", "fd77::" + host + "/64"),
            1420,
            peer.publicKey(),
            Optional.of(presharedKey),
            List.of("192.168.77." + other + "/32", "fd77::" + other + "/128"),
            Optional.of("PEER:" + (51820 + other)));
    machine.write("/tmp/life/" + name + ".conf", end.configuration());
    StringJoiner batch = new StringJoiner("\n", "", "\n");
    for (String address : end.addresses()) {
      batch.add("addr replace " + address + " dev wg0" + (address.contains(":") ? " nodad" : ""));
    }
    batch.add("link set wg0 up");
    machine.write("/tmp/life/" + name + ".ip", batch.toString());
  }

  static String resource(String name) {
    try (InputStream in = LifecycleTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Result script(String text) {
    return machine
        .run(Command.sh("rounds=" + ROUNDS + "\n. /tmp/life/lifecycle.sh\n" + text).within(LIMIT))
        .check();
  }

  /** Nine rounds, of which the last three may not need more than the first ones did. */
  @Test
  @Row("RT-12")
  void loadsServesAndUnloadsAgainAndAgain() {
    Result result =
        script(
            """
            rmmod wireguard
            for round in 1 2 3 4 5 6 7 8 9; do
              insmod wireguard.ko
              make_pair
              ping_b
              case $((round % 3)) in
                0) delete_namespaces; await objects_are wg_peer 0; rmmod wireguard ;;
                1) rmmod wireguard; delete_namespaces ;;
                2)
                  ip -n a link delete wg0
                  ip -n b link delete wg0
                  await objects_are wg_peer 0
                  await grep -qx 0 /sys/module/wireguard/refcnt
                  rmmod wireguard
                  delete_namespaces
                  ;;
              esac
              await namespaces_are 0
              [ ! -e /sys/kernel/slab/wg_peer ] || fail "round $round left a cache"
              echo "memory $(memory)"
            done
            insmod wireguard.ko
            nothing_left
            """);
    List<Long> memory =
        result.lines().stream()
            .filter(line -> line.startsWith("memory "))
            .map(line -> Long.valueOf(line.substring("memory ".length())))
            .toList();
    assertThat(memory).hasSize(9);
    assertThat(Collections.min(memory.subList(6, 9)))
        .as("bytes allocated after each round: %s", memory)
        .isLessThan(Collections.max(memory.subList(1, 4)) + NOISE);
  }

  @Test
  @Row("RT-12")
  void unloadsUnderTraffic() {
    script(
        """
        for make in make_pair make_pair_from_o; do
          $make
          traffic
          rmmod wireguard
          [ ! -e /sys/module/wireguard ] || fail "the module is still there"
          for ns in a b; do
            [ -z "$(ip -n $ns -o link show type wireguard)" ] || fail "a device is still there"
          done
          for ns in $(ip netns list | cut -d' ' -f1); do
            [ -z "$(sockets $ns)" ] || fail "sockets in $ns: $(sockets $ns)"
          done
          nothing_left
          insmod wireguard.ko
        done
        """);
  }

  @Test
  void losesDevicesUnderTraffic() {
    script(
        """
        make_pair
        traffic
        for round in $(seq $rounds); do
          ip -n a link delete wg0
          make_end a
          flows a b
          ip -n b link delete wg0
          make_end b
          flows b a
          ip -n a link delete wg0
          ip -n b link delete wg0
          make_end b
          make_end a
          flows a b
        done
        await objects_are wg_peer 2
        nothing_left
        """);
  }

  @Test
  @Row("RT-7")
  void goesDownAndUpUnderTraffic() {
    script(
        """
        for round in 1 2 3 4 5 6 7 8 9 10; do
          echo 'link set wg0 down'
          echo 'link set wg0 up'
        done >down-and-up
        make_pair
        traffic
        for round in $(seq $rounds); do
          ip -n a -batch down-and-up
          flows a b
          ip -n b -batch down-and-up
          flows a b
          ip -n a -batch down-and-up &
          ip -n b -batch down-and-up
          wait $!
          flows b a
        done
        [ "$(sockets a | wc -l)" -eq 2 ] || fail "sockets of a: $(sockets a)"
        quiet
        ip -n a link set wg0 down
        ip -n b link set wg0 down
        [ -z "$(sockets a)$(sockets b)" ] || fail "sockets of devices that are down"
        nothing_left
        """);
  }

  /**
   * What a processor had queued when it went is done by another; handshakes need no certain one.
   */
  @Test
  void losesAndRegainsAProcessorUnderTraffic() {
    script(
        """
        online=/sys/devices/system/cpu/cpu1/online
        trap 'echo 1 >$online; clean_up' EXIT
        make_pair
        traffic
        for round in $(seq $((2 * rounds))); do
          echo 0 >$online
          flows a b
          # A key that changes there and back leaves no session to send under.
          ip netns exec a wg set wg0 private-key c.key
          ip netns exec a wg set wg0 private-key a.key
          flows b a
          echo 1 >$online
          flows a b
        done
        nothing_left
        """);
  }

  /** {@link SideBySideTest#sessionsEndBeforeSleep} shows what becomes of an idle tunnel. */
  @Test
  void wakesUnderTraffic() {
    script(
        """
        trap 'echo none >/sys/power/pm_test; clean_up' EXIT
        echo freezer >/sys/power/pm_test
        echo 0 >/sys/module/suspend/parameters/pm_test_delay
        session() {
          ip netns exec a wg show wg0 latest-handshakes
        }
        make_pair
        traffic
        for round in 1 2 3; do
          before=$(session)
          sleep 1 # a session's time is known in seconds
          echo freeze >/sys/power/state
          flows a b
          [ "$(session)" != "$before" ] || fail 'the session of before'
        done
        nothing_left
        """);
  }

  @Test
  void isConfiguredUnderTraffic() {
    script(
        """
        a="ip netns exec a"
        peer=$(cat b.public)
        sed s/PEER/10.0.0.2/ a.conf >a.full
        sed -n '/^\\[Peer\\]/,$p' a.full >peer.conf
        make_pair
        traffic
        for round in $(seq $((2 * rounds))); do
          # Every peer replaced by itself, by itself and others, by what was.
          $a wg setconf wg0 a.full
          $a wg addconf wg0 others.conf
          $a wg syncconf wg0 a.full
          $a wg addconf wg0 others.conf
          $a wg set wg0 $(cat others.remove)
          # Its addresses go to others and come back.
          for ips in 10.1.0.0/16 0.0.0.0/0,::/0 '' 192.168.0.0/16,fd77::/16 192.168.77.2/32,fd77::2/128; do
            $a wg set wg0 peer $peer allowed-ips "$ips"
          done
          flows a b
          # The peer itself goes and comes back.
          $a wg set wg0 peer $peer remove
          $a wg addconf wg0 peer.conf
          flows b a
          # Ports and keys.
          $a wg set wg0 listen-port $((40000 + round)) fwmark $round
          $a wg set wg0 private-key c.key
          $a wg set wg0 private-key a.key
          $a wg set wg0 peer $peer persistent-keepalive $round preshared-key /dev/null
          $a wg set wg0 peer $peer preshared-key psk
          flows a b
        done
        [ "$($a wg show wg0 allowed-ips)" = "$peer\tfd77::2/128 192.168.77.2/32" ] ||
          [ "$($a wg show wg0 allowed-ips)" = "$peer\t192.168.77.2/32 fd77::2/128" ] ||
          fail "allowed IPs: $($a wg show wg0 allowed-ips)"
        await objects_are wg_peer 2
        nothing_left
        """);
  }

  /** RT-8: sockets are in the namespace in which the link was made, or that it was linked to. */
  @Test
  @Row({"RT-8", "RT-10"})
  void keepsItsSocketsWhereItWasCreated() {
    script(
        """
        ip netns add a
        ip netns add b
        ip netns add o
        ip -n a link add wg0 type wireguard
        ip -n a link set wg0 netns b
        ip -n b link set wg0 up
        [ "$(sockets a | wc -l)" -eq 2 ] || fail "created in a: $(sockets a)"
        [ -z "$(sockets b)" ] || fail "moved to b: $(sockets b)"
        ip link add wg1 netns b type wireguard
        ip -n b link set wg1 up
        [ "$(ss -Huna | wc -l)" -eq 2 ] || fail "created from outside: $(ss -Huna)"
        ip -n b link add wg2 link-netns o type wireguard
        ip -n b link set wg2 up
        [ "$(sockets o | wc -l)" -eq 2 ] || fail "linked to o: $(sockets o)"
        [ "$(sockets a | wc -l)" -eq 2 ] || fail "a at last: $(sockets a)"
        [ -z "$(sockets b)" ] || fail "b at last: $(sockets b)"
        # RT-10: the device's namespace goes, with it the device and its sockets elsewhere.
        ip netns delete b
        await namespaces_are 2
        [ -z "$(sockets a)$(sockets o)$(ss -Huna)" ] || fail "sockets of devices that are gone"
        nothing_left
        """);
  }

  /** RT-9. */
  @Test
  @Row({"RT-9", "NL-ERR"})
  void outlivesTheNamespaceOfItsSockets() {
    script(
        """
        expect() { # WHAT COMMAND...: fails, and says so
          what=$1
          shift
          if "$@" 2>error; then fail "possible: $*"; fi
          grep -q "$what" error || fail "$*: $(cat error)"
        }
        a="ip netns exec a"
        make_pair_from_o
        ping_b
        flood b 192.168.77.1
        flows a b
        ip netns delete o
        await namespaces_are 2
        $a ip link show wg0 | grep NO-CARRIER || fail "a: $($a ip link show wg0)"
        [ "$($a cat /sys/class/net/wg0/carrier)" = 0 ]
        [ "$($a cat /sys/class/net/wg0/operstate)" = down ]
        [ "$($a wg show wg0 listen-port)" = 51821 ]
        expect 'not permitted' $a wg set wg0 listen-port 40000
        expect 'not permitted' $a wg set wg0 fwmark 7
        $a wg set wg0 private-key c.key
        [ "$($a wg show wg0 listen-port)" = 51821 ]
        $a wg show wg0 endpoints | grep -q 127.0.0.1:51822
        ip -n a link set wg0 down
        expect 'Machine is not on the network' ip -n a link set wg0 up
        ip -n a link delete wg0
        nothing_left
        """);
  }

  /** RT-10: namespaces go one by one or at once, while their tunnels are used. */
  @Test
  @Row({"RT-9", "RT-10"})
  void losesItsNamespaceUnderTraffic() {
    script(
        """
        for round in $(seq $rounds); do
          # The flood comes from b: a namespace stays as long as a process is in it.
          make_pair
          flood b 192.168.77.1
          flows a
          ip netns delete a
          await namespaces_are 1
          nothing_left
          make_pair_from_o
          flood b 192.168.77.1
          flows a
          ip netns delete a
          await namespaces_are 2
          [ "$(sockets o | wc -l)" -eq 2 ] || fail "sockets in o: $(sockets o)"
          nothing_left
          make_pair_from_o
          flood b 192.168.77.1
          flows a
          ip netns delete o
          ip netns delete a
          await namespaces_are 1
          nothing_left
        done
        """);
  }

  /** RT-10: devices in each other's namespace hold neither. */
  @Test
  @Row("RT-10")
  void swappedDevicesDoNotKeepTheirNamespaces() {
    script(
        """
        ip netns add a
        ip netns add b
        ip link add v0 netns a type veth peer name v0 netns b
        add_link a 1
        add_link b 2
        ip -n a link add wg0 type wireguard
        ip -n b link add wg1 type wireguard
        ip -n a link set wg0 netns b
        ip -n b link set wg1 netns a
        ip -n a link set wg1 name wg0
        # The device in a has its sockets in b, so the other's are at 10.0.0.1, in a.
        configure a 10.0.0.1
        configure b 10.0.0.2
        ping_b
        flood a 192.168.77.2
        flows a b
        quiet
        nothing_left
        """);
  }

  @Test
  void createsAndDeletesManyDevices() {
    script(
        """
        count=$((60 * rounds))
        for i in $(seq $count); do
          group=$((i % 2 + 7))
          echo "link add wg$i group $group type wireguard"
          echo "link set wg$i up"
        done >create
        for i in $(seq 2 2 $count); do echo "link delete wg$i"; done >delete
        ip netns add a
        before=$(ip netns exec a cat /proc/sys/net/ipv4/conf/all/send_redirects)
        for round in 1 2; do
          ip -n a -batch create
          [ "$(sockets a | wc -l)" -eq $((2 * count)) ] || fail "sockets: $(sockets a | wc -l)"
          [ "$(sockets a | sed 's/.*://' | sort -u | wc -l)" -eq $count ] || fail "a port twice"
          for i in 1 2 3 4; do ip netns exec a wg addconf wg$i others.conf; done
          ip -n a link delete group 8
          ip -n a -batch delete
          [ -z "$(sockets a)" ] || fail "sockets: $(sockets a)"
          await objects_are wg_peer 0
        done
        [ "$(ip netns exec a cat /proc/sys/net/ipv4/conf/all/send_redirects)" = $before ]
        ip -n a -batch create
        nothing_left
        """);
  }

  @Test
  @Row(value = "RT-6", better = "what conf/all/send_redirects was is put back")
  void putsRedirectsBack() {
    script(
        """
        redirects() {
          ip netns exec a cat /proc/sys/net/ipv4/conf/all/send_redirects
        }
        redirects_are() { # VALUE WHEN
          [ "$(redirects)" = "$1" ] || fail "send_redirects is $(redirects) $2"
        }
        ip netns add a
        for before in 1 0; do
          echo $before | ip netns exec a tee /proc/sys/net/ipv4/conf/all/send_redirects
          ip -n a link add wg0 type wireguard
          ip -n a link add wg1 type wireguard
          redirects_are $before 'before a device is up'
          ip -n a link set wg0 up
          redirects_are 0 'with one device up'
          ip -n a link set wg1 up
          ip -n a link set wg0 down
          redirects_are 0 'with another up'
          ip -n a link set wg1 down
          redirects_are $before 'with all down'
          ip -n a link set wg0 up
          ip -n a link delete wg0
          redirects_are $before 'with the last one gone'
          ip -n a link set wg1 up
          rmmod wireguard
          redirects_are $before 'without the module'
          insmod wireguard.ko
        done
        nothing_left
        """);
  }
}
