// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.time.Duration;
import java.util.List;
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

  /** The tunnel's ends, whose devices are there. */
  private static final String TUNNEL =
      """
      for side in a b; do
        wg genkey >$side.key
        wg pubkey <$side.key >$side.pub
      done
      ip netns exec a wg set ta private-key a.key listen-port 51820 \
        peer $(cat b.pub) endpoint $outer_b:51820 allowed-ips 10.77.0.2/32
      ip netns exec b wg set tb private-key b.key listen-port 51820 \
        peer $(cat a.pub) allowed-ips 10.77.0.1/32
      ip -n a addr add 10.77.0.1/24 dev ta
      ip -n b addr add 10.77.0.2/24 dev tb
      for side in a b; do ip -n $side link set t$side mtu $mtu up; done
      """;

  /** Without a tunnel, with the tunnel's addresses and MTU. */
  private static final String NO_TUNNEL =
      """
      ip -n a addr add 10.77.0.1/24 dev cable
      ip -n b addr add 10.77.0.2/24 dev cable
      for side in a b; do ip -n $side link set cable mtu $mtu; done
      """;

  private static final String SERVER =
      """
      ip netns exec a ping -n -q -c 1 -W 60 10.77.0.2
      ip netns exec b iperf3 -s -D
      until ip netns exec b ss -Hltn | grep -q :5201; do sleep 0.1; done
      """;

  /** What is sent in the tunnel must not be seen outside, and without one it must. */
  private static final String LOOK =
      """
      ip netns exec a tcpdump -n -x -c 6 -i cable >seen 2>looking &
      until grep -q 'listening on' looking; do sleep 0.1; done
      ip netns exec a ping -n -q -i 0.05 -c 6 -p 5ec4e75ec4e75ec4 10.77.0.2 >/dev/null
      wait $!
      tr -d ' \\n\\t' <seen | grep -c 5ec4e75ec4e75ec4 || :
      """;

  private static final String END =
      """
      for side in a b; do
        ip netns pids $side | xargs -r kill -9
        ip netns delete $side
      done
      """;

  private final Machine machine;

  Arena(Machine machine) {
    this.machine = machine;
  }

  /** Sets a contender up, and makes sure that it encrypts, or that nothing does if it is none. */
  void begin(Variant variant, Contender contender) {
    contender.load(machine);
    String outer = variant.outerIpv6() ? "[fd00::2]" : "192.0.2.2";
    Result look =
        sh(
            "features='" + variant.features() + "' mtu=" + variant.mtu() + " outer_b=" + outer,
            CABLE,
            variant.setup(),
            contender.isTunnel() ? contender.links() + TUNNEL : NO_TUNNEL,
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
    Result result =
        sh(
            "switches() { awk '$1 == \"ctxt\" { print $2 }' /proc/stat; }",
            "before=$(switches)",
            "ip netns exec a " + workload.command(),
            "echo; echo $(($(switches) - before))");
    List<String> lines = result.lines();
    long switches = Long.parseLong(lines.get(lines.size() - 1));
    return workload.read(variant, contender, result.stdout(), switches);
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
