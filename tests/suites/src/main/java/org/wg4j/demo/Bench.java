// SPDX-License-Identifier: Apache-2.0
package org.wg4j.demo;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;

/**
 * {@code make bench}: one TCP stream through our module and through the kernel's own, in turns, in
 * one machine. With the lab's instruction clock the guest's time advances one nanosecond with each
 * guest instruction, so that a rate says how many instructions a byte costs, whatever else the host
 * does.
 */
public final class Bench {
  private static final int SECONDS = 3;
  private static final int ROUNDS = 2;
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Pattern RATE =
      Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"bits_per_second\":\\s*([0-9.e+]+)");

  private static final String TUNNEL =
      """
      set -e
      umask 077
      cd /tmp
      for side in a b; do
        ip netns add $side
        ip -n $side link set lo up
        wg genkey >$side.key
        wg pubkey <$side.key >$side.pub
      done
      ip link add cable netns a type veth peer name cable netns b
      ip -n a addr add 192.0.2.1/24 dev cable
      ip -n b addr add 192.0.2.2/24 dev cable
      for side in a b; do
        ip -n $side link set cable up
        ip -n $side link add wg0 type wireguard
      done
      ip netns exec a wg set wg0 private-key a.key listen-port 51820 \
        peer $(cat b.pub) endpoint 192.0.2.2:51820 allowed-ips 10.77.0.2/32
      ip netns exec b wg set wg0 private-key b.key listen-port 51820 \
        peer $(cat a.pub) allowed-ips 10.77.0.1/32
      ip -n a addr add 10.77.0.1/24 dev wg0
      ip -n b addr add 10.77.0.2/24 dev wg0
      ip -n a link set wg0 mtu 1420 up
      ip -n b link set wg0 mtu 1420 up
      ip netns exec a ping -n -q -c 1 -W 60 10.77.0.2
      ip netns exec b iperf3 -s -1 -D
      until ip netns exec b ss -Hltn | grep -q :5201; do sleep 0.1; done
      """;

  private static final String END =
      """
      set -e
      ip netns delete a
      ip netns delete b
      until [ "$(cat /sys/module/wireguard/refcnt)" = 0 ]; do sleep 0.1; done
      rmmod wireguard
      """;

  private Bench() {}

  /** Measures and prints; fails if a measurement does. */
  public static void main(String[] args) {
    boolean instructions = Boolean.getBoolean("wg4j.lab.instructionClock");
    double[] ours = new double[ROUNDS];
    double[] stock = new double[ROUNDS];
    MachineSpec spec = MachineSpec.of("bench").withSlubDebug(false).withCpus(instructions ? 1 : 2);
    System.out.printf(
        "one TCP stream, two namespaces, MTU 1420, %d s, %d rounds%n", SECONDS, ROUNDS);
    try (Machine machine = Machine.boot(spec)) {
      for (int round = 0; round < ROUNDS; round++) {
        machine.loadWireGuard();
        ours[round] = measure(machine, "our module", instructions);
        machine.loadInTreeWireGuard();
        stock[round] = measure(machine, "in-tree module", instructions);
      }
      machine.powerOff();
    }
    List<String> ratios =
        java.util.stream.IntStream.range(0, ROUNDS)
            .mapToObj(round -> String.format(Locale.ROOT, "%.3f", ours[round] / stock[round]))
            .toList();
    System.out.println("ours / in-tree, by round: " + String.join(", ", ratios));
    if (!instructions) {
      System.out.println("(wall clock of an emulated machine: the ratios are rough)");
    }
  }

  private static double measure(Machine machine, String name, boolean instructions) {
    machine.run(Command.sh(TUNNEL).within(LIMIT)).check();
    String report =
        machine
            .run(
                Command.of(
                        "ip",
                        "netns",
                        "exec",
                        "a",
                        "iperf3",
                        "-J",
                        "-c",
                        "10.77.0.2",
                        "-t",
                        Integer.toString(SECONDS))
                    .within(LIMIT))
            .check()
            .stdout();
    Matcher matcher = RATE.matcher(report);
    if (!matcher.find()) {
      throw new AssertionError("iperf3 reports no rate:\n" + report);
    }
    double megabits = Double.parseDouble(matcher.group(1)) / 1e6;
    machine.run(Command.sh(END).within(LIMIT)).check();
    System.out.printf(
        Locale.ROOT,
        "  %-15s %8.1f Mbit/s%s%n",
        name,
        megabits,
        instructions ? " per 10^9 guest instructions a second" : "");
    return megabits;
  }
}
