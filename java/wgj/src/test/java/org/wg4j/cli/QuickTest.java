// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetlinkException;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.Endpoint;
import org.wg4j.IpAddress;
import org.wg4j.Peer;
import org.wg4j.PeerConfig;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;
import org.wg4j.QuickConfig;

/** up, down, save and strip on a network that is not there. */
class QuickTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";

  private static final String P2 = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
  private static final String P3 = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";

  private final Cli cli = new Cli();
  private final World world = new World();
  @TempDir Path directory;

  @BeforeEach
  void setUp() throws IOException {
    cli.program = "wg-quick";
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    cli.host.configDirectory = directory;
  }

  private Path conf(String options, String allowedIps) throws IOException {
    return Files.writeString(
        directory.resolve("wg0.conf"),
        """
        [Interface]
        PrivateKey = %s
        Address = 10.77.0.1/24, fd77::1/64
        Address = 10.78.0.1
        %s
        [Peer]
        PublicKey = %s
        AllowedIPs = %s
        Endpoint = 127.0.0.1:5
        """
            .formatted(KEY, options, P1, allowedIps));
  }

  private Cli.Result run(String command, String argument) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = 0;
    try (Session session = cli.session("", out, err)) {
      try {
        QuickCommand.run(
            session, command, new String[] {argument}, () -> world.network, world.shell);
      } catch (Failure e) {
        if (!e.getMessage().isEmpty()) {
          session.complain(e.getMessage());
        }
        code = e.exitCode();
      }
      session.out().flush();
    }
    return new Cli.Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private void assertNothingIsLeft() {
    assertThat(world.links).isEmpty();
    assertThat(world.rules).isEmpty();
    assertThat(world.nftTables).isEmpty();
    assertThat(world.resolvers).isEmpty();
  }

  @Test
  void upAndDown() throws IOException {
    conf(
        "ListenPort = 51999\nMTU = 1400\nPreUp = echo pre %i # x\nPostUp = echo post %i\n"
            + "PreDown = echo predown %i\nPostDown = echo postdown",
        "10.79.0.0/16, 10.77.0.0/24, fd79::/64, 10.79.3.0/24");
    Cli.Result up = run("up", "wg0");
    assertThat(up.err())
        .isEqualTo(
            """
            [#] ip link add dev wg0 type wireguard
            [#] echo pre wg0 # x
            [#] wg addconf wg0 /dev/fd/63
            [#] ip -4 address add 10.77.0.1/24 dev wg0
            [#] ip -6 address add fd77::1/64 dev wg0
            [#] ip -4 address add 10.78.0.1 dev wg0
            [#] ip link set mtu 1400 up dev wg0
            [#] ip -6 route add fd79::/64 dev wg0
            [#] ip -4 route add 10.79.3.0/24 dev wg0
            [#] ip -4 route add 10.79.0.0/16 dev wg0
            [#] echo post wg0
            """);
    assertThat(up.code()).isZero();
    assertThat(world.links.get("wg0").mtu).isEqualTo(1400);
    assertThat(world.links.get("wg0").routes)
        .containsExactly("fd79::/64 0", "10.79.3.0/24 0", "10.79.0.0/16 0");
    assertThat(cli.devices.all.get("wg0").listenPort()).isEqualTo(51999);
    assertThat(run("up", "wg0"))
        .isEqualTo(new Cli.Result(1, "", "wg-quick: `wg0' already exists\n"));

    Cli.Result down = run("down", "wg0");
    assertThat(down)
        .isEqualTo(
            new Cli.Result(
                0, "", "[#] echo predown wg0\n[#] ip link delete dev wg0\n[#] echo postdown\n"));
    assertNothingIsLeft();
    assertThat(run("down", "wg0"))
        .isEqualTo(new Cli.Result(1, "", "wg-quick: `wg0' is not a WireGuard interface\n"));
  }

  @Test
  void defaultRoutes() throws IOException {
    conf("", "0.0.0.0/0, ::/0");
    world.usedTables.add(51820);
    Cli.Result up = run("up", "wg0");
    assertThat(up.err())
        .endsWith(
            """
            [#] ip link set mtu 1420 up dev wg0
            [#] wg set wg0 fwmark 51821
            [#] ip -6 rule add not fwmark 51821 table 51821
            [#] ip -6 rule add table main suppress_prefixlength 0
            [#] ip -6 route add ::/0 dev wg0 table 51821
            [#] nft -f /dev/fd/63
            [#] ip -4 rule add not fwmark 51821 table 51821
            [#] ip -4 rule add table main suppress_prefixlength 0
            [#] ip -4 route add 0.0.0.0/0 dev wg0 table 51821
            [#] sysctl -q net.ipv4.conf.all.src_valid_mark=1
            [#] nft -f /dev/fd/63
            """);
    assertThat(world.rules).containsExactly("-6 51821", "-6 suppress", "-4 51821", "-4 suppress");
    assertThat(world.nftTables).containsExactlyInAnyOrder("ip wg-quick-wg0", "ip6 wg-quick-wg0");
    assertThat(world.nftScripts.get(1))
        .contains("ip daddr 10.77.0.1 fib saddr type != local drop")
        .contains("ip daddr 10.78.0.1 fib saddr")
        .doesNotContain("fd77");
    assertThat(run("down", "wg0").err())
        .isEqualTo(
            """
            [#] ip -4 rule delete table 51821
            [#] ip -4 rule delete table main suppress_prefixlength 0
            [#] ip -6 rule delete table 51821
            [#] ip -6 rule delete table main suppress_prefixlength 0
            [#] ip link delete dev wg0
            [#] nft -f /dev/fd/63
            """);
    assertNothingIsLeft();
  }

  /** Without a default route mark and rules are the administrator's; wg-quick leaves them, too. */
  @Test
  void rulesOfOthersStay() throws IOException {
    conf("FwMark = 77", "10.0.0.0/8");
    assertThat(run("up", "wg0").code()).isZero();
    world.rules.addAll(List.of("-4 77", "-4 suppress"));
    assertThat(run("down", "wg0").err()).isEqualTo("[#] ip link delete dev wg0\n");
    assertThat(world.rules).containsExactly("-4 77", "-4 suppress");
  }

  @Test
  void downGoesOnWhateverBecomesOfTheFirewall() throws IOException {
    conf("PostDown = echo down", "0.0.0.0/0");
    assertThat(run("up", "wg0").code()).isZero();
    world.nftBroken = true;
    Cli.Result down = run("down", "wg0");
    assertThat(down.err()).endsWith("[#] nft -f /dev/fd/63\n[#] echo down\n");
    assertThat(down.code()).isZero();
  }

  /** A signal, with the link just up: what would outlive it must not come any more. */
  @Test
  void interruptedOnTheWayUp() throws IOException {
    for (String dns : List.of("DNS = 1.2.3.4", "")) {
      conf(dns, "0.0.0.0/0");
      world.onUp = () -> List.copyOf(cli.host.atExit).forEach(Runnable::run);
      Cli.Result up = run("up", "wg0");
      assertThat(up.code()).isNotZero();
      assertThat(up.err())
          .endsWith("[#] ip link set mtu 1420 up dev wg0\n[#] ip link delete dev wg0\n");
      assertThat(cli.host.atExit).isEmpty();
      assertNothingIsLeft();
    }
  }

  @Test
  void otherTables() throws IOException {
    conf("Table = off", "0.0.0.0/0");
    assertThat(run("up", "wg0").err()).doesNotContain("route").doesNotContain("rule");
    assertThat(run("down", "wg0").code()).isZero();
    conf("Table = 1234", "0.0.0.0/0, 10.0.0.0/8");
    assertThat(run("up", "wg0").err())
        .endsWith(
            "[#] ip -4 route add 10.0.0.0/8 dev wg0 table 1234\n"
                + "[#] ip -4 route add 0.0.0.0/0 dev wg0 table 1234\n");
    assertThat(world.links.get("wg0").routes).containsExactly("10.0.0.0/8 1234", "0.0.0.0/0 1234");
    assertThat(world.rules).isEmpty();
  }

  @Test
  void automaticMtu() throws IOException {
    conf("", "10.0.0.0/8");
    world.pathMtu = OptionalInt.of(1450);
    assertThat(run("up", "wg0").err()).contains("mtu 1370 up");
    run("down", "wg0");
    world.pathMtu = OptionalInt.empty();
    world.defaultMtu = OptionalInt.of(9000);
    assertThat(run("up", "wg0").err()).contains("mtu 8920 up");
    run("down", "wg0");
    world.defaultMtu = OptionalInt.empty();
    assertThat(run("up", "wg0").err()).contains("mtu 1420 up");
  }

  @Test
  void resolver() throws IOException {
    Path order =
        Files.writeString(directory.resolve("interface-order"), "lo.inet\n lo*x\n vpn*\ntun*\n");
    conf("DNS = 1.2.3.4, example.com, 2001:db8::1\nDNS=foo.org\nTable=off", "::/0");
    assertThat(run("up", "wg0").err()).endsWith("[#] resolvconf -a vpn.wg0 -m 0 -x\n");
    assertThat(world.resolvers)
        .containsEntry(
            "vpn.wg0", "nameserver 1.2.3.4\nnameserver 2001:db8::1\nsearch example.com foo.org\n");
    assertThat(run("down", "wg0").err())
        .isEqualTo("[#] ip link delete dev wg0\n[#] resolvconf -d vpn.wg0 -f\n");
    assertNothingIsLeft();
    Files.delete(order);
    assertThat(run("up", "wg0").err()).endsWith("[#] resolvconf -a wg0 -m 0 -x\n");
    run("down", "wg0");
    assertNothingIsLeft();
    world.programs.remove("resolvconf");
    Cli.Result up = run("up", "wg0");
    assertThat(up.code()).isEqualTo(127);
    assertThat(up.err())
        .contains("wg-quick: DNS is set, but there is no resolvconf: ")
        .endsWith("[#] ip link delete dev wg0\n");
    assertNothingIsLeft();
  }

  /** Where wg-quick can only fail. */
  @Test
  void systemdResolved() throws IOException {
    conf("DNS = 1.2.3.4, example.com, 2001:db8::1\nTable=off\nPostUp = fail", "::/0");
    world.programs.remove("resolvconf");
    world.programs.add("resolvectl");
    assertThat(run("up", "wg0").err())
        .endsWith(
            "[#] resolvectl dns wg0 1.2.3.4 2001:db8::1\n"
                + "[#] resolvectl domain wg0 example.com ~.\n[#] fail\n");
    assertThat(world.resolvers)
        .containsEntry("wg0 dns", "1.2.3.4 2001:db8::1")
        .containsEntry("wg0 domain", "example.com ~.");
    assertThat(run("down", "wg0").err()).isEqualTo("[#] ip link delete dev wg0\n");
    assertNothingIsLeft();
    world.hookCodes.put("fail", 3);
    assertThat(run("up", "wg0").code()).isEqualTo(3);
    assertNothingIsLeft();
  }

  /** As wg-quick has it, because systemd-resolved's resolvconf refuses them. */
  @Test
  void searchDomainsAloneAreNothing() throws IOException {
    conf("DNS = example.org", "10.0.0.0/8");
    assertThat(run("up", "wg0").err()).doesNotContain("resolvconf");
    assertThat(run("down", "wg0").err()).doesNotContain("resolvconf");
  }

  @Test
  void iptablesWhereThereIsNoNft() throws IOException {
    world.programs.remove("nft");
    world.programs.addAll(Set.of("iptables", "ip6tables"));
    conf("FwMark = 7", "0.0.0.0/0, ::/0");
    assertThat(run("up", "wg0").err())
        .contains("[#] ip6tables-restore -n\n")
        .endsWith("[#] iptables-restore -n\n");
    assertThat(world.iptablesScripts.get(1))
        .startsWith("*raw\n-I PREROUTING -d 10.77.0.1 ! -i wg0 -m addrtype ! --src-type LOCAL ")
        .contains("-d 10.78.0.1", "*mangle\n", "--mark 7 ")
        .doesNotContain("fd77");
    world.iptables =
        List.of(
            "# Generated",
            "*raw",
            ":PREROUTING ACCEPT [0:0]",
            "-A PREROUTING -m comment --comment \"wg-quick(8) rule for wg0\" -j DROP",
            "-A PREROUTING -m comment --comment \"wg-quick(8) rule for wg\" -j DROP",
            "COMMIT");
    assertThat(run("down", "wg0").err())
        .endsWith("[#] iptables-restore -n\n[#] ip6tables-restore -n\n");
    assertThat(world.iptablesScripts.get(2))
        .isEqualTo(
            "*raw\n-D PREROUTING -m comment --comment \"wg-quick(8) rule for wg0\" -j DROP\nCOMMIT\n");
  }

  /** As ip(8) does, and so wg-quick. */
  @Test
  void whatTheKernelRefusesEndsWithTwo() throws IOException {
    conf("", "10.0.0.0/8");
    world.failAt = 3;
    assertThat(run("up", "wg0").code()).isEqualTo(2);
    assertNothingIsLeft();
  }

  /** Whichever step fails: nothing is left. */
  @Test
  void everyFailureIsRolledBack() throws IOException {
    conf("DNS = 1.2.3.4\nPreUp = true\nPostUp = true", "0.0.0.0/0, ::/0, 10.0.0.0/8, fd00::/8");
    run("up", "wg0");
    int steps = world.steps;
    run("down", "wg0");
    assertThat(steps).isGreaterThan(20);
    for (int fail = 1; fail <= steps; fail++) {
      World fresh = new World();
      world.takeOver(fresh);
      world.failAt = fail;
      Cli.Result up = run("up", "wg0");
      assertThat(up.code()).as("step %d: %s", fail, up.err()).isNotZero();
      world.failAt = 0;
      assertNothingIsLeft();
      assertThat(up.err()).doesNotContain("Exception").doesNotContain(KEY);
    }
  }

  @Test
  void hooksEndUpWithTheirCode() throws IOException {
    conf("PostUp = exit 7", "10.0.0.0/8");
    world.hookCodes.put("exit 7", 7);
    Cli.Result up = run("up", "wg0");
    assertThat(up.code()).isEqualTo(7);
    assertThat(up.err()).endsWith("[#] exit 7\n[#] ip link delete dev wg0\n");
    assertNothingIsLeft();
  }

  @Test
  void kernelWithoutWireGuard() throws IOException {
    conf("", "10.0.0.0/8");
    world.hasModule = false;
    assertThat(run("up", "wg0"))
        .isEqualTo(
            new Cli.Result(
                1,
                "",
                "[#] ip link add dev wg0 type wireguard\nError: Unknown device type.\n"
                    + "wg-quick: this kernel has no WireGuard: load the module with `modprobe"
                    + " wireguard', or install wireguard-go\n"));
    assertNothingIsLeft();
    world.programs.add("wireguard-go");
    assertThat(run("up", "wg0").err())
        .contains(
            "[!] Missing WireGuard kernel module. Falling back to slow userspace implementation.\n"
                + "[#] wireguard-go wg0\n");
    assertThat(world.links).containsKey("wg0");
  }

  /** As wg-quick would save it, but in the order of the file. */
  @Test
  void savesStateAndOptions() throws IOException {
    Path file =
        conf(
            "SaveConfig = true\nTable = 123\nPostUp = echo %i # x\nMTU = 1300\nDNS=1.1.1.1",
            "10.0.0.0/8");
    run("up", "wg0");
    world.links.get("wg0").mtu = 1310;
    Device device = cli.devices.all.get("wg0");
    change(5555, device.peers());
    Cli.Result down = run("down", "wg0");
    assertThat(down.err()).startsWith("[#] wg showconf wg0\n[#] ip link delete dev wg0\n");
    assertThat(file)
        .hasContent(
            """
            [Interface]
            PrivateKey = %s
            Address = 10.77.0.1/24, fd77::1/64
            Address = 10.78.0.1
            SaveConfig = true
            Table = 123
            PostUp = echo %%i # x
            MTU = 1310
            DNS=1.1.1.1
            ListenPort = 5555
            [Peer]
            PublicKey = %s
            AllowedIPs = 10.0.0.0/8
            Endpoint = 127.0.0.1:5
            """
                .formatted(KEY, P1));
    assertThat(mode(file)).isEqualTo("rw-------");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  /** What wg(8) may have done to wg0 since it came up. */
  private void change(int port, List<Peer> peers) {
    Device device = cli.devices.all.get("wg0");
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, device.privateKey(), device.publicKey(), port, 0, peers));
  }

  private static Peer peer(String key, String endpoint, String... allowedIps) {
    return new Peer(
        PublicKey.parse(key),
        Optional.empty(),
        Optional.of(Endpoint.parse(endpoint)),
        Stream.of(allowedIps).map(AllowedIp::parse).toList(),
        Optional.empty(),
        0,
        0,
        0,
        1);
  }

  @Test
  void savingKeepsCommentsOrderAndHostNames() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("wg0.conf"),
            """
            # Office. Ask Carol before you change it.

            [Interface]
              address = fd77::1/64, 10.77.0.1/24 # both
            # Not our provider's.
            DNS = 1.1.1.1, example.org
            ListenPort = 51820 # open in the firewall
            PrivateKey = %s
            PostUp = echo %%i # is up

            # Dave, who left
            [Peer]
            PublicKey = %s
            AllowedIPs = 10.3.0.0/16

            # Name = home
            [Peer]
            AllowedIPs = 10.1.0.0/16, 10.2.0.0/16 # both nets
            Endpoint = localhost:5 # dynamic
            PublicKey = %s
            """
                .formatted(KEY, P2, P1));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Path link = Files.createSymbolicLink(directory.resolve("wg1.conf"), file);
    assertThat(run("up", "wg0").code()).isZero();
    String before = Files.readString(file);
    assertThat(run("save", "wg0")).isEqualTo(new Cli.Result(0, "", "[#] wg showconf wg0\n"));
    assertThat(file).as("nothing changed").hasContent(before);

    // What the kernel names first means nothing.
    Collections.reverse(world.links.get("wg0").addresses);
    change(
        51820,
        List.of(
            peer(P1, "192.0.2.77:9", "10.2.0.0/16", "10.1.0.0/16"),
            peer(P3, "[fe80::3%1]:7", "10.9.0.0/16")));
    cli.devices.all.put("wg1", cli.devices.all.get("wg0"));
    world.links.put("wg1", world.links.get("wg0"));
    String after =
        before.replace(
                "# Dave, who left\n[Peer]\nPublicKey = " + P2 + "\nAllowedIPs = 10.3.0.0/16\n\n",
                "")
            + "\n[Peer]\nPublicKey = "
            + P3
            + "\nAllowedIPs = 10.9.0.0/16\nEndpoint = [fe80::3%"
            + cli.host.interfaceName(1).orElseThrow()
            + "]:7\n";
    assertThat(run("save", link.toString()))
        .isEqualTo(new Cli.Result(0, "", "[#] wg showconf wg1\n"));
    assertThat(file).hasContent(after);
    assertThat(link).isSymbolicLink();
    assertThat(mode(file)).isEqualTo("rw-r-----");

    world.links.get("wg0").addresses.remove(0);
    world
        .links
        .get("wg0")
        .addresses
        .add(new QuickConfig.Address(IpAddress.parse("10.4.0.1"), OptionalInt.of(32)));
    run("save", "wg0");
    assertThat(file)
        .hasContent(
            after.replace("fd77::1/64, 10.77.0.1/24 # both", "fd77::1/64, 10.4.0.1/32 # both"));
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactlyInAnyOrder(file, link);
    }
  }

  /** Before anything is taken down. */
  @Test
  void aFileThatCannotBeWrittenKeepsTheInterface() throws IOException {
    Path file = conf("SaveConfig = true\nPreDown = mv", "10.0.0.0/8");
    run("up", "wg0");
    Path elsewhere = directory.resolveSibling(directory.getFileName() + ".moved");
    world.hookActions.put("mv", () -> Files.move(directory, elsewhere));
    Cli.Result down = run("down", "wg0");
    Files.move(elsewhere, directory);
    assertThat(down.code()).isEqualTo(1);
    assertThat(down.err())
        .contains("\nwg-quick: cannot write " + file + ", the state is not saved: ")
        .doesNotContain("ip link delete");
    assertThat(world.links).containsKey("wg0");
    assertThat(file).content().contains("PreDown = mv");
  }

  @Test
  void aFileThatIsGoneIsWrittenForItsOwnerAlone() throws IOException {
    Path file = conf("SaveConfig = true\nListenPort = 7\nPreDown = rm", "10.0.0.0/8");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    run("up", "wg0");
    String before = Files.readString(file);
    world.hookActions.put("rm", () -> Files.delete(file));
    assertThat(run("down", "wg0").code()).isZero();
    assertThat(file).hasContent(before);
    assertThat(mode(file)).isEqualTo("rw-------");
  }

  @Test
  void aSpoiltFileDoesNotKeepTheInterface() throws IOException {
    Path file = conf("PostDown = x", "10.0.0.0/8");
    run("up", "wg0");
    Files.writeString(file, Files.readString(file).replace("AllowedIPs", "nonsense"));
    assertThat(run("down", "wg0"))
        .isEqualTo(new Cli.Result(0, "", "[#] ip link delete dev wg0\n[#] x\n"));
    assertNothingIsLeft();
  }

  @Test
  void strips() throws IOException {
    Path file = conf("PostUp = x", "10.0.0.0/8");
    Cli.Result strip = run("strip", file.toString());
    assertThat(strip.code()).isZero();
    assertThat(strip.out())
        .startsWith("[Interface]\nPrivateKey = " + KEY + "\n[Peer]\n")
        .endsWith("Endpoint = 127.0.0.1:5\n\n");
  }

  @Test
  void namesAndFiles() throws IOException {
    Path file = conf("", "10.0.0.0/8");
    assertThat(run("up", "nonex").err())
        .isEqualTo("wg-quick: `" + directory.resolve("nonex.conf") + "' does not exist\n");
    assertThat(run("up", "/").err())
        .isEqualTo("wg-quick: The config file must be a valid interface name, followed by .conf\n");
    assertThat(run("up", "a b").err()).isEqualTo("wg-quick: `a b' does not exist\n");
    Path text = Files.copy(file, directory.resolve("wg0.txt"));
    String invalid =
        "wg-quick: The config file must be a valid interface name, followed by .conf\n";
    assertThat(run("up", text.toString()).err()).isEqualTo(invalid);
    Path tooLong = Files.copy(file, directory.resolve("averyveryverylongname.conf"));
    assertThat(run("up", tooLong.toString()).err()).isEqualTo(invalid);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(run("strip", file.toString()).err()).isEmpty();
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(run("strip", file.toString()).err())
        .isEqualTo("Warning: `" + file.toRealPath() + "' is world accessible\n");
  }

  @Test
  void badFilesChangeNothing() throws IOException {
    conf("SaveConfig = yes", "10.0.0.0/8");
    assertThat(run("up", "wg0"))
        .isEqualTo(new Cli.Result(1, "", "wg-quick: `yes' is neither true nor false\n"));
    conf("", "10.0.0.0/33");
    assertThat(run("up", "wg0").err())
        .isEqualTo(
            "AllowedIP is not in the correct format: `10.0.0.0/33'\nConfiguration parsing error\n");
    assertThat(world.steps).isZero();
  }

  /** Links, routes, rules, nftables and resolvconf of one machine, with a step that may fail. */
  private final class World {
    final Map<String, Link> links = new LinkedHashMap<>();
    final List<String> rules = new ArrayList<>();
    final Set<Integer> usedTables = new HashSet<>();
    final Set<String> nftTables = new HashSet<>();
    final List<String> nftScripts = new ArrayList<>();
    final List<String> iptablesScripts = new ArrayList<>();
    final Map<String, String> resolvers = new LinkedHashMap<>();
    final Set<String> programs = new HashSet<>(Set.of("nft", "resolvconf"));
    final Map<String, Integer> hookCodes = new LinkedHashMap<>();
    final Map<String, Cli.Reaction> hookActions = new LinkedHashMap<>();
    final Network network = new FakeNetwork();
    final Shell shell = new FakeShell();
    List<String> iptables = List.of();
    OptionalInt pathMtu = OptionalInt.empty();
    OptionalInt defaultMtu = OptionalInt.empty();
    boolean sourceMark;
    boolean hasModule = true;
    boolean nftBroken;
    Runnable onUp = () -> {};
    int steps;
    int failAt;

    static final class Link {
      int mtu;
      final List<QuickConfig.Address> addresses = new ArrayList<>();
      final List<String> routes = new ArrayList<>();
    }

    void takeOver(World fresh) {
      links.clear();
      rules.clear();
      nftTables.clear();
      resolvers.clear();
      sourceMark = fresh.sourceMark;
      steps = 0;
      cli.devices.all.clear();
    }

    void step() throws IOException {
      steps++;
      if (steps == failAt) {
        throw NetlinkException.of("step", Errno.EPERM.number(), ExtAck.NONE);
      }
    }

    /** Applies what configure() was told, as far as up() looks at it afterwards. */
    void absorb(String name) throws IOException {
      step();
      Device device = cli.devices.all.get(name);
      for (DeviceConfig change : cli.devices.changes) {
        List<Peer> peers = new ArrayList<>(device.peers());
        for (PeerConfig peer : change.peers()) {
          peers.add(
              new Peer(
                  peer.publicKey(),
                  Optional.empty(),
                  peer.endpoint().value(),
                  peer.allowedIps(),
                  Optional.empty(),
                  0,
                  0,
                  0,
                  1));
        }
        device =
            new Device(
                name,
                1,
                change.privateKey().value().isPresent()
                    ? Optional.of(PrivateKey.parse(KEY))
                    : device.privateKey(),
                device.publicKey(),
                change.listenPort().value().orElse(device.listenPort()),
                change.fwmark().value().orElse(device.fwmark()),
                peers);
      }
      cli.devices.changes.clear();
      cli.devices.all.put(name, device);
    }

    private void addLink(String name) {
      links.put(name, new Link());
      cli.devices.all.put(
          name, new Device(name, 1, Optional.empty(), Optional.empty(), 0, 0, List.of()));
      cli.devices.onConfigure = () -> absorb(name);
    }

    private final class FakeNetwork implements Network {
      @Override
      public boolean exists(String name) {
        return links.containsKey(name);
      }

      @Override
      public void addWireGuard(String name) throws IOException {
        step();
        if (!hasModule) {
          throw NetlinkException.of(
              "add",
              Errno.EOPNOTSUPP.number(),
              new ExtAck(
                  Optional.of("Unknown device type"),
                  OptionalInt.empty(),
                  OptionalInt.empty(),
                  OptionalInt.empty()));
        }
        addLink(name);
      }

      @Override
      public void delete(String name) {
        links.remove(name);
        cli.devices.all.remove(name);
        // systemd-resolved forgets what it was told of a link with the link.
        resolvers.keySet().removeIf(key -> key.startsWith(name + " "));
      }

      @Override
      public void addAddress(String name, QuickConfig.Address address) throws IOException {
        step();
        links
            .get(name)
            .addresses
            .add(new QuickConfig.Address(address.address(), OptionalInt.of(address.length())));
      }

      @Override
      public List<QuickConfig.Address> addresses(String name) {
        return links.get(name).addresses;
      }

      @Override
      public int mtu(String name) {
        return links.get(name).mtu;
      }

      @Override
      public void setMtuAndUp(String name, int mtu) throws IOException {
        step();
        links.get(name).mtu = mtu;
        onUp.run();
      }

      @Override
      public OptionalInt pathMtu(IpAddress destination) {
        assertThat(destination).isEqualTo(Endpoint.parse("127.0.0.1:5").address());
        return pathMtu;
      }

      @Override
      public OptionalInt defaultMtu() {
        return defaultMtu;
      }

      @Override
      public boolean hasRoute(String name, AllowedIp prefix) {
        return links.get(name).addresses.stream()
            .anyMatch(
                address ->
                    address.length() <= prefix.prefixLength()
                        && new AllowedIp(address.address(), address.length())
                            .contains(prefix.address()));
      }

      @Override
      public void addRoute(String name, AllowedIp prefix, int table) throws IOException {
        step();
        links.get(name).routes.add(prefix + " " + table);
      }

      @Override
      public boolean isTableUsed(int table) throws IOException {
        step();
        return usedTables.contains(table);
      }

      private String family(boolean v6) {
        return v6 ? "-6 " : "-4 ";
      }

      @Override
      public void addMarkRule(boolean v6, int mark) throws IOException {
        step();
        rules.add(family(v6) + mark);
      }

      @Override
      public void addSuppressRule(boolean v6) throws IOException {
        step();
        rules.add(family(v6) + "suppress");
      }

      @Override
      public boolean deleteRuleOfTable(boolean v6, int table) {
        return rules.remove(family(v6) + table);
      }

      @Override
      public boolean deleteSuppressRule(boolean v6) {
        return rules.remove(family(v6) + "suppress");
      }

      @Override
      public boolean hasRuleOfTable(boolean v6, int table) {
        return rules.contains(family(v6) + table);
      }

      @Override
      public boolean isSourceMarkValid() {
        return sourceMark;
      }

      @Override
      public void setSourceMarkValid() throws IOException {
        step();
        sourceMark = true;
      }

      @Override
      public void close() {}
    }

    private final class FakeShell extends Shell {
      @Override
      boolean has(String program) {
        return programs.contains(program);
      }

      @Override
      int hook(String command, Map<String, String> variables) throws IOException {
        step();
        assertThat(variables).containsEntry("INTERFACE", "wg0").containsKey("CONFIG_FILE");
        hookActions.getOrDefault(command, () -> {}).run();
        return hookCodes.getOrDefault(command, 0);
      }

      @Override
      int run(List<String> words) throws IOException {
        return run(words, "");
      }

      @Override
      int run(List<String> words, String input) throws IOException {
        boolean undo = words.contains("-d") || input.startsWith("delete");
        if (!undo) {
          step();
        }
        switch (words.get(0)) {
          case "nft" -> {
            if (nftBroken) {
              return 1;
            }
            nftScripts.add(input);
            for (String line : input.split("\n")) {
              if (line.startsWith("table ")) {
                nftTables.add(line.substring(6, line.length() - 2));
              } else if (line.startsWith("delete table ")) {
                nftTables.remove(line.substring(13));
              }
            }
          }
          case "resolvectl" ->
              resolvers.put(
                  words.get(2) + " " + words.get(1),
                  String.join(" ", words.subList(3, words.size())));
          case "resolvconf" -> {
            if (undo) {
              resolvers.remove(words.get(2));
            } else {
              resolvers.put(words.get(2), input);
            }
          }
          case "iptables-restore", "ip6tables-restore" -> iptablesScripts.add(input);
          case "wireguard-go" -> addLink(words.get(1));
          default -> throw new AssertionError(words);
        }
        return 0;
      }

      @Override
      List<String> lines(List<String> words) {
        if (words.get(0).endsWith("tables-save")) {
          return iptables;
        }
        return nftTables.stream().map(table -> "table " + table).toList();
      }
    }
  }
}
