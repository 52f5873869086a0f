// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.time.Duration;
import java.util.List;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/**
 * Two namespaces joined by a cable, between which one contender carries packets: of one machine, or
 * of two, one of each.
 */
final class Arena {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  /**
   * One machine, and which of the two sides it is.
   *
   * @param sides a, b, or both
   */
  private record End(Machine machine, String sides) {}

  /** The two ends of a veth device. */
  private static final String VETH =
      """
      ip link add cablea address 02:00:00:00:00:01 type veth peer name cableb address 02:00:00:00:00:02
      device() { echo cable$1; }
      """;

  /** The network card of each machine. */
  private static final String CARD = "device() { echo eth0; }\n";

  /** A namespace for each side; {@code $outer_a} and {@code $outer_b} are the cable's ends. */
  private static final String CABLE =
      """
      for side in $sides; do
        [ $side = a ] && host=1 || host=2
        ip netns add $side
        ip link set $(device $side) netns $side name cable
        [ -z "$features" ] || ip netns exec $side ethtool -K cable $features >/dev/null
        ip -n $side -batch - <<END
      link set lo up
      addr add 192.0.2.$host/24 dev cable
      addr add fd00::$host/64 dev cable nodad
      link set cable mtu $((mtu + 80)) up
      END
      done
      """;

  private static final String SERVER =
      """
      ip netns exec b iperf3 -s -D
      until ip netns exec b ss -Hltn | grep -q :5201; do sleep 0.1; done
      """;

  /**
   * What is sent in the tunnel must not be seen outside, and without one it must. In one machine
   * each end looks at what it sends: what IPsec has decrypted passes its outer device again.
   */
  private static final String LOOK =
      """
      ip netns exec a ping -n -q -c 1 -w 60 10.77.0.2 >/dev/null
      rm -f ?.looking ?.seen
      looking=
      for side in $sides; do
        ip netns exec $side tcpdump -n -x -c 20 -Q $direction -i cable >$side.seen 2>$side.looking &
        looking="$looking $!"
        until grep -q 'listening on' $side.looking; do sleep 0.1; done
      done
      ip netns exec a ping -n -q -i 0.05 -c 20 -p 5ec4e75ec4e75ec4 10.77.0.2 >/dev/null
      wait $looking
      cat ?.seen | tr -d ' \\n\\t' | grep -c 5ec4e75ec4e75ec4 || :
      """;

  /**
   * While the guest waits for the next command its clock may run minutes ahead, past the end of a
   * session: what is measured does not begin with a handshake. A request may get lost ({@link
   * Variant#NETEM}): another follows after a second.
   */
  private static final String FRESH = "ip netns exec a ping -n -q -c 1 -w 60 10.77.0.2 >/dev/null";

  private static final String GIVE_CARD_BACK =
      "for side in $sides; do ip -n $side link set cable netns 1 name $(device $side); done";

  private static final String END =
      """
      for side in $sides; do
        ip netns pids $side | xargs -r kill -9
        ip netns delete $side
      done
      """;

  /**
   * iperf3 gave up: its server tells the client to begin, and then opens the socket for it; and
   * while a busy host lets the guest wait, the guest's clock runs past what it takes for a timeout.
   */
  private static final Pattern GAVE_UP = Pattern.compile("\"error\":\\s*(\".*\")");

  private static final int TRIES = 5;

  /** Of datagrams: more than the link loses in {@link Variant#NETEM}. */
  private static final double LOST_MOST = 0.005;

  /** Than what arrived when more was sent. */
  private static final double SLOWER = 0.98;

  /** Than what arrived whole, and how much of that has to come of it to be more than chance. */
  private static final double FASTER = 1.1;

  private static final double BETTER = 1.05;

  private final List<End> ends;
  private final int seconds;

  private Arena(int seconds, End... ends) {
    this.ends = List.of(ends);
    this.seconds = seconds;
  }

  /** Both sides in one machine. */
  Arena(Machine machine) {
    this(1, new End(machine, "a b"));
  }

  /** A side in each machine, whose first network cards are joined. */
  Arena(Machine a, Machine b) {
    this(1, new End(a, "a"), new End(b, "b"));
  }

  /** The same, where a workload sends for so long at least. */
  Arena sendingFor(int newSeconds) {
    return new Arena(newSeconds, ends.toArray(End[]::new));
  }

  private boolean isApart() {
    return ends.size() > 1;
  }

  private End a() {
    return ends.get(0);
  }

  private End b() {
    return ends.get(ends.size() - 1);
  }

