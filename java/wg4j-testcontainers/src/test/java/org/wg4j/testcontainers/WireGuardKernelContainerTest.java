// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.netlink4j.Errno;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;
import org.testcontainers.containers.Network;
import org.wg4j.Endpoint;
import org.wg4j.IpAddress;
import org.wg4j.WireGuard;
import org.wg4j.lab.Background;
import org.wg4j.lab.MachineDiedException;
import org.wg4j.lab.WireGuardModule;

/**
 * Our module in one container, the in-tree one in another, and what a test may do to them. The last
 * test kills one.
 */
@Tag("docker")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WireGuardKernelContainerTest {
  private static final Network NETWORK = Network.newNetwork();

  private static final WireGuardKernelContainer OURS =
      new WireGuardKernelContainer().withNetwork(NETWORK).withNetworkAliases("ours");

  private static final WireGuardKernelContainer STOCK =
      new WireGuardKernelContainer()
          .withModule(WireGuardModule.IN_TREE)
          .withNetwork(NETWORK)
          .withNetworkAliases("stock");

  private static final Tunnel LEFT = new Tunnel(OURS, "10.77.0.1");
  private static final Tunnel RIGHT = new Tunnel(STOCK, "10.77.0.2");

  @BeforeAll
  static void start() throws IOException {
    CompletableFuture<Void> other = CompletableFuture.runAsync(STOCK::start);
    OURS.start();
    other.join();
    Tunnel.between(LEFT, RIGHT, NETWORK);
  }

  @AfterAll
  static void stop() {
    OURS.stop();
    STOCK.stop();
    NETWORK.close();
  }

  @Test
  @Order(1)
  void carriesTrafficBetweenTheModules() throws IOException {
    LEFT.awaitReply(RIGHT);
    RIGHT.awaitReply(LEFT);
    try (Background server =
        STOCK.machine().start("socat", "-d", "-d", "-u", "TCP-LISTEN:7000", "CREATE:/tmp/came")) {
      server.awaitLine("listening on", Duration.ofMinutes(2));
      OURS.sh("head -c 300000 /dev/urandom >/tmp/sent && socat -u /tmp/sent TCP:10.77.0.2:7000")
          .check();
      assertThat(server.await(Duration.ofMinutes(2)).exitCode()).isZero();
    }
    assertThat(STOCK.sh("sha256sum </tmp/came").check().stdout())
        .isEqualTo(OURS.sh("sha256sum </tmp/sent").check().stdout());
    assertThat(LEFT.peer().sentBytes()).isGreaterThan(300_000);
    assertThat(RIGHT.peer().receivedBytes()).isGreaterThan(300_000);
    assertThat(OURS.sh("cat /sys/module/wireguard/srcversion").check().stdout())
        .isNotEqualTo(STOCK.sh("cat /sys/module/wireguard/srcversion").check().stdout());
  }

  @Test
  @Order(2)
  void recoversWhenItsNetworkIsBack() throws IOException {
    STOCK.disconnect(NETWORK);
    assertThat(LEFT.isAnswered(RIGHT)).isFalse();
    String address = STOCK.connect(NETWORK);
    // If its address is another one now, this is what tells ours.
    RIGHT.awaitReply(LEFT);
    LEFT.awaitReply(RIGHT);
    assertThat(LEFT.peer().endpoint()).contains(Endpoint.of(IpAddress.parse(address), 51820));
  }

  @Test
  @Order(3)
  void answersAgainAfterAPause() {
    STOCK.pause();
    assertThat(LEFT.isAnswered(RIGHT)).isFalse();
    STOCK.unpause();
    LEFT.awaitReply(RIGHT);
  }

  @Test
  @Order(4)
  void findsOtherContainersByTheirAlias() {
    assertThat(OURS.run("getent", "ahostsv4", "stock").check().stdout())
        .startsWith(STOCK.address(NETWORK) + " ");
  }

  @Test
  @Order(5)
  void bringsNetlinkSocketsOfNamespaces() throws IOException {
    OURS.run("ip", "netns", "add", "blue").check();
    try (WireGuard blue = WireGuard.open(OURS.transport().in(NetNamespace.named("blue")))) {
      blue.createDevice("wg9");
      assertThat(OURS.run("ip", "-n", "blue", "link", "show", "wg9").ok()).isTrue();
      assertThat(OURS.run("ip", "link", "show", "wg9").ok()).isFalse();
    }
    assertThatThrownBy(() -> WireGuard.open(OURS.transport().in(NetNamespace.named("red"))))
        .isInstanceOfSatisfying(
            NetlinkException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue());
  }

  @Test
  @Order(6)
  void isGoneWhenKilled() {
    try (Background sleeper = STOCK.machine().start("sleep", "100000")) {
      STOCK.kill();
      assertThatThrownBy(() -> sleeper.await(Duration.ofMinutes(2)))
          .isInstanceOf(MachineDiedException.class)
          .hasMessageContaining("stock");
    }
    assertThat(STOCK.machine().isAlive()).isFalse();
    assertThat(LEFT.isAnswered(RIGHT)).isFalse();
  }
}
