// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.netlink4j.Errno;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;
import org.netlink4j.NoSuchDeviceException;
import org.netlink4j.route.IpFamily;

/**
 * The kernel of this machine, in a namespace of the test's own that ip(8) makes and looks at. The
 * interface is no WireGuard, which this kernel may not have. Skipped, with the reason, where
 * namespaces cannot be made.
 */
class DeviceNetworkTest {

  private static final String NAME = "wg4j-" + ProcessHandle.current().pid();

  private DeviceNetwork network;

  private static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    // Its output has ended, so it has too.
    assertThat(process.onExit().join().exitValue()).as(output).isZero();
    return output;
  }

  private static String ip(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", NAME));
    command.addAll(Arrays.asList(arguments));
    return run(command.toArray(new String[0]));
  }

  /** Of a kind that this kernel has. */
  private static void addLink() throws IOException {
    try {
      ip("link", "add", "wg0", "type", "dummy");
    } catch (AssertionError unknown) {
      ip("link", "add", "wg0", "type", "ifb");
    }
  }

  @BeforeEach
  void open() throws IOException {
    String why = "";
    try {
      run("ip", "netns", "add", NAME);
      addLink();
    } catch (IOException | AssertionError e) {
      why = e.toString();
    }
    assumeTrue(why.isEmpty(), "needs root, ip(8) and network namespaces: " + why);
    network = DeviceNetwork.open(NetNamespace.named(NAME));
  }

  @AfterEach
  void close() throws IOException {
    if (network != null) {
      network.close();
      run("ip", "netns", "delete", NAME);
    }
  }

  private static QuickConfig.Address address(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? new QuickConfig.Address(IpAddress.parse(text), OptionalInt.empty())
        : new QuickConfig.Address(
            IpAddress.parse(text.substring(0, slash)),
            OptionalInt.of(Integer.parseInt(text.substring(slash + 1))));
  }

  @Test
  void stateAndMtu() throws IOException {
    assertThat(network.isUp("wg0")).isFalse();
    network.setUp("wg0");
    assertThat(network.isUp("wg0")).isTrue();
    assertThat(ip("-o", "link", "show", "wg0")).contains(",UP");
    network.setMtu("wg0", 1380);
    assertThat(ip("-o", "link", "show", "wg0")).contains("mtu 1380 ");
    assertThat(network.mtu("wg0")).isEqualTo(1380);
    network.setDown("wg0");
    assertThat(network.isUp("wg0")).isFalse();
    assertThatExceptionOfType(NoSuchDeviceException.class)
        .isThrownBy(() -> network.setMtu("wg1", 1380));
  }

  @Test
  void addresses() throws IOException {
    network.setUp("wg0");
    network.addAddress("wg0", address("10.0.0.1/24"));
    network.addAddress("wg0", address("10.1.0.1"));
    assertThat(network.addresses("wg0")).contains(address("10.0.0.1/24"), address("10.1.0.1/32"));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> network.addAddress("wg0", address("10.0.0.1/24")))
        .satisfies(e -> assertThat(e.is(Errno.EEXIST)).isTrue());

    ip("address", "add", "fe80::7/64", "dev", "wg0");
    network.setAddresses("wg0", List.of(address("10.1.0.1"), address("fd00::1/64")));
    assertThat(ip("-o", "address", "show", "wg0"))
        .contains("10.1.0.1/32")
        .contains("fd00::1/64")
        .contains("fe80::7/64")
        .doesNotContain("10.0.0.1/24");
    network.setAddresses("wg0", List.of());
    assertThat(ip("-4", "-o", "address", "show", "wg0")).isEmpty();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> network.removeAddress("wg0", address("10.0.0.1/24")))
        .satisfies(e -> assertThat(e.is(Errno.EADDRNOTAVAIL)).isTrue());
  }

  @Test
  void routes() throws IOException {
    network.setUp("wg0");
    network.addAddress("wg0", address("10.0.0.1/24"));
    DeviceNetwork.DeviceRoute main =
        DeviceNetwork.DeviceRoute.main(AllowedIp.parse("192.168.7.0/24"));
    DeviceNetwork.DeviceRoute all =
        new DeviceNetwork.DeviceRoute(AllowedIp.parse("0.0.0.0/0"), 51820);
    DeviceNetwork.DeviceRoute v6 = DeviceNetwork.DeviceRoute.main(AllowedIp.parse("fd07::/32"));
    network.addRoute("wg0", main);
    network.setRoutes("wg0", List.of(main, all, v6));
    assertThat(network.routes("wg0")).contains(main, all, v6);
    assertThat(ip("-4", "route", "show", "table", "51820")).startsWith("default dev wg0");
    assertThat(ip("-6", "route", "show")).contains("fd07::/32 dev wg0");
    network.setRoutes("wg0", List.of(all));
    assertThat(ip("-4", "route", "show")).contains("10.0.0.0/24").doesNotContain("192.168.7.0");
    assertThat(network.routes("wg0")).contains(all).doesNotContain(main, v6);
    network.removeRoute("wg0", all);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> network.removeRoute("wg0", all))
        .satisfies(e -> assertThat(e.is(Errno.ESRCH)).isTrue());
    for (long bad : new long[] {0, 1L << 32}) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> new DeviceNetwork.DeviceRoute(AllowedIp.parse("::/0"), bad));
    }
  }

  @Test
  void rules() throws IOException {
    for (IpFamily family : IpFamily.values()) {
      assertThat(network.hasDefaultRule(family, 51820)).isFalse();
      network.addDefaultRule(family, 51820);
      assertThat(network.hasDefaultRule(family, 51820)).isTrue();
      assertThat(network.hasDefaultRule(family, 51821)).isFalse();
      String option = family == IpFamily.IPV6 ? "-6" : "-4";
      assertThat(ip(option, "rule", "show"))
          .contains("not from all fwmark 0xca6c lookup 51820")
          .contains("from all lookup main suppress_prefixlength 0");
      network.removeDefaultRule(family, 51820);
      assertThat(ip(option, "rule", "show")).doesNotContain("51820").doesNotContain("suppress");
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> network.removeDefaultRule(family, 51820))
          .satisfies(e -> assertThat(e.is(Errno.ENOENT)).isTrue());
    }
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> network.addDefaultRule(IpFamily.IPV4, 0));
  }

  /** A kernel without WireGuard says so; an interface of another kind is not removed. */
  @Test
  void onlyWireGuardIsRemoved() throws IOException {
    try (WireGuard client = WireGuard.open(NetNamespace.named(NAME))) {
      assertThatExceptionOfType(NoSuchDeviceException.class)
          .isThrownBy(() -> client.deleteDevice("wg1"));
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> client.deleteDevice("wg0"))
          .withMessageContaining("not of WireGuard")
          .satisfies(e -> assertThat(e.is(Errno.EOPNOTSUPP)).isTrue());
      assertThat(ip("link", "show", "wg0")).contains("wg0");
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> client.createDevice("wg0"))
          .satisfies(
              e -> assertThat(e.is(Errno.EEXIST) || e.is(Errno.EOPNOTSUPP)).as("%s", e).isTrue());
      // Hears of links from the kernel itself, and ends when it is told to.
      client.watch(Duration.ofHours(1), events -> {}).close();
    }
  }
}
