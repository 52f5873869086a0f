// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.wg4j.lab.Background;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/**
 * The namespaces {@code a} and {@code b} of one machine with one tunnel, {@code wg0} on either
 * side: 192.168.77.1 and fd77::1 at a, 192.168.77.2 and fd77::2 at b. Making it replaces the one
 * before.
 */
final class TwoNamespaces {
  static final String INNER_A4 = "192.168.77.1";
  static final String INNER_B4 = "192.168.77.2";
  static final String INNER_A6 = "fd77::1";
  static final String INNER_B6 = "fd77::2";
  static final int PORT_A = 51821;
  static final int PORT_B = 51822;

  /** Guests are emulated, and the host is busy. */
  static final Duration PATIENCE = Duration.ofMinutes(3);

  /** What carries the tunnel. */
  enum Underlay {
    /** A veth pair between the namespaces, with the UDP sockets in them. */
    VETH,
    /** One loopback device in a third namespace {@code o}, which created both tunnel devices. */
    LOOPBACK
  }

  /**
   * @param underlay what carries the tunnel
   * @param outerIpv6 whether the UDP packets are IPv6
   * @param mtu of the tunnel devices
   * @param underlayMtu of the veth devices; a loopback keeps its 65536
   * @param preshared whether the ends share a key beside their key pairs
   */
  record Plan(Underlay underlay, boolean outerIpv6, int mtu, int underlayMtu, boolean preshared) {
    static Plan veth() {
      return new Plan(Underlay.VETH, false, 1420, 1500, false);
    }

    static Plan loopback(int mtu) {
      return new Plan(Underlay.LOOPBACK, false, mtu, 65536, false);
    }

    Plan overIpv6(boolean ipv6) {
      return new Plan(underlay, ipv6, mtu, underlayMtu, preshared);
    }

    Plan withMtu(int newMtu, int newUnderlayMtu) {
      return new Plan(underlay, outerIpv6, newMtu, newUnderlayMtu, preshared);
    }

    Plan withPresharedKey() {
      return new Plan(underlay, outerIpv6, mtu, underlayMtu, true);
    }
  }

  /** What a device has counted for its only peer, in bytes. */
  record Transfer(long received, long sent) {}

  private final Machine machine;
  private final Identity identityA;
  private final Identity identityB;

  private TwoNamespaces(Machine machine, Identity identityA, Identity identityB) {
    this.machine = machine;
    this.identityA = identityA;
    this.identityB = identityB;
  }

  static TwoNamespaces make(Machine machine, Plan plan) {
    TwoNamespaces made = new TwoNamespaces(machine, Identity.generate(), Identity.generate());
    machine.sh("set -e\n" + made.script(plan)).check();
    return made;
  }

  private String script(Plan plan) {
    Optional<String> key =
        plan.preshared() ? Optional.of(Identity.presharedKey()) : Optional.empty();
    boolean loopback = plan.underlay() == Underlay.LOOPBACK;
    String hostA =
        loopback
            ? plan.outerIpv6() ? "[::1]" : "127.0.0.1"
            : plan.outerIpv6() ? "[fd00::1]" : "10.0.0.1";
    String hostB = loopback ? hostA : plan.outerIpv6() ? "[fd00::2]" : "10.0.0.2";
    TunnelEnd a =
        new TunnelEnd(
            "wg0",
            identityA,
            PORT_A,
            List.of(INNER_A4 + "/24", INNER_A6 + "/64"),
            plan.mtu(),
            identityB.publicKey(),
            key,
            List.of(INNER_B4 + "/32", INNER_B6 + "/128"),
            Optional.of(hostB + ":" + PORT_B));
    TunnelEnd b =
        new TunnelEnd(
            "wg0",
            identityB,
            PORT_B,
            List.of(INNER_B4 + "/24", INNER_B6 + "/64"),
            plan.mtu(),
            identityA.publicKey(),
            key,
            List.of(INNER_A4 + "/32", INNER_A6 + "/128"),
            Optional.of(hostA + ":" + PORT_A));
    StringJoiner script = new StringJoiner("\n");
    script.add(REMOVE);
    script.add("ip netns add a; ip netns add b");
    if (loopback) {
      script.add(
          """
          ip netns add o
          ip -n a link set lo up
          ip -n b link set lo up
          ip -n o -batch - <<'END'
          link set lo up
          link add wg0 type wireguard
          link set wg0 netns a
          link add wg0 type wireguard
          link set wg0 netns b
          END""");
    } else {
      script.add("ip link add v0 netns a type veth peer name v0 netns b");
      script.add(link("a", 1, plan.underlayMtu()));
      script.add(link("b", 2, plan.underlayMtu()));
    }
    script.add(a.configure("a"));
    script.add(b.configure("b"));
    return script.toString();
  }

  private static String link(String namespace, int host, int mtu) {
    return """
        ip -n %1$s -batch - <<'END'
        link set lo up
        addr add 10.0.0.%2$d/24 dev v0
        addr add fd00::%2$d/64 dev v0 nodad
        link set v0 mtu %3$d up
        link add wg0 type wireguard
        END"""
        .formatted(namespace, host, mtu);
  }

  /** Ends what runs in the namespaces of an earlier pair, and deletes them. */
  private static final String REMOVE =
      """
      for ns in a b o; do
        if [ -e /run/netns/$ns ]; then
          ip netns pids $ns | xargs -r kill -9
          ip netns delete $ns
        fi
      done""";

  /** Deletes the namespaces of whatever pair the machine has, and with them the devices. */
  static void removeFrom(Machine machine) {
    machine.sh(REMOVE).check();
  }

  Identity identityA() {
    return identityA;
  }

  Identity identityB() {
    return identityB;
  }

  /** Runs a script in a namespace. */
  Result in(String namespace, String script) {
    return machine.run(
        Command.of("ip", "netns", "exec", namespace, "sh", "-c", script).within(PATIENCE));
  }

  /** Starts a command in a namespace. */
  Background startIn(String namespace, String... argv) {
    String[] command = new String[argv.length + 4];
    command[0] = "ip";
    command[1] = "netns";
    command[2] = "exec";
    command[3] = namespace;
    System.arraycopy(argv, 0, command, 4, argv.length);
    return machine.start(command);
  }

  Transfer transfer(String namespace) {
    String[] fields = in(namespace, "wg show wg0 transfer").check().stdout().strip().split("\t");
    assertThat(fields).hasSize(3);
    return new Transfer(Long.parseLong(fields[1]), Long.parseLong(fields[2]));
  }

  /** Asserts that neither device counted an error or dropped a packet. */
  void assertNoErrors() {
    for (String namespace : List.of("a", "b")) {
      String counters =
          in(namespace, "cd /sys/class/net/wg0/statistics && grep . *_errors *_dropped")
              .check()
              .stdout();
      assertThat(counters.lines())
          .as("error counters of wg0 in " + namespace)
          .isNotEmpty()
          .allMatch(line -> line.endsWith(":0"));
    }
  }
}
