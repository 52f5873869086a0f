// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/**
 * Guarded state and stealth: strangers flood the device, over IPv4 and IPv6, from their own ports
 * and from its peer's, and it neither answers nor remembers. All that it remembers is dumped by a
 * kernel module of the test, before and after; the dump also holds what the namespace of the
 * device's sockets has sent, be it by UDP or ICMP. The scenarios themselves show that the dump
 * tells when somebody is heard, and that a refusal would be seen.
 */
@Lab
class StrangersTest {
  /** A flood must end before the timers of the session do, even on a slow host. */
  private static final int PACKETS = 10_000;

  private static final Duration LIMIT = Duration.ofMinutes(8);

  private static final Identity DEVICE = Identity.generate();
  private static final Identity PEER = Identity.generate();

  /** The device in a namespace alone; neighbours are given, so that nobody asks for them. */
  private static final String SET_UP =
      """
      set -e
      for ns in dut out; do
        if [ -e /run/netns/$ns ]; then
          ip netns pids $ns | xargs -r kill -9
          ip netns delete $ns
        fi
      done
      umask 077
      rm -rf /tmp/strangers
      mkdir /tmp/strangers
      cd /tmp/strangers
      read -r key
      echo "$key" >peer.key
      cp /wg4j/tests/oracle/target/wg4j-oracle-*-guest.jar oracle.jar
      ip netns add dut
      ip netns add out
      ip link add v0 netns dut address 02:00:00:00:00:01 type veth \
        peer name v0 netns out address 02:00:00:00:00:02
      for ns in dut out; do
        ip netns exec $ns sysctl -qw net.ipv6.conf.v0.accept_ra=0 net.ipv6.conf.v0.router_solicitations=0
      done
      ip -n dut -batch - <<'END'
      link set lo up
      addr add 10.9.0.1/24 dev v0
      addr add fd09::1/64 dev v0 nodad
      link set v0 up
      neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v0
      neigh replace fd09::2 lladdr 02:00:00:00:00:02 nud permanent dev v0
      link add wg0 type wireguard
      addr add 10.77.0.1/24 dev wg0
      addr add fd77::1/64 dev wg0 nodad
      link set wg0 up
      END
      ip -n out -batch - <<'END'
      link set lo up
      addr add 10.9.0.2/24 dev v0
      addr add fd09::2/64 dev v0 nodad
      link set v0 up
      neigh replace 10.9.0.1 lladdr 02:00:00:00:00:01 nud permanent dev v0
      neigh replace fd09::1 lladdr 02:00:00:00:00:01 nud permanent dev v0
      END
      ip netns exec dut wg setconf wg0 /dev/stdin
      """;

  private static final String CONFIGURATION =
      """
      [Interface]
      PrivateKey = %s
      ListenPort = 20000
      [Peer]
      PublicKey = %s
      AllowedIPs = 10.77.0.2/32, fd77::2/128
      Endpoint = 10.9.0.2:20001
      """
          .formatted(DEVICE.privateKey(), PEER.publicKey());

  private static List<String> arguments(String scenario) {
    return List.of(
        scenario,
        "endpoint=10.9.0.1:20000",
        "endpoint6=[fd09::1]:20000",
        "bind=10.9.0.2:20001",
        "private-key-file=/tmp/strangers/peer.key",
        "peer-public-key=" + DEVICE.publicKey(),
        "state=" + GuestModule.STATE,
        "packets=" + PACKETS,
        "netns=dut",
        "timeout=120",
        "linger-ms=2000");
  }

  private static void run(Machine machine, List<String> scenarios) {
    GuestModule.load(machine);
    // The shell reads one line of it, wg the rest.
    machine.run(Command.sh(SET_UP).stdin(PEER.privateKey() + "\n" + CONFIGURATION)).check();
    List<String> argv =
        new ArrayList<>(List.of("ip", "netns", "exec", "out", "java", "-XX:TieredStopAtLevel=1"));
    argv.addAll(List.of("-XX:+UseSerialGC", "-Xmx128m", "-jar", "/tmp/strangers/oracle.jar"));
    for (String scenario : scenarios) {
      argv.addAll(arguments(scenario));
      argv.add("--");
    }
    argv.remove(argv.size() - 1);
    Result result =
        machine.run(
            Command.of(argv.toArray(String[]::new)).within(LIMIT.multipliedBy(scenarios.size())));
    assertThat(result.lines().stream().filter(line -> line.startsWith("ORACLE ")))
        .as(result.toString())
        .containsExactlyElementsOf(
            scenarios.stream().map(scenario -> "ORACLE OK " + scenario).toList());
  }

  @Test
  void strangersChangeNothingAndAreNotAnswered(@Guest("ours") Machine ours) {
    run(ours, List.of("strangers-change-nothing", "strangers-under-load"));
  }

  @Tag("long")
  @Test
  void aHundredThousandStrangersChangeNothing(@Guest("ours") Machine ours) {
    run(ours, Collections.nCopies(10, "strangers-change-nothing"));
  }
}
