// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wg4j.lab.Background;
import org.wg4j.lab.Command;
import org.wg4j.lab.Frame;
import org.wg4j.lab.FrameTap;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Impairment;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;
import org.wg4j.lab.VirtualNetwork;
import org.wg4j.lab.WireGuardModule;

/** Our module and the kernel's own, on two machines, across a network. */
@Lab
class InteropInTreeTest {
  private static final Duration PATIENCE = TwoNamespaces.PATIENCE;
  private static final int OURS_PORT = 51820;
  private static final int STOCK_PORT = 51830;
  private static final int INITIATION = 1;
  private static final int RESPONSE = 2;
  private static final int DATA = 4;

  private final Identity oursKeys = Identity.generate();
  private final Identity stockKeys = Identity.generate();
  private Machine ours;
  private Machine stock;

  /**
   * Joins the machines and makes the tunnel; an end knows the other's address only if it starts.
   */
  private void join(
      Machine ours,
      Machine stock,
      VirtualNetwork net,
      boolean oursStarts,
      boolean outerIpv6,
      boolean preshared) {
    this.ours = ours;
    this.stock = stock;
    net.plug(ours.nic(0));
    net.plug(stock.nic(0));
    Optional<String> key = preshared ? Optional.of(Identity.presharedKey()) : Optional.empty();
    String toStock = (outerIpv6 ? "[fd09::2]:" : "10.9.0.2:") + STOCK_PORT;
    String toOurs = (outerIpv6 ? "[fd09::1]:" : "10.9.0.1:") + OURS_PORT;
    TunnelEnd oursEnd =
        new TunnelEnd(
            "wg0",
            oursKeys,
            OURS_PORT,
            List.of("192.168.77.1/24", "fd77::1/64"),
            1420,
            stockKeys.publicKey(),
            key,
            List.of("192.168.77.2/32", "fd77::2/128"),
            oursStarts ? Optional.of(toStock) : Optional.empty());
    TunnelEnd stockEnd =
        new TunnelEnd(
            "wg0",
            stockKeys,
            STOCK_PORT,
            List.of("192.168.77.2/24", "fd77::2/64"),
            1420,
            oursKeys.publicKey(),
            key,
            List.of("192.168.77.1/32", "fd77::1/128"),
            oursStarts ? Optional.empty() : Optional.of(toOurs));
    ours.sh(script(1, oursEnd)).check();
    stock.sh(script(2, stockEnd)).check();
  }

  private static String script(int host, TunnelEnd end) {
    return """
        set -e
        ip -batch - <<'END'
        addr replace 10.9.0.%1$d/24 dev eth0
        addr replace fd09::%1$d/64 dev eth0 nodad
        link set eth0 up
        link add wg0 type wireguard
        END
        """
            .formatted(host)
        + end.configure("");
  }

  @AfterEach
  void removeTunnel() {
    for (Machine machine : new Machine[] {ours, stock}) {
      if (machine != null && machine.isAlive()) {
        machine.sh("ip link delete wg0; ip addr flush dev eth0; ip link set eth0 down");
      }
    }
  }

  @ParameterizedTest(name = "ours starts {0}, outer IPv6 {1}, pre-shared key {2}")
  @CsvSource({
    "true,false,false",
    "true,true,true",
    "false,false,true",
    "false,true,false",
  })
  void eitherStartsAndDataFlowsBothWays(
      boolean oursStarts,
      boolean outerIpv6,
      boolean preshared,
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock,
      VirtualNetwork net) {
    join(ours, stock, net, oursStarts, outerIpv6, preshared);
    try (FrameTap tap = net.tap()) {
      if (oursStarts) {
        ping(ours, "192.168.77.2");
        ping(stock, "fd77::1");
      } else {
        ping(stock, "fd77::1");
        ping(ours, "192.168.77.2");
      }
      List<Frame> frames = tap.frames();
      int starter = oursStarts ? OURS_PORT : STOCK_PORT;
      int other = oursStarts ? STOCK_PORT : OURS_PORT;
      assertThat(sent(frames, INITIATION, starter)).as("initiations of the starter").isPositive();
      assertThat(sent(frames, INITIATION, other)).as("initiations of the other").isZero();
      assertThat(sent(frames, RESPONSE, other)).isPositive();
      assertThat(sent(frames, RESPONSE, starter)).isZero();
    }
    sameDataArrives(ours, stock, "192.168.77.2");
    sameDataArrives(stock, ours, "fd77::1");
    assertThat(transfer(ours)).isEqualTo(transfer(stock).swapped());
  }

