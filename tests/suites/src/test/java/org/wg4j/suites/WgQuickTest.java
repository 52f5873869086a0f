// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.wg4j.suites.QuickBench.CONFIGURATION;
import static org.wg4j.suites.QuickBench.DIARY;
import static org.wg4j.suites.QuickBench.STOCK;
import static org.wg4j.suites.QuickBench.WGJ;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;
import org.wg4j.suites.QuickBench.Outcome;

/** {@code wgj up} and {@code wgj down} against wg-quick: the same files have the same effects. */
@Lab
class WgQuickTest {
  private static final Identity HOST = Identity.generate();
  private static final String PEER = Identity.generate().publicKey();
  private static final String OTHER = Identity.generate().publicKey();
  private static final String COMMENT = "# a comment, which wg-quick loses";
  private static final String KEY = "[Interface]\nPrivateKey = " + HOST.privateKey() + "\n";

  /**
   * A configuration that both programs get.
   *
   * @param title what it is about
   * @param preparation shell lines that run in the namespace before
   * @param configuration the file
   * @param meanwhile shell lines that run while the interface is up
   */
  record Case(String title, String preparation, String configuration, String meanwhile) {
    Case(String title, String configuration) {
      this(title, "", configuration, "");
    }

    @Override
    public String toString() {
      return title;
    }
  }

  private static String peer(String key, String lines) {
    return "[Peer]\nPublicKey = " + key + "\n" + lines;
  }

  static Stream<Case> sameEffects() {
    return Stream.of(
        new Case(
            "addresses, routes from the longest prefix to the shortest, chosen MTU, DNS, hooks",
            KEY
                + """
                ListenPort = 51900
                Address = 10.1.0.1/24, fd01::1/64
                address=10.2.0.1 # no length: all bits
                DNS = 10.1.0.53, fd01::53
                DNS = example.org, example.net
                """
                + hooks("PreUp", "true")
                + hooks("PostUp", "ip -o -4 addr show dev %i | tr -s ' ' | cut -d ' ' -f 4")
                + hooks("PreDown", "wg show %i peers | wc -l")
                + hooks("PostDown", "ip link show dev %i 2>&1 || true")
                + peer(
                    PEER,
                    """
                    AllowedIPs = 10.0.0.0/8, 10.1.0.7/32, 172.16.0.0/12, fd01::7/128
                    Endpoint = 192.0.2.77:51820
                    PersistentKeepalive = 25
                    """)
                + peer(
                    OTHER,
                    "PresharedKey = "
                        + Identity.presharedKey()
                        + "\nAllowedIPs = 10.64.0.0/10,172.16.5.0/24,fd02::/16, fd02:1::/32\n")),
        new Case(
            "Table = off, MTU",
            KEY
                + "Address = 10.1.0.1/24\nMTU = 1280\nTable = off\nListenPort = 51900\n"
                + peer(PEER, "AllowedIPs = 0.0.0.0/0, ::/0, 10.9.0.0/16\n")),
        new Case(
            "Table = number, with default routes, and a mark",
            KEY
                + "Address = 10.1.0.1/24\nTable = 1234\nFwMark = 0x77\nListenPort = 51900\n"
                + peer(PEER, "AllowedIPs = 0.0.0.0/0, ::/0, 10.9.0.0/16\n")),
        new Case(
            "default routes of both families with a mark of one's own",
            KEY
                + "FwMark = 4321\n"
                + "Address = 10.1.0.1/24, 10.3.0.1/24, fd01::1/64\n"
                + "ListenPort = 51900\n"
                + peer(
                    PEER,
                    "AllowedIPs = 0.0.0.0/0, ::/0, 10.9.0.0/16\nEndpoint = [2001:db8::7]:51820\n")),
        new Case(
            "default route while another program uses table 51820",
            "ip route add 203.0.113.0/24 dev host0 table 51820",
            KEY
                + "Address = 10.1.0.1/24\nListenPort = 51900\n"
                + peer(PEER, "AllowedIPs = 0.0.0.0/0\n"),
            ""),
        new Case(
            "SaveConfig",
            "",
            KEY
                + COMMENT
                + "\nAddress = 10.1.0.1/24, fd01::1/64\nMTU = 1300\n"
                + "ListenPort = 51900\nSaveConfig = true\nDNS = 10.1.0.53\n"
                + "PostUp = true\nPostDown = true %i\n"
                + peer(PEER, "AllowedIPs = 10.7.0.0/24\n"),
            "wg set q0 listen-port 51901 peer "
                + OTHER
                + " allowed-ips 10.8.0.0/24,fd08::/32 endpoint 192.0.2.9:1 persistent-keepalive 9\n"
                + "ip addr add 10.99.0.1/32 dev q0; ip link set q0 mtu 1310"));
  }

