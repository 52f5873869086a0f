// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Background;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;
import org.wg4j.suites.TwoNamespaces.Plan;

/**
 * Beginnings and ends: loading and unloading, namespaces and devices that go while packets fly.
 * After each test nothing may be left of what the module allocated: the allocator of this machine
 * remembers who asked for what.
 */
@Lab
class UnloadTest {
  private static final Duration LONG = Duration.ofMinutes(8);

  /** Traffic of all kinds through a tunnel for as long as it lasts; ends when killed. */
  private static final String TRAFFIC =
      """
      (while :; do ping -q -f -c 200 -W 1 192.168.77.2; done) >/dev/null 2>&1 &
      (while :; do ping -q -f -c 200 -s 3000 -W 1 fd77::2; done) >/dev/null 2>&1 &
      echo flowing
      wait
      """;

  private Machine machine;
  private Map<String, Long> allocationsBefore;
  private int logBefore;

  @BeforeEach
  void loadAnew(
      @Guest(value = "tracked", slubDebug = false, kernelArgs = "slub_debug=FZPU")
          Machine tracked) {
    machine = tracked;
    TwoNamespaces.removeFrom(machine);
    machine.unloadModule("wireguard");
    logBefore = machine.kernelLog().size();
    machine.loadWireGuard();
    machine
        .sh("mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug")
        .check();
    allocationsBefore = liveAllocations();
  }

  @AfterEach
  void leavesNothingBehind() {
    if (!machine.isAlive()) {
      return;
    }
    TwoNamespaces.removeFrom(machine);
    assertThat(machine.read("/sys/module/wireguard/refcnt")).isEqualTo("0\n");
    Map<String, Long> after = liveAllocations();
    // A namespace is dismantled, and what RCU protects freed, some time after the command.
    for (int i = 0; i < 300 && !after.equals(allocationsBefore); i++) {
      after = liveAllocations();
    }
    assertThat(after).as("live objects by who allocated them").isEqualTo(allocationsBefore);
    machine.unloadModule("wireguard");
    assertThat(machine.kernelLogSince(logBefore))
        .noneMatch(line -> line.contains("unregister_netdevice") || line.contains("leak"));
    machine.sh("insmod /tmp/wireguard.ko").check();
  }

  /** What the module's functions have allocated and nobody has freed, counted by function. */
  private Map<String, Long> liveAllocations() {
    Map<String, Long> objects = new TreeMap<>();
    machine
        .sh("cat /sys/kernel/debug/slab/*/alloc_traces | awk '/\\[wireguard\\]/ { print $1, $2 }'")
        .check()
        .lines()
        .forEach(
            line -> objects.merge(line.split(" ")[1], Long.valueOf(line.split(" ")[0]), Long::sum));
    return objects;
  }

  @Test
  void loadsWorksAndUnloadsManyTimes() {
    String round =
        """
        set -e
        insmod /tmp/wireguard.ko
        ip link add wg0 type wireguard
        ip link add wg1 type wireguard
        wg set wg0 listen-port 1000 private-key /tmp/k0 peer $(wg pubkey </tmp/k1) \
          endpoint 127.0.0.1:1001 allowed-ips 192.168.99.0/24
        wg set wg1 listen-port 1001 private-key /tmp/k1 peer $(wg pubkey </tmp/k0) \
          endpoint 127.0.0.1:1000 allowed-ips 192.168.99.0/24 persistent-keepalive 1
        ip link set wg0 up
        ip addr add 192.168.99.1/24 dev wg0
        ip link set wg1 up
        timeout 60 sh -c 'until wg show wg1 latest-handshakes | grep -qv "\t0$"; do sleep 0.1; done'
        rmmod wireguard
        test ! -e /sys/class/net/wg0
        test ! -e /sys/module/wireguard
        """;
    machine.unloadModule("wireguard");
    machine.sh("umask 077; wg genkey >/tmp/k0; wg genkey >/tmp/k1").check();
    machine
        .run(Command.sh("for i in $(seq 12); do (" + round + ") || exit 1; done").within(LONG))
        .check();
    machine.sh("insmod /tmp/wireguard.ko").check();
  }

