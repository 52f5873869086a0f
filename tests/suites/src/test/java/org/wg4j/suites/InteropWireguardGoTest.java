// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wg4j.lab.Background;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;

/** Our module in namespace a, wireguard-go in namespace b of the same machine. */
@Lab
class InteropWireguardGoTest {
  private static final int OURS_PORT = 51820;
  private static final int GO_PORT = 51830;

  private Machine machine;

  @AfterEach
  void removeNamespaces() {
    if (machine.isAlive()) {
      TwoNamespaces.removeFrom(machine);
    }
  }

  @ParameterizedTest(name = "ours starts {0}, outer IPv6 {1}, pre-shared key {2}")
  @CsvSource({"true,false,true", "true,true,false", "false,false,false", "false,true,true"})
  void eitherStartsAndDataFlowsBothWays(
      boolean oursStarts, boolean outerIpv6, boolean preshared, @Guest("ours") Machine ours) {
    machine = ours;
    TwoNamespaces.removeFrom(ours);
    Identity oursKeys = Identity.generate();
    Identity goKeys = Identity.generate();
    Optional<String> key = preshared ? Optional.of(Identity.presharedKey()) : Optional.empty();
    TunnelEnd oursEnd =
        new TunnelEnd(
            "wg0",
            oursKeys,
            OURS_PORT,
            List.of("192.168.77.1/24", "fd77::1/64"),
            1420,
            goKeys.publicKey(),
            key,
            List.of("192.168.77.2/32", "fd77::2/128"),
            Optional.of((outerIpv6 ? "[fd00::2]:" : "10.0.0.2:") + GO_PORT)
                .filter(e -> oursStarts));
    TunnelEnd goEnd =
        new TunnelEnd(
            "go0",
            goKeys,
            GO_PORT,
            List.of("192.168.77.2/24", "fd77::2/64"),
            1420,
            oursKeys.publicKey(),
            key,
            List.of("192.168.77.1/32", "fd77::1/128"),
            Optional.of((outerIpv6 ? "[fd00::1]:" : "10.0.0.1:") + OURS_PORT)
                .filter(e -> !oursStarts));
    ours.sh(SCENE).check();
    try (Background go =
        ours.start(
            Command.of("ip", "netns", "exec", "b", "wireguard-go", "--foreground", "go0")
                .env("LOG_LEVEL", "verbose")
                .env("WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD", "1"))) {
      go.awaitLine("UAPI listener started", TwoNamespaces.PATIENCE);
      ours.sh("set -e\n" + oursEnd.configure("a") + "\n" + goEnd.configure("b")).check();
      String toGo = "ip netns exec a ping -q -c 1 -W 60 192.168.77.2\n";
      String toOurs = "ip netns exec b ping -q -c 1 -W 60 fd77::1\n";
      ours.sh("set -e\n" + (oursStarts ? toGo + toOurs : toOurs + toGo)).check();
      assertThat(go.stdout() + go.stderr())
          .contains(oursStarts ? "Received handshake initiation" : "Sending handshake initiation")
          .contains(oursStarts ? "Sending handshake response" : "Received handshake response")
          .doesNotContain(
              oursStarts ? "Sending handshake initiation" : "Received handshake initiation");
      assertThat(ours.sh("ip netns exec a wg show wg0 latest-handshakes").check().stdout())
          .as("the time of a handshake")
          .matches(java.util.regex.Pattern.quote(goKeys.publicKey()) + "\t[1-9]\\d+\n");
      sameDataArrives(ours, "a", "b", "TCP4", "192.168.77.2");
      sameDataArrives(ours, "b", "a", "TCP6", "[fd77::1]");
    }
  }

  private static void sameDataArrives(
      Machine machine, String from, String to, String kind, String address) {
    try (Background receiver =
        machine.start(
            "ip",
            "netns",
            "exec",
            to,
            "socat",
            "-d",
            "-d",
            "-u",
            kind + "-LISTEN:9000,reuseaddr",
            "CREATE:/tmp/got")) {
      receiver.awaitLine("listening on", TwoNamespaces.PATIENCE);
      Result sent =
          machine.run(
              Command.sh(
                      """
                      head -c 300k /dev/urandom >/tmp/sent
                      ip netns exec %s socat -u OPEN:/tmp/sent %s:%s:9000"""
                          .formatted(from, kind, address))
                  .within(TwoNamespaces.PATIENCE));
      sent.check();
      receiver.await(TwoNamespaces.PATIENCE).check();
      machine.sh("cmp /tmp/sent /tmp/got").check();
    }
  }

  private static final String SCENE =
      """
      set -e
      modprobe tun
      ip netns add a; ip netns add b
      ip link add v0 netns a type veth peer name v0 netns b
      ip -n a -batch - <<'END'
      link set lo up
      addr add 10.0.0.1/24 dev v0
      addr add fd00::1/64 dev v0 nodad
      link set v0 up
      link add wg0 type wireguard
      END
      ip -n b -batch - <<'END'
      link set lo up
      addr add 10.0.0.2/24 dev v0
      addr add fd00::2/64 dev v0 nodad
      link set v0 up
      END
      mkdir -p /dev/net
      test -c /dev/net/tun || mknod /dev/net/tun c 10 200
      """;
}