  /** Two hooks of one kind; they write their kind and what a command says. */
  private static String hooks(String kind, String command) {
    return """
    %1$s = { echo "%1$s one of %%i"; %2$s; } >>%3$s
    %1$s = echo '%1$s two' "$(umask)" >>%3$s; cd /; false || true
    """
        .formatted(kind, command, DIARY);
  }

  @ParameterizedTest
  @MethodSource
  void sameEffects(Case about, @Guest("ours") Machine ours) {
    QuickBench bench = new QuickBench(ours);
    Outcome stock =
        bench.upAndDown(STOCK, about.preparation(), about.configuration(), about.meanwhile());
    Outcome wgj =
        bench.upAndDown(WGJ, about.preparation(), about.configuration(), about.meanwhile());
    stock.up().check();
    wgj.up().check();
    stock.down().check();
    wgj.down().check();
    SoftAssertions.assertSoftly(
        softly -> {
          softly.assertThat(wgj.during()).as("while up").isEqualTo(stock.during());
          softly.assertThat(wgj.after()).as("after").isEqualTo(stock.after());
          softly
              .assertThat(withoutSourceMark(wgj.after()))
              .as("before and after")
              .isEqualTo(withoutSourceMark(wgj.before()));
          softly.assertThat(wgj.diary()).as("what hooks wrote").isEqualTo(stock.diary());
          if (about.configuration().contains("SaveConfig")) {
            // Ours keeps the order of the file, and what wg-quick loses.
            softly.assertThat(sections(wgj.file())).isEqualTo(sections(stock.file()));
            softly.assertThat(wgj.file()).contains("\n" + COMMENT + "\n");
          } else {
            softly.assertThat(wgj.file()).as("the configuration file").isEqualTo(stock.file());
          }
          softly.assertThat(wgj.up().stdout() + wgj.down().stdout()).isEmpty();
        });
    assertThat(wgj.during()).as("the case did something").isNotEqualTo(wgj.before());
  }

  /** What is said in which section, whatever the order and however it is commented. */
  private static List<Set<String>> sections(String file) {
    List<Set<String>> sections = new ArrayList<>(List.of(new HashSet<>()));
    for (String line : file.split("\n")) {
      String said = line.replaceAll("#.*", "").strip();
      if (said.startsWith("[")) {
        sections.add(new HashSet<>());
      }
      String key = said.replaceAll("=.*", "");
      for (String item : said.substring(said.indexOf('=') + 1).split(",")) {
        sections.get(sections.size() - 1).add(key.strip() + '=' + item.strip());
      }
    }
    sections.forEach(section -> section.remove("="));
    return sections;
  }

  /** Neither program can know who else relies on it by now, so it stays set. */
  private static String withoutSourceMark(String snapshot) {
    return snapshot.replaceAll("(?m)^(net[.]ipv4[.]conf[.]all[.]src_valid_mark) = .*$", "$1");
  }

  /** Where wg-quick of 2021 is known to be wrong and newer ones are not, ours is not, either. */
  @Test
  void smallestMtuOfAllEndpointsAndPreUpSeesTheInterface(@Guest("ours") Machine ours) {
    QuickBench bench = new QuickBench(ours);
    String preparation =
        """
        ip link add narrow type dummy
        ip link set narrow addrgenmode none
        ip link set narrow mtu 1300 up
        ip addr add 198.51.100.1/24 dev narrow
        """;
    String configuration =
        KEY
            + "PreUp = ip -br link show dev %i | cut -d ' ' -f 1 >>"
            + DIARY
            + "\nPreUp = wg set %i listen-port 51944\nAddress = 10.1.0.1/24\n"
            + peer(PEER, "Endpoint = 192.0.2.7:1\n")
            + peer(OTHER, "Endpoint = 198.51.100.7:1\n");
    Outcome wgj = bench.upAndDown(WGJ, preparation, configuration, "");
    wgj.up().check();
    assertThat(wgj.during()).contains("mtu 1220").contains("ListenPort = 51944");
    assertThat(wgj.diary()).isEqualTo("q0\n");
    assertThat(wgj.after()).isEqualTo(wgj.before());
  }