  @Test
  void unloadsAmidstLiveTunnelsAndTraffic() {
    for (int round = 0; round < 3; round++) {
      TwoNamespaces pair = TwoNamespaces.make(machine, Plan.veth());
      try (Background traffic = pair.startIn("a", "sh", "-c", TRAFFIC)) {
        traffic.awaitLine("flowing", LONG);
        awaitBytes(pair, 20_000);
        machine.run(Command.of("rmmod", "wireguard").within(LONG)).check();
        assertThat(pair.in("a", "ip link show wg0").exitCode()).isNotZero();
      }
      machine.sh("insmod /tmp/wireguard.ko").check();
    }
  }

  /** RT-10: the device goes with its namespace, and its socket in the other one with it. */
  @Test
  void theNamespaceOfADeviceIsDeletedUnderTraffic() {
    TwoNamespaces pair = TwoNamespaces.make(machine, Plan.loopback(1420));
    assertThat(sockets("o")).hasSize(4);
    try (Background traffic = pair.startIn("a", "sh", "-c", TRAFFIC)) {
      traffic.awaitLine("flowing", LONG);
      awaitBytes(pair, 20_000);
      // A namespace lives as long as a process in it.
      machine.sh("ip netns pids a | xargs kill -9; ip netns delete a").check();
    }
    awaitTrue("ip netns exec o ss -Hlun | grep -q :" + TwoNamespaces.PORT_A, false);
    assertThat(sockets("o")).hasSize(2).allMatch(line -> line.contains(":" + TwoNamespaces.PORT_B));
    assertThat(pair.in("b", "wg show wg0 listen-port").stdout())
        .isEqualTo(TwoNamespaces.PORT_B + "\n");
  }

  /** RT-9: the device outlives the namespace of its sockets, but without a way out. */
  @Test
  void theNamespaceThatCreatedADeviceIsDeletedUnderTraffic() {
    TwoNamespaces pair = TwoNamespaces.make(machine, Plan.loopback(1420));
    try (Background traffic = pair.startIn("a", "sh", "-c", TRAFFIC)) {
      traffic.awaitLine("flowing", LONG);
      awaitBytes(pair, 20_000);
      machine.sh("ip netns delete o").check();
      awaitTrue("ip -n a link show wg0 | grep -q NO-CARRIER", true);
    }
    Result after =
        pair.in(
            "a",
            """
            exec 2>&1
            wg show wg0 listen-port
            wg set wg0 listen-port 7; echo port $?
            wg set wg0 fwmark 7; echo mark $?
            wg genkey >/tmp/new-key; wg set wg0 private-key /tmp/new-key; echo key $?
            ip link set wg0 down; ip link set wg0 up; echo up $?
            """);
    assertThat(after.stdout())
        .isEqualTo(
            """
            %d
            Unable to modify interface: Operation not permitted
            port 1
            Unable to modify interface: Operation not permitted
            mark 1
            key 0
            RTNETLINK answers: Machine is not on the network
            up 2
            """
                .formatted(TwoNamespaces.PORT_A));
  }

  /** Two devices, each with its sockets in the other's namespace, must not hold these alive. */
  @Test
  void swappedDevicesDoNotKeepTheirNamespacesAlive() {
    machine
        .sh(
            """
            set -e
            ip netns add a; ip netns add b
            ip -n a link add wg0 type wireguard; ip -n b link add wg1 type wireguard
            ip -n a link set wg0 netns b; ip -n b link set wg1 netns a
            ip -n b link set wg0 up; ip -n a link set wg1 up
            ip netns delete a; ip netns delete b
            """)
        .check();
    awaitTrue("grep -q '^wireguard [0-9]* 0 ' /proc/modules", true);
    // Only when the last device is gone is the cache of peers empty and the module free to go.
    machine.run(Command.of("rmmod", "wireguard").within(LONG)).check();
    machine.sh("insmod /tmp/wireguard.ko").check();
  }

