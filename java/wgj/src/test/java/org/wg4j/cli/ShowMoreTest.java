// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.netlink4j.Errno;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.Endpoint;
import org.wg4j.Peer;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;

/** show with --json, --names and --watch. */
class ShowMoreTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String PUBLIC = "MIQ438eGoFLgWYUOOEbdund2OphsUPC5lZettpg6BDU=";
  private static final String PSK = "m+s2H/Tl3NAKGmiAX9ZGE/b2vJZzn9R7tHrhzkiL9lM=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final String P2 = "7EJN2xusLNYm62wGiYUkZ+lx8V573EqqYG3ppIzTI2M=";
  private static final String NAME_OF_P2 = "\"name\":\"a \\\"b\\\" \u00e4\",";

  private final Cli cli = new Cli();
  @TempDir Path directory;

  private static Peer peer(
      String key, String endpoint, long ago, long received, long sent, int keepalive) {
    return new Peer(
        PublicKey.parse(key),
        key.equals(P1) ? Optional.of(PresharedKey.parse(PSK)) : Optional.empty(),
        endpoint.isEmpty() ? Optional.empty() : Optional.of(Endpoint.parse(endpoint)),
        key.equals(P1)
            ? List.of(AllowedIp.parse("10.0.0.2/32"), AllowedIp.parse("::/0"))
            : List.of(),
        ago < 0 ? Optional.empty() : Optional.of(Cli.NOW.minusSeconds(ago)),
        received,
        sent,
        keepalive,
        1);
  }

  private void device(String name, Peer... peers) {
    cli.devices.all.put(
        name,
        new Device(
            name,
            5,
            Optional.of(PrivateKey.parse(KEY)),
            Optional.of(PublicKey.parse(PUBLIC)),
            51820,
            0xffffffff,
            Arrays.asList(peers)));
  }

  @BeforeEach
  void devices() throws IOException {
    cli.program = "wgj";
    cli.host.configDirectory = directory;
    Files.writeString(
        directory.resolve("wg0.conf"), "[Peer]\n# Name = a \"b\" \u00e4\nPublicKey = " + P2 + "\n");
    device("wg0", peer(P1, "[fe80::1%1]:5", 71, -1, 1, 25), peer(P2, "", -1, 0, 0, 0));
    cli.devices.all.put(
        "wg1", new Device("wg1", 6, Optional.empty(), Optional.empty(), 0, 0, List.of()));
  }

  private static String json(String privateKey, String psk) {
    return ("{\"wg0\":{PRIVATE\"publicKey\":\""
                + PUBLIC
                + "\",\"listenPort\":51820,\"fwmark\":4294967295,")
            .replace("PRIVATE", privateKey)
        + "\"peers\":{\""
        + P1
        + "\":{"
        + psk
        + "\"endpoint\":\"[fe80::1%lo]:5\",\"latestHandshake\":1795473992,"
        + "\"transferRx\":18446744073709551615,\"transferTx\":1,\"persistentKeepalive\":25,"
        + "\"allowedIps\":[\"10.0.0.2/32\",\"::/0\"]},\""
        + P2
        + "\":{"
        + NAME_OF_P2
        + "\"allowedIps\":[]}}}";
  }

  @Test
  void jsonHidesWhatTheFormForPeopleHides() {
    String expected = json("", "") + "}\n";
    assertThat(cli.run("show", "wg0", "--json")).isEqualTo(new Cli.Result(0, expected, ""));
    assertThat(cli.run("show", "--json", "wg0")).isEqualTo(new Cli.Result(0, expected, ""));
    String all = json("", "") + ",\"wg1\":{\"peers\":{}}}\n";
    assertThat(cli.run("show", "--json")).isEqualTo(new Cli.Result(0, all, ""));
    assertThat(cli.run("show", "all", "--json")).isEqualTo(new Cli.Result(0, all, ""));
    cli.environment.put("WG_HIDE_KEYS", "never");
    assertThat(cli.run("show", "wg0", "--json").out()).isEqualTo(secrets());
    cli.environment.put("WG_HIDE_KEYS", "always");
    assertThat(cli.run("show", "wg0", "--json").out()).isEqualTo(expected);
  }

  private static String secrets() {
    return json("\"privateKey\":\"" + KEY + "\",", "\"presharedKey\":\"" + PSK + "\",") + "}\n";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '!',
      value = {
        "interfaces | [\"wg0\",\"wg1\"]",
        "wg0 public-key | {\"wg0\":{\"publicKey\":\"" + PUBLIC + "\"}}",
        "wg1 public-key | {\"wg1\":{}}",
        "wg0 private-key | {\"wg0\":{\"privateKey\":\"" + KEY + "\"}}",
        "wg0 listen-port | {\"wg0\":{\"listenPort\":51820}}",
        "all fwmark | {\"wg0\":{\"fwmark\":4294967295},\"wg1\":{}}",
        "wg0 peers | {\"wg0\":{\"peers\":{\"" + P1 + "\":{},\"" + P2 + "\":{N}}}}",
        "wg0 preshared-keys | {\"wg0\":{\"peers\":{\""
            + (P1 + "\":{\"presharedKey\":\"" + PSK + "\"},\"" + P2 + "\":{N}}}}"),
        "wg0 endpoints | {\"wg0\":{\"peers\":{\""
            + (P1 + "\":{\"endpoint\":\"[fe80::1%lo]:5\"},\"" + P2 + "\":{N}}}}"),
        "wg0 latest-handshakes | {\"wg0\":{\"peers\":{\""
            + (P1 + "\":{\"latestHandshake\":1795473992},\"" + P2 + "\":{N}}}}"),
        "wg0 transfer | {\"wg0\":{\"peers\":{\""
            + (P1
                + "\":{\"transferRx\":18446744073709551615,\"transferTx\":1},\""
                + P2
                + "\":{N}}}}"),
        "wg0 persistent-keepalive | {\"wg0\":{\"peers\":{\""
            + (P1 + "\":{\"persistentKeepalive\":25},\"" + P2 + "\":{N}}}}"),
        "wg0 allowed-ips | {\"wg0\":{\"peers\":{\""
            + (P1 + "\":{\"allowedIps\":[\"10.0.0.2/32\",\"::/0\"]},\"")
            + (P2 + "\":{N,\"allowedIps\":[]}}}}"),
      })
  void jsonOfFields(String words, String expected) {
    Cli.Result result = cli.run(("show " + words + " --json").split(" "));
    String name = NAME_OF_P2.substring(0, NAME_OF_P2.length() - 1);
    assertThat(result)
        .isEqualTo(
            new Cli.Result(
                0, expected.replace("N}", name + "}").replace("N,", name + ",") + "\n", ""));
  }

  @Test
  void jsonOfDumpHasTheKeys() {
    assertThat(cli.run("show", "wg0", "dump", "--json").out()).isEqualTo(secrets());
  }

  @Test
  void jsonFailures() {
    assertThat(cli.run("show", "wg9", "--json").code()).isEqualTo(1);
    assertThat(cli.run("show", "wg9", "--json").out()).isEmpty();
    assertThat(cli.run("show", "wg9", "--json").err())
        .startsWith(
            "Unable to access interface: No such device\nHint: the WireGuard interfaces are:"
                + " wg0, wg1; ");
    assertThat(cli.run("show", "wg0", "foo", "--json").err()).contains("there is no field `foo'");
    assertThat(cli.run("show", "wg0", "all", "--json").err()).contains("there is no field `all'");
    cli.devices.broken.put("wg0", Errno.EPERM);
    Cli.Result half = cli.run("show", "--json");
    assertThat(half.code()).isZero();
    assertThat(half.out()).isEqualTo("{\"wg1\":{\"peers\":{}}}\n");
    assertThat(half.err()).isEqualTo("Unable to access interface wg0: Operation not permitted\n");
    cli.devices.broken.put("wg1", Errno.EPERM);
    Cli.Result none = cli.run("show", "--json");
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.out()).isEmpty();
    assertThat(none.err()).contains("Hint: this needs CAP_NET_ADMIN");
    cli.devices.all.clear();
    assertThat(cli.run("show", "--json")).isEqualTo(new Cli.Result(0, "{}\n", ""));
    assertThat(cli.run("show", "interfaces", "--json")).isEqualTo(new Cli.Result(0, "[]\n", ""));
  }

  @Test
  void namesOnlyWhenAskedFor() {
    String plain = cli.run("show", "wg0").out();
    assertThat(plain).doesNotContain("name");
    String named =
        plain.replace("peer: " + P2 + "\n", "peer: " + P2 + "\n  name: a \"b\" \u00e4\n");
    assertThat(named).isNotEqualTo(plain);
    assertThat(cli.run("show", "wg0", "--names").out()).isEqualTo(named);
    assertThat(cli.run("show", "--names").out()).startsWith(named);
    cli.environment.put("WGJ_NAMES", "always");
    assertThat(cli.run("show", "wg0").out()).isEqualTo(named);
    assertThat(cli.run("show", "wg0", "peers").out()).isEqualTo(P1 + "\n" + P2 + "\n");
    cli.environment.put("WGJ_NAMES", "no");
    assertThat(cli.run("show", "wg0").out()).isEqualTo(plain);
    assertThat(cli.run("show", "wg0", "peers", "--names").err()).contains("--names goes with");
  }

  @Test
  void wordsThatAreNoOptionsOfOursAreInterfaces() {
    assertThat(cli.run("show", "--foo"))
        .isEqualTo(new Cli.Result(1, "", "Unable to access interface: No such device\n"));
    assertThat(cli.run("show", "wg0", "--count=1").err()).contains("--count goes with --watch");
    assertThat(cli.run("show", "wg0", "peers", "--watch").err())
        .contains("--watch shows all fields");
    assertThat(cli.run("show", "--names", "--", "--names").err())
        .startsWith("Unable to access interface: No such device\n");
  }

  // --watch

  @Test
  void oneTablePerInterval() {
    device("wg0", peer(P1, "192.0.2.1:5", 71, 1000, 0, 25), peer(P2, "", -1, 0, 1 << 20, 0));
    cli.host.pauses.add(
        () ->
            device(
                "wg0",
                peer(P1, "192.0.2.1:5", 3 * 3600 + 120, 5000, 0, 25),
                peer(P2, "", 5, 0, 3 << 20, 0)));
    Cli.Result result = cli.run("show", "wg0", "--watch", "--interval=4");
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(cli.host.waits).containsExactly(4_000_000_000L, 4_000_000_000L);
    String title = "wg0, every 4 s, by handshake: " + Cli.NOW + "\n";
    assertThat(result.out())
        .isEqualTo(
            title
                + "PEER                                          ENDPOINT     HANDSHAKE  RX/S  TX/S"
                + "      RX        TX\n"
                + P1
                + "  192.0.2.1:5  1m 11s        -     -  1000 B       0 B\n"
                + "a \"b\" \u00e4                                       (none)       never         -"
                + "     -     0 B  1.00 MiB\n\n"
                + title
                + "PEER                                          ENDPOINT     HANDSHAKE    RX/S"
                + "        TX/S        RX        TX\n"
                + "a \"b\" \u00e4                                       (none)       5s            0 B"
                + "  512.00 KiB       0 B  3.00 MiB\n"
                + P1
                + "  192.0.2.1:5  3h 2m      1000 B         0 B  4.88 KiB       0 B\n\n");
  }

  @Test
  void endsAfterSomeTimes() {
    cli.host.pauses.add(() -> {});
    cli.host.pauses.add(() -> {});
    cli.host.pauses.add(() -> {});
    Cli.Result result = cli.run("show", "--watch", "--count", "3");
    assertThat(cli.host.waits).containsExactly(2_000_000_000L, 2_000_000_000L);
    assertThat(result.out().split("all interfaces, every 2 s", -1)).hasSize(4);
    assertThat(result.out()).contains("\nINTERFACE  PEER").contains("\nwg0        " + P1);
    assertThat(result.out()).doesNotContain("\033");
  }

  @ParameterizedTest
  @CsvSource({
    "handshake, 3124",
    "peer, 1234",
    "endpoint, 4321",
    "rx, 4132",
    "tx, 2341",
    "rate, 1243"
  })
  void sorts(String order, String expected) throws IOException {
    StringBuilder conf = new StringBuilder();
    Peer[] before = new Peer[4];
    Peer[] after = new Peer[4];
    long[] handshakes = {20, 30, 10, -1};
    long[] received = {800, 100, 500, -5};
    long[] sent = {1, 9, 7, 5};
    long[] grown = {9, 8, 0, 1};
    for (int i = 0; i < 4; i++) {
      byte[] bytes = new byte[32];
      bytes[0] = (byte) (9 - i);
      String key = PublicKey.of(bytes).toBase64();
      conf.append("[Peer]\n#Name=peer" + (i + 1) + "\nPublicKey=" + key + "\n");
      before[i] =
          peer(key, "192.0.2." + (9 - i) + ":5", handshakes[i], received[i] - grown[i], sent[i], 0);
      after[i] = peer(key, "192.0.2." + (9 - i) + ":5", handshakes[i], received[i], sent[i], 0);
    }
    Files.writeString(directory.resolve("wg0.conf"), conf);
    device("wg0", before);
    cli.host.pauses.add(() -> device("wg0", after));
    String out = cli.run("show", "wg0", "--watch", "--sort=" + order, "--count=2").out();
    String second = out.substring(out.lastIndexOf("PEER"));
    assertThat(second.replaceAll("(?s)[^\n]*\n?peer(.)[^\n]*", "$1").strip()).isEqualTo(expected);
  }

  @Test
  void onATerminalTheTableStaysInItsPlace() {
    cli.host.terminal = true;
    cli.environment.put("WG_COLOR_MODE", "never");
    cli.host.pauses.add(() -> {});
    String out = cli.run("show", "wg0", "--watch").out();
    assertThat(out).startsWith("\033[?1049h\033[?25l\033[?7l\033[Hwg0, every 2 s");
    assertThat(out).endsWith("\033[J\033[?7h\033[?25h\033[?1049l");
    assertThat(out.split("\033\\[H", -1)).hasSize(3);
    assertThat(out.split("\033\\[\\?1049l", -1)).hasSize(2);
    assertThat(cli.host.atExit).isEmpty();
  }

  @Test
  void aSignalLeavesTheScreenForGood() {
    cli.host.terminal = true;
    // What the JVM does on Ctrl-C, while the command goes on for a moment.
    cli.host.pauses.add(() -> cli.host.atExit.get(0).run());
    String out = cli.run("show", "wg0", "--watch").out();
    assertThat(out).endsWith("\033[?1049l");
    assertThat(out.split("\033\\[H", -1)).hasSize(2);
    assertThat(out.split("\033\\[\\?1049l", -1)).hasSize(2);
  }

  @Test
  void colours() {
    cli.host.terminal = true;
    device("wg0", peer(P1, "192.0.2.1:5", 180, 0, 0, 25), peer(P2, "", 181, 0, 0, 25));
    assertThat(cli.run("show", "wg0", "--watch").out())
        .contains("\033[33m" + P1 + "\033[0m")
        .contains("\033[32m3m 0s\033[0m")
        .contains("\033[31m3m 1s\033[0m");
    device("wg0", peer(P1, "", 181, 0, 0, 0), peer(P2, "", -1, 0, 0, 1));
    assertThat(cli.run("show", "wg0", "--watch").out())
        .contains("\033[33m3m 1s\033[0m")
        .contains("\033[31mnever\033[0m");
    device("wg0", peer(P1, "", 0, 0, 0, 0));
    cli.devices.all.put("wg1", cli.devices.all.get("wg0"));
    assertThat(cli.run("show", "--watch").out()).contains("\033[32mwg0\033[0m");
  }

  @Test
  void aHandshakeInTheFutureAndOneNow() {
    Peer future = peer(P1, "", 0, 0, 0, 0);
    cli.environment.put("WG_COLOR_MODE", "always");
    device("wg0", future);
    assertThat(cli.run("show", "wg0", "--watch", "--count=1").out()).contains("\033[32m0s\033[0m");
    device(
        "wg0",
        new Peer(
            future.publicKey(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.of(Cli.NOW.plusSeconds(1)),
            0,
            0,
            0,
            1));
    assertThat(cli.run("show", "wg0", "--watch", "--count=1").out())
        .contains("\033[31min the future\033[0m");
  }

  @Test
  void keysAreWipedAfterEachTable() {
    List<Device> read = new ArrayList<>();
    cli.devices.onRead = read::add;
    cli.host.pauses.add(
        () -> assertThat(read).allMatch(it -> it.privateKey().orElseThrow().isDestroyed()));
    cli.run("show", "wg0", "--watch");
    cli.run("show", "wg0", "--json");
    assertThat(read).hasSize(3).allMatch(it -> it.privateKey().orElseThrow().isDestroyed());
  }

  @Test
  void aTableThatJustFits() {
    cli.host.terminal = true;
    cli.host.rows = 5;
    assertThat(cli.run("show", "wg0", "--watch").out()).doesNotContain("more)");
    cli.host.rows = 4;
    assertThat(cli.run("show", "wg0", "--watch").out()).contains("(and 2 more)");
  }

  @Test
  void moreRowsThanTheTerminalHas() {
    cli.host.terminal = true;
    cli.host.rows = 10;
    Peer[] peers = new Peer[20];
    for (int i = 0; i < peers.length; i++) {
      byte[] bytes = new byte[32];
      bytes[0] = (byte) i;
      peers[i] = peer(PublicKey.of(bytes).toBase64(), "", -1, 0, 0, 0);
    }
    device("wg0", peers);
    String out = cli.run("show", "wg0", "--watch").out();
    assertThat(out.split("\n", -1)).hasSize(10);
    assertThat(out).contains("(and 14 more)\033[K\n\033[J");
  }

  @Test
  void whatGoesAwayMayComeBack() {
    Device device = cli.devices.all.get("wg0");
    cli.host.pauses.add(() -> cli.devices.all.remove("wg0"));
    cli.host.pauses.add(() -> cli.devices.all.put("wg0", device));
    Cli.Result result = cli.run("show", "wg0", "--watch");
    assertThat(result.code()).isZero();
    assertThat(result.out().split(Pattern.quote(P1), -1)).hasSize(3);
    assertThat(result.out()).contains("\nUnable to access interface: No such device\n\n");
    assertThat(cli.run("show", "wg9", "--watch").code()).isEqualTo(1);
    cli.devices.all.clear();
    assertThat(cli.run("show", "--watch").out()).endsWith("There is no WireGuard interface.\n\n");
  }

  /** In the table, not across the screen that the table is on. */
  @Test
  void whatCannotBeReadAnyMoreIsSaidInItsPlace() {
    String wg0 = "Unable to access interface wg0: Operation not permitted\n";
    String wg1 = "Unable to access interface wg1: Operation not permitted\n";
    cli.host.pauses.add(() -> cli.devices.broken.put("wg0", Errno.EPERM));
    cli.host.pauses.add(() -> cli.devices.broken.put("wg1", Errno.EPERM));
    Cli.Result result = cli.run("show", "--watch");
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .contains("\n" + wg0 + "INTERFACE ")
        .endsWith("\n" + wg0 + wg1 + "\n")
        .doesNotContain("There is no");
    cli.devices.broken.clear();
    cli.host.pauses.add(() -> cli.devices.broken.put("wg0", Errno.EPERM));
    assertThat(cli.run("show", "--watch", "--json").err()).isEqualTo(wg0);
  }

  @Test
  void countersThatBeginAnewHaveNoRate() {
    device("wg0", peer(P1, "", -1, 1000, 1000, 0));
    cli.host.pauses.add(() -> device("wg0", peer(P1, "", -1, 10, 3000, 0)));
    assertThat(
            cli.run("show", "wg0", "--watch", "--count=2")
                .out()
                .lines()
                .filter(it -> it.startsWith(P1)))
        .last()
        .asString()
        .contains("  never         -  1000 B  ");
  }

  @Test
  void watchAsLinesOfJson() {
    cli.host.terminal = true;
    cli.host.pauses.add(() -> {});
    String line = json("", "") + "}\n";
    assertThat(cli.run("show", "wg0", "--watch", "--json").out()).isEqualTo(line + line);
  }

  @Test
  void watchUsage() {
    assertThat(cli.run("show", "--watch", "--interval=0").err())
        .startsWith("wgj show: --interval is a number of 1 to 86400, not `0'\n");
    assertThat(cli.run("show", "--watch", "--interval=x").err()).contains("not `x'");
    assertThat(cli.run("show", "--watch", "--sort=x").err())
        .contains("--sort is one of handshake, peer, endpoint, rx, tx, rate, not `x'");
    assertThat(cli.run("show", "--watch", "--sort").err()).contains("--sort needs a value");
    assertThat(cli.run("show", "--watch", "--watch").err()).contains("--watch is there twice");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "59, 59s",
    "60, 1m 0s",
    "3599, 59m 59s",
    "3600, 1h 0m",
    "86399, 23h 59m",
    "86400, 1d 0h",
    "90000, 1d 1h"
  })
  void ages(long seconds, String text) {
    assertThat(WatchCommand.age(seconds)).isEqualTo(text);
  }
}