  static Stream<Case> failuresUndoEverything() {
    String tunnel = KEY + "Address = 10.1.0.1/24, fd01::1/64\nListenPort = 51900\n";
    String everywhere = peer(PEER, "AllowedIPs = 0.0.0.0/0, ::/0\n");
    return Stream.of(
        new Case(
            "a hook ends with a code of its own after rules, routes, firewall and DNS",
            tunnel + "DNS = 10.1.0.53\nPostUp = exit 3\n" + everywhere),
        new Case(
            "the port is taken",
            "ip link add taken type wireguard\nwg set taken listen-port 51900\n"
                + "ip link set taken up",
            tunnel + everywhere,
            ""),
        new Case(
            "a route of that table is there already",
            "ip route add 10.9.0.0/16 dev host0 table 1234",
            tunnel + "Table = 1234\n" + peer(PEER, "AllowedIPs = 10.9.0.0/16, 10.9.1.0/24\n"),
            ""));
  }

  @ParameterizedTest
  @MethodSource
  void failuresUndoEverything(Case about, @Guest("ours") Machine ours) {
    QuickBench bench = new QuickBench(ours);
    bench.reset();
    bench.write(about.configuration());
    bench.in("set -e\n" + about.preparation()).check();
    String before = bench.snapshot();
    Result stock = bench.in(STOCK + " up " + CONFIGURATION);
    assertThat(stock.exitCode()).as("wg-quick: " + stock.stderr()).isNotZero();

    bench.reset();
    bench.in("set -e\n" + about.preparation()).check();
    Result wgj = bench.in(WGJ + " up " + CONFIGURATION);
    assertThat(withoutSourceMark(bench.snapshot()))
        .as(wgj.stderr())
        .isEqualTo(withoutSourceMark(before));
    assertThat(wgj.exitCode()).as(wgj.stderr()).isEqualTo(stock.exitCode());
    assertThat(wgj.stderr()).contains("ip link delete dev q0").doesNotContain(HOST.privateKey());
  }

  @Test
  void leavesAnExistingLinkAlone(@Guest("ours") Machine ours) {
    QuickBench bench = new QuickBench(ours);
    bench.reset();
    bench.write(KEY + "Address = 10.1.0.1/24\n");
    bench.in("ip link add q0 type dummy").check();
    String before = bench.snapshot();
    assertRefused(bench.in(WGJ + " up " + CONFIGURATION), "`q0' already exists");
    assertRefused(bench.in(WGJ + " down " + CONFIGURATION), "`q0' is not a WireGuard interface");
    assertThat(bench.snapshot()).isEqualTo(before);
  }

  private static void assertRefused(Result result, String words) {
    assertThat(result.exitCode()).as(result.stderr()).isEqualTo(1);
    assertThat(result.stdout()).isEmpty();
    assertThat(result.stderr()).endsWith(words + "\n");
  }

  /** By what is said about them at the end; more kinds are in {@link BadInputTest}. */
  private static Map<String, String> badConfigurations() {
    String good = KEY + "Address = 10.1.0.1/24\nPreUp = echo ran >>" + DIARY + "\n";
    return Map.of(
        "A peer is missing a public key\nInvalid configuration",
        good + "[Peer]\nAllowedIPs = 10.9.0.0/16\n",
        "Unable to parse IP address: `10.1.0/24'\nConfiguration parsing error",
        good + "Address = 10.1.0/24\n",
        "`maybe' is neither true nor false",
        good + "SaveConfig = maybe\n");
  }

  @Test
  void badConfigurationsChangeNothing(@Guest("ours") Machine ours) {
    QuickBench bench = new QuickBench(ours);
    bench.reset();
    String before = bench.snapshot();
    badConfigurations()
        .forEach(
            (words, configuration) -> {
              bench.write(configuration);
              assertRefused(bench.in(WGJ + " up " + CONFIGURATION), words);
            });
    assertThat(bench.snapshot()).isEqualTo(before);
    assertThat(ours.read(DIARY)).as("no hook ran").isEmpty();
  }

