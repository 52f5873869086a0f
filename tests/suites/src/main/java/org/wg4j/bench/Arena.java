// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/**
 * Two namespaces of one machine, joined by a cable, between which one contender carries packets.
 */
final class Arena {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  /** Two namespaces joined by a cable; {@code $outer_a} and {@code $outer_b} are its ends. */
  private static final String CABLE =
      """
      set -e
      umask 077
      cd /tmp
      ip link add cable address 02:00:00:00:00:01 type veth peer name cableb address 02:00:00:00:00:02
      host=1
      for side in a b; do
        ip netns add $side
        [ $side = a ] && dev=cable || dev=cableb
        ip link set $dev netns $side name cable
        [ -z "$features" ] || ip netns exec $side ethtool -K cable $features >/dev/null
        ip -n $side -batch - <<END
      link set lo up
      addr add 192.0.2.$host/24 dev cable
      addr add fd00::$host/64 dev cable nodad
      link set cable mtu $((mtu + 80)) up
      END
        host=2
      done
      """;

  private static final String SERVER =
      """
      ip netns exec a ping -n -q -c 1 -W 60 10.77.0.2
      ip netns exec b iperf3 -s -D
      until ip netns exec b ss -Hltn | grep -q :5201; do sleep 0.1; done
      """;

  /**
   * What is sent in the tunnel must not be seen outside, and without one it must. Each end looks at
   * what it sends: what IPsec has decrypted passes its outer device again.
   */
  private static final String LOOK =
      """
      rm -f ?.looking
      looking=
      for side in a b; do
        ip netns exec $side tcpdump -n -x -c 20 -Q out -i cable >$side.seen 2>$side.looking &
        looking="$looking $!"
      done
      until [ $(cat a.looking b.looking | grep -c 'listening on') = 2 ]; do sleep 0.1; done
      ip netns exec a ping -n -q -i 0.05 -c 20 -p 5ec4e75ec4e75ec4 10.77.0.2 >/dev/null
      wait $looking
      cat a.seen b.seen | tr -d ' \\n\\t' | grep -c 5ec4e75ec4e75ec4 || :
      """;

  /**
   * While the guest waits for the next command its clock may run minutes ahead, past the end of a
   * session: what is measured does not begin with a handshake.
   */
  private static final String FRESH = "ip netns exec a ping -n -q -c 1 -W 60 10.77.0.2 >/dev/null";

  private static final String END =
      """
      for side in a b; do
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

  private final Machine machine;

  Arena(Machine machine) {
    this.machine = machine;
  }

  /** Sets a contender up, and makes sure that it encrypts, or that nothing does if it is none. */
  void begin(Variant variant, Contender contender) {
    contender.load(machine);
    String outer = variant.outerIpv6() ? "fd00::" : "192.0.2.";
    Result look =
        sh(
            "features='" + variant.features() + "' mtu=" + variant.mtu(),
            "outer_a=" + outer + "1 outer_b=" + outer + "2",
            CABLE,
            variant.setup(),
            contender.setup(),
            SERVER,
            LOOK);
    List<String> lines = look.lines();
    boolean seen = !lines.get(lines.size() - 1).equals("0");
    if (seen == contender.isTunnel()) {
      throw new AssertionError(
          contender + ": what was sent could " + (seen ? "" : "not ") + "be read");
    }
  }

  Measurement run(Variant variant, Contender contender, Workload workload) {
    Result result = start(variant, workload);
    Matcher gaveUp = GAVE_UP.matcher(result.stdout());
    for (int i = 1; i < TRIES && gaveUp.find(); i++) {
      System.out.println("  once more, as iperf3 gave up: " + gaveUp.group(1));
      result = start(variant, workload);
      gaveUp.reset(result.stdout());
    }
    List<String> lines = result.lines();
    long switches = Long.parseLong(lines.get(lines.size() - 1));
    return workload.read(variant, contender, result.stdout(), switches);
  }

  private Result start(Variant variant, Workload workload) {
    return sh(
        "set -e",
        "umask 077",
        "cd /tmp",
        "mtu=" + variant.mtu(),
        workload.setup(),
        FRESH,
        "switches() { awk '$1 == \"ctxt\" { print $2 }' /proc/stat; }",
        "before=$(switches)",
        "ip netns exec a " + workload.command(),
        "echo; echo $(($(switches) - before))");
  }

  /** Takes everything down again. */
  void end(Contender contender) {
    sh(END);
    contender.unload(machine);
  }

  private Result sh(String... scripts) {
    return machine.run(Command.sh(String.join("\n", scripts)).within(LIMIT)).check();
  }
}