  @Test
  @Row("NL-9")
  void aWrongPresharedKeyAdmitsNobody(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock,
      VirtualNetwork net) {
    join(ours, stock, net, true, false, true);
    setPresharedKey(ours, stockKeys, Identity.presharedKey());
    try (FrameTap tap = net.tap()) {
      assertThat(ours.run("ping", "-c", "1", "-W", "7", "192.168.77.2").exitCode()).isEqualTo(1);
      tap.await(frame -> isMessage(frame, RESPONSE, STOCK_PORT), PATIENCE);
      assertThat(sent(tap.frames(), DATA, OURS_PORT)).isZero();
    }
    assertThat(ours.run("wg", "show", "wg0", "latest-handshakes").stdout()).endsWith("\t0\n");
    String key = Identity.presharedKey();
    setPresharedKey(ours, stockKeys, key);
    setPresharedKey(stock, oursKeys, key);
    ping(ours, "192.168.77.2");
  }

  private static void setPresharedKey(Machine machine, Identity peer, String key) {
    machine
        .run(
            Command.of("wg", "set", "wg0", "peer", peer.publicKey(), "preshared-key", "/dev/stdin")
                .stdin(key + "\n"))
        .check();
  }

  @Test
  void convergesOverABadNetwork(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock,
      VirtualNetwork net) {
    net.impair(
        Impairment.none()
            .withLoss(0.1)
            .withDelay(Duration.ofMillis(5))
            .withJitter(Duration.ofMillis(20))
            .withDuplicate(0.1));
    join(ours, stock, net, true, false, false);
    // A lost handshake message is sent again after five seconds; so many in a row are not lost.
    ours.run(
            Command.sh(
                    "for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 6 192.168.77.2 && exit; done; exit 1")
                .within(PATIENCE))
        .check();
    sameDataArrives(ours, stock, "192.168.77.2");
    sameDataArrives(stock, ours, "fd77::1");
    assertThat(net.counters().lost()).isPositive();
    assertThat(net.counters().duplicated()).isPositive();
  }

  @Test
  void followsAPeerThatRoams(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock,
      VirtualNetwork net) {
    join(ours, stock, net, true, false, false);
    ping(ours, "192.168.77.2");
    stock.sh("ip addr add 10.9.0.77/24 dev eth0; ip addr del 10.9.0.2/24 dev eth0").check();
    // The first address was the subnet's primary: with it the kernel may take the others away.
    stock.sh("ip addr replace 10.9.0.77/24 dev eth0; wg set wg0 listen-port 40000").check();
    ping(stock, "192.168.77.1");
    assertThat(ours.run("wg", "show", "wg0", "endpoints").check().stdout())
        .isEqualTo(stockKeys.publicKey() + "\t10.9.0.77:40000\n");
    ping(ours, "192.168.77.2");
    // And to another address family.
    stock
        .run("wg", "set", "wg0", "peer", oursKeys.publicKey(), "endpoint", "[fd09::1]:" + OURS_PORT)
        .check();
    ping(stock, "192.168.77.1");
    assertThat(ours.run("wg", "show", "wg0", "endpoints").check().stdout())
        .isEqualTo(stockKeys.publicKey() + "\t[fd09::2]:40000\n");
    ping(ours, "192.168.77.2");
  }

  private static void ping(Machine machine, String address) {
    machine.run(Command.of("ping", "-q", "-c", "1", "-W", "30", address).within(PATIENCE)).check();
  }

  private static void sameDataArrives(Machine from, Machine to, String address) {
    String kind = address.contains(":") ? "TCP6" : "TCP4";
    String host = address.contains(":") ? "[" + address + "]" : address;
    try (Background receiver =
        to.start("socat", "-d", "-d", "-u", kind + "-LISTEN:9000,reuseaddr", "CREATE:/tmp/got")) {
      receiver.awaitLine("listening on", PATIENCE);
      Result sender =
          from.run(
              Command.sh(
                      "head -c 300k /dev/urandom >/tmp/sent; sha256sum </tmp/sent; socat -u OPEN:/tmp/sent "
                          + kind
                          + ":"
                          + host
                          + ":9000")
                  .within(PATIENCE));
      receiver.await(PATIENCE).check();
      assertThat(to.sh("sha256sum </tmp/got").stdout()).isEqualTo(sender.check().stdout());
    }
  }

  private record Transfer(String received, String sent) {
    Transfer swapped() {
      return new Transfer(sent, received);
    }
  }

  private static Transfer transfer(Machine machine) {
    String[] fields =
        machine.run("wg", "show", "wg0", "transfer").check().stdout().strip().split("\t");
    return new Transfer(fields[1], fields[2]);
  }

  private static long sent(List<Frame> frames, int type, int sourcePort) {
    return frames.stream().filter(frame -> isMessage(frame, type, sourcePort)).count();
  }

  private static boolean isMessage(Frame frame, int type, int sourcePort) {
    return frame
        .udp()
        .filter(udp -> udp.sourcePort() == sourcePort)
        .filter(udp -> udp.payload().length >= 4 && udp.payload()[0] == type)
        .isPresent();
  }
}