  @Test
  void aDeviceIsDeletedUnderTraffic() {
    for (int round = 0; round < 3; round++) {
      TwoNamespaces pair = TwoNamespaces.make(machine, Plan.veth());
      try (Background traffic = pair.startIn("a", "sh", "-c", TRAFFIC)) {
        traffic.awaitLine("flowing", LONG);
        awaitBytes(pair, 20_000);
        machine.sh("ip -n b link delete wg0 && ip -n a link delete wg0").check();
        assertThat(sockets("a")).isEmpty();
        assertThat(sockets("b")).isEmpty();
      }
    }
  }

  @Test
  void goesDownAndUpUnderTraffic() {
    TwoNamespaces pair = TwoNamespaces.make(machine, Plan.veth());
    try (Background traffic = pair.startIn("a", "sh", "-c", TRAFFIC)) {
      traffic.awaitLine("flowing", LONG);
      awaitBytes(pair, 10_000);
      machine
          .run(
              Command.sh(
                      """
                      for i in $(seq 15); do
                        printf 'link set wg0 down\\nlink set wg0 up\\n' | ip -n a -batch - || exit 1
                        printf 'link set wg0 down\\nlink set wg0 up\\n' | ip -n b -batch - || exit 1
                      done
                      ip -n a link set wg0 down""")
                  .within(LONG))
          .check();
      assertThat(sockets("a")).as("of a device that is down").isEmpty();
      machine
          .sh("ip -n a link set wg0 up && ip -n a addr replace fd77::1/64 dev wg0 nodad")
          .check();
    }
    pair.in("a", "ping -q -c 1 -W 60 192.168.77.2").check();
  }

  @Test
  void peersComeAndGoUnderTraffic() {
    TwoNamespaces pair = TwoNamespaces.make(machine, Plan.veth());
    String peer = pair.identityA().publicKey();
    try (Background traffic = pair.startIn("a", "sh", "-c", TRAFFIC)) {
      traffic.awaitLine("flowing", LONG);
      awaitBytes(pair, 10_000);
      pair.in(
              "b",
              """
              for i in $(seq 20); do
                wg set wg0 peer %1$s remove || exit 1
                wg set wg0 peer %1$s allowed-ips 192.168.77.1/32,fd77::1/128 || exit 1
                wg set wg0 peer %1$s allowed-ips 10.0.0.0/8 || exit 1
                wg set wg0 peer %1$s allowed-ips 192.168.77.1/32,fd77::1/128 || exit 1
              done"""
                  .formatted(peer))
          .check();
    }
    // b has forgotten the session: a finds out by its own timers, or b by its own first packet.
    pair.in("b", "wg set wg0 peer " + peer + " endpoint 10.0.0.1:" + TwoNamespaces.PORT_A).check();
    pair.in("b", "ping -q -c 1 -W 60 192.168.77.1").check();
    assertThat(pair.in("b", "wg show wg0 peers").stdout()).isEqualTo(peer + "\n");
  }

  /** UDP sockets in a namespace: the module's are the only ones. */
  private List<String> sockets(String namespace) {
    return machine.sh("ip netns exec " + namespace + " ss -Hlun").check().lines();
  }

  private static void awaitBytes(TwoNamespaces pair, long bytes) {
    pair.in(
            "a",
            "until [ $(cat /sys/class/net/wg0/statistics/rx_bytes) -gt %d ]; do sleep 0.1; done"
                .formatted(bytes))
        .check();
  }

  /** Waits until a command succeeds or fails; the command's time limit ends it if it never does. */
  private void awaitTrue(String condition, boolean wanted) {
    String word = wanted ? "until" : "while";
    machine.run(Command.sh(word + " " + condition + "; do sleep 0.1; done").within(LONG)).check();
  }
}