  /**
   * The configuration that the WireGuard talk shows: a server with two peers, a client that sends
   * everything to the server, and nothing else. Addresses of the interfaces are ip(8)'s business
   * there, and here.
   */
  @Test
  void theConfigurationOfTheTalk(@Guest("ours") Machine ours) {
    Identity server = Identity.generate();
    Identity client = Identity.generate();
    ours.sh(
            """
            set -e
            for ns in server client; do
              [ ! -e /run/netns/$ns ] || ip netns delete $ns
              ip netns add $ns
              ip -n $ns link set lo up
            done
            ip link add v0 netns server type veth peer name v0 netns client
            ip -n server addr add 192.95.5.69/24 dev v0
            ip -n server addr add 203.0.113.9/32 dev lo
            ip -n client addr add 192.95.5.70/24 dev v0
            ip -n server link set v0 up
            ip -n client link set v0 up
            ip -n client route add default via 192.95.5.69 dev v0
            mkdir -p -m 700 /run/talk/server /run/talk/client
            """)
        .check();
    ours.write(
        "/run/talk/server/wg0.conf",
        """
        [Interface]
        PrivateKey = %s
        ListenPort = 41414

        [Peer]
        PublicKey = %s
        AllowedIPs = 10.192.122.3/32,10.192.124.1/24

        [Peer]
        PublicKey = %s
        AllowedIPs = 10.192.122.4/32,192.168.0.0/16
        """
            .formatted(server.privateKey(), client.publicKey(), OTHER));
    ours.write(
        "/run/talk/client/wg0.conf",
        """
        [Interface]
        PrivateKey = %s
        ListenPort = 21841

        [Peer]
        PublicKey = %s
        Endpoint = 192.95.5.69:41414
        AllowedIPs = 0.0.0.0/0
        """
            .formatted(client.privateKey(), server.publicKey()));
    for (String side : new String[] {"server", "client"}) {
      in(ours, side, WGJ + " up /run/talk/" + side + "/wg0.conf").check();
    }
    in(ours, "server", "ip addr add 10.192.122.1/24 dev wg0").check();
    in(ours, "client", "ip addr add 10.192.122.3/24 dev wg0").check();

    in(ours, "client", "ping -q -c 1 -W 30 10.192.122.1").check();
    in(ours, "server", "ping -q -c 1 -W 30 10.192.122.3").check();
    in(ours, "client", "ping -q -c 1 -W 30 -I 10.192.122.3 203.0.113.9").check();
    assertThat(in(ours, "client", "ip route get 203.0.113.9").check().stdout()).contains("dev wg0");
    assertThat(in(ours, "client", "ip route get 192.95.5.69 mark 51820").check().stdout())
        .contains("dev v0");
    assertThat(in(ours, "server", "wg show wg0 endpoints").check().stdout())
        .contains(client.publicKey() + "\t192.95.5.70:21841\n", OTHER + "\t(none)\n");
    assertThat(in(ours, "server", "wg show wg0 transfer").check().stdout())
        .as("three pings and their answers, padded")
        .contains(OTHER + "\t0\t0\n")
        .containsPattern(Pattern.quote(client.publicKey()) + "\t[0-9]{3,}\t[0-9]{3,}\n");

    for (String side : new String[] {"client", "server"}) {
      in(ours, side, WGJ + " down /run/talk/" + side + "/wg0.conf").check();
      assertThat(in(ours, side, "wg show interfaces; nft list ruleset").stdout()).isEmpty();
    }
    assertThat(in(ours, "client", "ip rule | wc -l").stdout()).isEqualTo("3\n");
    in(ours, "client", "ping -q -c 1 -W 30 203.0.113.9").check();
    ours.sh("ip netns delete client; ip netns delete server; rm -r /run/talk").check();
  }

  private static Result in(Machine machine, String namespace, String script) {
    return machine.run(
        Command.of("ip", "netns", "exec", namespace, "sh", "-c", script)
            .within(TwoNamespaces.PATIENCE));
  }
}