  /** Sets a contender up, and makes sure that it encrypts, or that nothing does if it is none. */
  void begin(Variant variant, Contender contender) {
    String outer = variant.outerIpv6() ? "fd00::" : "192.0.2.";
    String settings =
        String.join(
            "\n",
            "features='" + variant.features() + "' mtu=" + variant.mtu(),
            "outer_a=" + outer + "1 outer_b=" + outer + "2");
    for (End end : ends) {
      contender.load(end.machine);
      sh(end, settings, isApart() ? CARD : VETH, CABLE, variant.setup(), contender.setup());
    }
    if (isApart() && contender.isWireGuardModule()) {
      tellKey(a(), b());
      tellKey(b(), a());
    }
    for (End end : ends) {
      sh(end, settings, contender.join());
    }
    sh(b(), SERVER);
    List<String> lines = sh(a(), "direction=" + (isApart() ? "inout" : "out"), LOOK).lines();
    boolean seen = !lines.get(lines.size() - 1).equals("0");
    if (seen == contender.isTunnel()) {
      throw new AssertionError(
          contender + ": what was sent could " + (seen ? "" : "not ") + "be read");
    }
  }

  private static void tellKey(End from, End to) {
    String key = sh(from, "cat " + from.sides + ".pub").stdout();
    to.machine.run(Command.sh("cat >/tmp/" + from.sides + ".pub").stdin(key)).check();
  }

  Measurement run(Variant variant, Contender contender, Workload workload) {
    return run(variant, contender, workload, () -> {});
  }

  /**
   * Measures; a sender of datagrams without loss, as far as that can be.
   *
   * @param before runs before each try
   */
  Measurement run(Variant variant, Contender contender, Workload workload, Runnable before) {
    LongFunction<Measurement> at = rate -> run(variant, contender, workload, before, rate);
    return workload.countsLosses() ? withoutLoss(at) : at.apply(0);
  }

  /**
   * A sender is slowed down until what he sends arrives; and then made faster again as long as it
   * does: how much arrives when too much is sent is at times far below what could.
   *
   * @param at measures with so many bits a second; 0: no limit
   * @return the last measurement, with its losses, if it never arrives
   */
  static Measurement withoutLoss(LongFunction<Measurement> at) {
    Measurement m = at.apply(0);
    if (arrives(m)) {
      return m;
    }
    for (int i = 0; i < TRIES && !arrives(m); i++) {
      m = at.apply(m.workload().rate(SLOWER * m.value()));
    }
    while (arrives(m)) {
      Measurement faster = at.apply(m.workload().rate(FASTER * m.value()));
      if (!arrives(faster) || faster.value() < BETTER * m.value()) {
        break;
      }
      m = faster;
    }
    return m;
  }

  private static boolean arrives(Measurement m) {
    return m.lostShare() <= LOST_MOST;
  }

  private Measurement run(
      Variant variant, Contender contender, Workload workload, Runnable before, long rate) {
    before.run();
    Result result = start(variant, workload, rate);
    Matcher gaveUp = GAVE_UP.matcher(result.stdout());
    for (int i = 1; i < TRIES && gaveUp.find(); i++) {
      System.out.println("  once more, as iperf3 gave up: " + gaveUp.group(1));
      before.run();
      result = start(variant, workload, rate);
      gaveUp.reset(result.stdout());
    }
    List<String> lines = result.check().lines();
    long switches = Long.parseLong(lines.get(lines.size() - 1));
    return workload.read(variant, contender, result.stdout(), switches);
  }

  /** Not checked yet: an iperf3 that gave up ends with 1, of late. */
  private Result start(Variant variant, Workload workload, long rate) {
    return unchecked(
        a(),
        "mtu=" + variant.mtu(),
        "export seconds=" + Math.max(seconds, variant.seconds()) + " rate=" + rate,
        workload.setup(),
        FRESH,
        "switches() { awk '$1 == \"ctxt\" { print $2 }' /proc/stat; }",
        "before=$(switches)",
        "ip netns exec a " + workload.command(),
        "echo; echo $(($(switches) - before))");
  }

  /** Sends echo requests from a, each as soon as the one before it is answered. */
  void echo(int times) {
    sh(a(), FRESH, "ip netns exec a ping -q -f -c " + times + " -s 64 10.77.0.2");
  }

  /** Takes everything down again. */
  void end(Contender contender) {
    for (End end : ends) {
      sh(end, isApart() ? CARD + GIVE_CARD_BACK : "", END);
      contender.unload(end.machine);
    }
  }

  private static Result sh(End end, String... scripts) {
    return unchecked(end, scripts).check();
  }

  private static Result unchecked(End end, String... scripts) {
    String script =
        String.join("\n", "set -e", "umask 077", "cd /tmp", "sides='" + end.sides + "'")
            + "\n"
            + String.join("\n", scripts);
    return end.machine.run(Command.sh(script).within(LIMIT));
  }
}
