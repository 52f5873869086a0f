// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two machines and what a network does between them. */
@Lab
class NetworkedMachinesTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String PING = "ping -n -i 0.2 -W 20 ";

  private static Machine left;
  private static Machine right;

  @BeforeAll
  static void address(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine first,
      @Guest(value = "peer", module = WireGuardModule.NONE) Machine second) {
    left = first;
    right = second;
    int host = 1;
    for (Machine machine : new Machine[] {left, right}) {
      machine
          .sh(
              "echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad; ip link set eth0 up;"
                  + " ip addr add 192.0.2.%1$d/24 dev eth0; ip addr add fd01::%1$d/64 dev eth0"
                      .formatted(host++))
          .check();
    }
  }

  private VirtualNetwork network;

  @BeforeEach
  void plug(VirtualNetwork fresh) {
    network = fresh;
    network.plug(left.nic(0));
    network.plug(right.nic(0));
    left.sh("ip neigh flush dev eth0; ip -6 neigh flush dev eth0").check();
  }

  @Test
  void talkOverBothProtocols() {
    left.sh(PING + "-c 2 192.0.2.2").check();
    right.sh(PING + "-c 2 fd01::1").check();
    assertThat(network.counters().delivered()).isGreaterThanOrEqualTo(8);
  }

  @Test
  void carryJumboFramesAndBulk() {
    left.sh("ip link set eth0 mtu 9000").check();
    right.sh("ip link set eth0 mtu 9000").check();
    left.sh(PING + "-M do -s 8972 -c 2 192.0.2.2").check();
    try (Background server = right.start("iperf3", "-s", "-1", "--forceflush")) {
      server.awaitLine("listening", LONG);
      left.sh("iperf3 -c 192.0.2.2 -n 8M").check();
      assertThat(server.await(LONG).ok()).isTrue();
    } finally {
      left.sh("ip link set eth0 mtu 1500").check();
      right.sh("ip link set eth0 mtu 1500").check();
    }
  }

  @Test
  void hearNothingWhenEverythingIsLost() {
    left.sh(PING + "-c 1 192.0.2.2").check();
    network.impair(Impairment.none().withLoss(1));
    assertThat(left.sh("ping -n -c 3 -i 0.2 -W 1 192.0.2.2").stdout()).contains(" 0 received");
    network.impair(Impairment.none());
    left.sh(PING + "-c 1 192.0.2.2").check();
  }

  @Test
  void noticeADelay() {
    left.sh(PING + "-c 1 192.0.2.2").check();
    network.impair(Impairment.none().withDelay(Duration.ofMillis(150)));
    Matcher times =
        Pattern.compile("min/avg/max/mdev = ([0-9.]+)/")
            .matcher(left.sh(PING + "-c 3 192.0.2.2").check().stdout());
    assertThat(times.find()).isTrue();
    // Both ways, less what the guest's clock is coarse by.
    assertThat(Double.parseDouble(times.group(1))).isGreaterThan(290);
  }

  @Test
  void showDatagramsToATap() {
    try (FrameTap tap = network.tap()) {
      left.sh("echo hello | socat -u - UDP4-SENDTO:192.0.2.2:4444,sourceport=5555").check();
      Frame frame = tap.await(f -> f.udp().isPresent(), LONG);
      Frame.Udp udp = frame.udp().orElseThrow();
      assertThat(frame.from()).isEqualTo("self:eth0");
      assertThat(udp.destinationPort()).isEqualTo(4444);
      assertThat(udp.sourcePort()).isEqualTo(5555);
      assertThat(new String(udp.payload(), java.nio.charset.StandardCharsets.UTF_8))
          .isEqualTo("hello\n");
      // Sent again by the network itself, it arrives a second time.
      try (Background listener = right.start("socat", "-u", "UDP4-RECV:4444", "STDOUT")) {
        awaitBound();
        network.inject(frame.bytes(), right.nic(0));
        assertThat(listener.awaitLine("hello", LONG)).isEqualTo("hello");
      }
    }
  }

  private static void awaitBound() {
    right.sh("until ss -Hlun 'sport = :4444' | grep -q .; do sleep 0.1; done").check();
  }

  @Test
  void unpluggedHearNothing() {
    left.sh(PING + "-c 1 192.0.2.2").check();
    network.unplug(right.nic(0));
    assertThat(left.run("ping", "-n", "-c", "1", "-W", "1", "192.0.2.2").ok()).isFalse();
  }
}
