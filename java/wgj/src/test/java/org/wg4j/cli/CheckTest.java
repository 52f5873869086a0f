// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigListener;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;

/** check: positions, words, exit codes, and that no key is repeated. */
class CheckTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String PUBLIC = "MIQ438eGoFLgWYUOOEbdund2OphsUPC5lZettpg6BDU=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final String P2 = "7EJN2xusLNYm62wGiYUkZ+lx8V573EqqYG3ppIzTI2M=";
  private static final String INTERFACE =
      "[Interface]\nPrivateKey = " + KEY + "\nListenPort = 51820\n";
  private static final String PEER = "[Peer]\nPublicKey = " + P1 + "\n";

  private final Cli cli = new Cli();
  @TempDir Path directory;

  @BeforeEach
  void setUp() throws IOException {
    cli.program = "wgj";
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    cli.host.configDirectory = directory;
  }

  private Path file(String content) throws IOException {
    Path file = Files.writeString(directory.resolve("wg0.conf"), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** The findings of a file, without its name, as LINE:COLUMN: LEVEL [CODE]. */
  private String places(String content) throws IOException {
    Path file = file(content);
    Cli.Result result = cli.run("check", file.toString());
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).doesNotContain(KEY);
    return result
        .out()
        .lines()
        .filter(line -> line.endsWith("]"))
        .map(line -> line.substring(file.toString().length() + 1))
        .map(line -> line.replaceAll("(?<=error|warning): .*(?= \\[)", ""))
        .reduce("", (a, b) -> a + b + "\n");
  }

  @Test
  void nothingToSay() throws IOException {
    Path file = file(INTERFACE + "Address = 10.0.0.1/24\n" + PEER + "AllowedIPs = 10.0.0.2/32\n");
    String fine = file + ": no errors, no warnings\n";
    assertThat(cli.run("check", file.toString())).isEqualTo(new Cli.Result(0, fine, ""));
    assertThat(cli.run("check", "wg0")).isEqualTo(new Cli.Result(0, fine, ""));
    assertThat(cli.run("check", "--json", "wg0")).isEqualTo(new Cli.Result(0, "[]\n", ""));
    assertThat(cli.runWith(Files.readString(file), "check", "-"))
        .isEqualTo(new Cli.Result(0, "-: no errors, no warnings\n", ""));
  }

  @Test
  void allErrorsAtOnceWhereTheyAre() throws IOException {
    assertThat(
            places(
                """
                Foo = 1
                [Interface]
                PrivateKey = short
                  ListenPort = 70000
                FwMark = 0XFF
                MTU = many
                Table = nosuchtable
                SaveConfig = yes
                Address = 10.0.0.1/33
                Adress = 10.0.0.1/24
                AllowedIPs = 10.0.0.1/32
                [Peer]
                PublicKey = abc
                PresharedKey = def
                AllowedIPs = 10.0.0.2/32, 10.0.0/24
                Endpoint = [::1:5
                Endpoint = host
                PersistentKeepalive = 65536
                PersistentKeepalive
                [Peers]
                [Peer]
                AllowedIPs = 10.0.0.3/32
                """))
        .isEqualTo(
            """
            1:1: error [unrecognized-line]
            3:14: error [bad-key]
            4:16: error [bad-port]
            5:10: error [bad-fwmark]
            6:7: error [bad-mtu]
            7:9: error [bad-table]
            8:14: error [bad-save-config]
            9:11: error [bad-prefix]
            10:1: error [unrecognized-line]
            11:1: error [unrecognized-line]
            13:13: error [bad-key]
            14:16: error [bad-key]
            15:27: error [bad-address]
            16:12: error [unmatched-bracket]
            17:12: error [no-port]
            17:12: warning [repeated-key]
            18:23: error [bad-keepalive]
            19:1: error [unrecognized-line]
            19:20: warning [repeated-key]
            20:1: error [unrecognized-line]
            21:1: error [missing-public-key]
            21:1: warning [no-endpoint]
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[Interface]~Adress = 1 | not a key: did you mean Address?",
        "[Peer]~PublicKee = 1 | not a key: did you mean PublicKey?",
        "[Peer]~Address = 1 | Address belongs into [Interface]",
        "[Interface]~Endpoint = a:5 | Endpoint belongs into [Peer]",
        "[Peer]~Endpoint = | Endpoint has no value",
        "[Peers] | sections are [Interface] and [Peer]",
        "MTU = 1 | before any line comes [Interface] or [Peer]",
        "[Peer]~x = 1 | not a key; here it may be one of PublicKey, PresharedKey, AllowedIPs,"
            + " Endpoint, PersistentKeepalive",
        "[Peer]~Endpoint = [::1] | `[::1]' has no port: HOST:PORT, with IPv6 addresses in brackets",
      })
  void saysWhatToDo(String content, String message) throws IOException {
    Cli.Result result = cli.run("check", file(content.replace('~', '\n')).toString());
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).contains(" error: " + message + " [");
  }

  @Test
  void secretsAreNotRepeated() throws IOException {
    String broken = KEY.substring(0, 40);
    Cli.Result result =
        cli.run(
            "check",
            file("[Interface]\nPrivateKey = " + broken + "\nPrivatKey = " + KEY + "\n" + KEY + "\n")
                .toString());
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).doesNotContain(broken).contains("did you mean PrivateKey?");
    assertThat(result.out().lines()).hasSize(4);
  }

  @Test
  void aFileCannotGiveATerminalOrders() throws IOException {
    Path file = file("[Interface]\nMTU = \033[2J\u009b\u202e1\n");
    assertThat(cli.run("check", file.toString()).out())
        .contains(": error: `[2J1' is no MTU: a number of bytes [bad-mtu]\n");
    assertThat(cli.run("qr", file.toString()).err()).contains("not an MTU: `[2J1'\n");
    assertThat(cli.run("check", "--json", file.toString()).out()).contains("`\\u001b[2J");
  }

  /** What is warned of in a file that has no errors, as LINE:COLUMN [CODE]. */
  private String warnings(String content) throws IOException {
    assertThat(cli.run("check", file(content).toString()).code()).isZero();
    assertThat(cli.run("check", "--strict", file(content).toString()).code())
        .isEqualTo(places(content).isEmpty() ? 0 : 1);
    return places(content).replaceAll(":? warning", "").replace('\n', ';');
  }

  private static String peer(String key, String allowedIps) {
    return "[Peer]\nPublicKey = " + key + "\nAllowedIPs = " + allowedIps + "\n";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.0/24 | 10.0.1.0/24 | ''",
        "10.0.0.0/24 | 10.0.0.0/24 | 9:14 [allowed-ip-moves];",
        "10.0.0.0/24 | fd00::1, 10.0.0.0/24 | 9:23 [allowed-ip-moves];",
        "10.0.0.0/24 | 10.0.0.7/32 | 9:14 [overlapping-allowed-ips];",
        "10.0.0.7/32 | 10.0.0.0/24 | 6:14 [overlapping-allowed-ips];",
        "10.0.0.0/24, 10.0.0.7/32 | 10.0.0.7/32 | 9:14 [allowed-ip-moves];",
        "10.0.0.0/24, 10.0.0.7/32 | fd00::/64 | ''",
        "10.0.0.0/24, 10.0.0.0/24 | fd00::/64 | 6:27 [repeated-allowed-ip];",
        "0.0.0.0/0, ::/0 | 10.0.0.7/32, fd00::/64 | ''",
        "0.0.0.0/0 | 10.0.0.7/32 | 6:14 [default-route-one-family];",
        "10.0.0.1/24 | fd00::/64 | 6:14 [host-bits];",
      })
  void allowedIps(String first, String second, String expected) throws IOException {
    assertThat(warnings(INTERFACE + peer(P1, first) + peer(P2, second))).isEqualTo(expected);
  }

  @Test
  void overlapsAreFoundWhereverTheyAre() throws IOException {
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      int count = 30;
      int[] start = new int[count];
      int[] length = new int[count];
      StringBuilder text = new StringBuilder(INTERFACE);
      for (int i = 0; i < count; i++) {
        length[i] = 20 + random.nextInt(13);
        start[i] = random.nextInt(1 << 12) << 3 & -1 << 32 - length[i] & 0xffff;
        byte[] key = new byte[32];
        key[0] = (byte) (i + 1);
        text.append(
            peer(
                PublicKey.of(key).toBase64(),
                "10.7." + (start[i] >> 8) + "." + (start[i] & 255) + "/" + length[i]));
      }
      long expected =
          IntStream.range(0, count)
              .filter(
                  inner ->
                      IntStream.range(0, count)
                          .anyMatch(
                              outer ->
                                  outer != inner
                                      && (length[outer] < length[inner]
                                          || length[outer] == length[inner] && outer < inner)
                                      && (start[inner] & -1 << 32 - length[outer]) == start[outer]))
              .count();
      String found = warnings(text.toString());
      assertThat(found.split("allowed-ip", -1).length - 1)
          .as("round " + round)
          .isEqualTo((int) expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "I~ListenPort = 5~P~AllowedIPs = 10.0.0.2/32 | 4:14 [repeated-key];",
        "I~P~AllowedIPs = 10.0.0.2/32~PersistentKeepalive = 5~PersistentKeepalive = 6"
            + " | 8:23 [repeated-key];",
        "I~P~AllowedIPs = 10.0.0.2/32~AllowedIPs = 10.0.0.3/32 | ''",
        "I~P~AllowedIPs = 10.0.0.2/32~P~AllowedIPs = 10.0.0.3/32 | 8:13 [repeated-peer];",
        "I~P~#Name=x~AllowedIPs = 10.0.0.2/32~Q~#Name=x~AllowedIPs = 10.0.0.3/32"
            + " | 8:1 [repeated-name];",
        "I~[Peer]~PublicKey = " + PUBLIC + "~AllowedIPs = 10.0.0.2/32 | 5:13 [own-key];",
        "[Interface]~ListenPort = 1~P~AllowedIPs = 10.0.0.2/32 | [no-private-key];",
        "[Interface]~ListenPort = 1~PostUp = wg set %i private-key /k~P~AllowedIPs = 10.0.0.2/32"
            + " | ''",
        "K~P~AllowedIPs = 10.0.0.2/32 | 3:1 [no-endpoint];",
        "K~ListenPort = 0~P~AllowedIPs = 10.0.0.2/32 | 4:1 [no-endpoint];",
        "K~P~Endpoint = a:5~AllowedIPs = 10.0.0.2/32 | ''",
        "I~P | 4:1 [no-allowed-ips];",
        "I~Table = off~P~AllowedIPs = 0.0.0.0/0 | ''",
        "I~Table = main~P~AllowedIPs = 0.0.0.0/0, ::/0 | 7:14 [default-route-loop];",
        "I~Table = main~FwMark = 5~P~AllowedIPs = 0.0.0.0/0, ::/0 | ''",
        "I~P~AllowedIPs = 10.0.0.0/8~Endpoint = 10.1.2.3:5 | 7:12 [endpoint-in-tunnel];",
        "I~Table = 5~P~AllowedIPs = 0.0.0.0/0, 10.0.0.0/8~Endpoint = 10.1.2.3:5 | ''",
        "I~DNS = a.example~P~AllowedIPs = 10.0.0.0/8 | 4:7 [dns-without-server];",
        "I~DNS = a.example~DNS = 10.0.0.1~P~AllowedIPs = 10.0.0.0/8 | ''",
        "I~Table = off~P~AllowedIPs = 10.0.0.0/8~Endpoint = 10.1.2.3:5 | ''",
        "I~P~AllowedIPs = 0.0.0.0/0, ::/0~Endpoint = 10.1.2.3:5 | ''",
        "I~P~AllowedIPs = fd00::/8~Endpoint = [fd00::5]:5 | 7:12 [endpoint-in-tunnel];",
        "I~Address = 10.0.0.2/24~P~AllowedIPs = 10.0.0.2 | 7:14 [own-address];",
        "I~MTU = 1279~Address = fd00::2/64 | 4:7 [mtu-below-1280];",
        "I~MTU = 1280~Address = fd00::2/64 | ''",
        "I~MTU = 1279~Address = 10.0.0.2/24 | ''",
      })
  void advice(String content, String expected) throws IOException {
    String text =
        content
            .replace("~", "\n")
            .replace("I\n", INTERFACE)
            .replace("K\n", "[Interface]\nPrivateKey = " + KEY + "\n")
            .replaceAll("(^|\n)P(\n|$)", "$1" + PEER)
            .replace("Q\n", "[Peer]\nPublicKey = " + P2 + "\n");
    String expectedPlaces = expected.startsWith("[") ? " " + expected : expected;
    assertThat(warnings(text + "\n")).isEqualTo(expectedPlaces);
  }

  private String output(String content) throws IOException {
    return cli.run("check", file(content).toString()).out();
  }

  @Test
  void saysWhoElse() throws IOException {
    String first = "[Peer]\n# Name = alice\nPublicKey = " + P1 + "\nAllowedIPs = 10.1.0.0/16\n";
    assertThat(output(INTERFACE + first + peer(P2, "10.1.0.0/16")))
        .contains("10.1.0.0/16 is taken away from `alice' of line 4: only one peer can have it");
    assertThat(output(INTERFACE + peer(P1, "10.1.0.0/16") + peer(P2, "10.1.2.0/24")))
        .contains("10.1.2.0/24 lies within 10.1.0.0/16 of the peer of line 4: the longer prefix");
    assertThat(output(INTERFACE + first + peer(P2, "10.2.0.0/16") + "Endpoint = 10.1.0.1:5\n"))
        .contains(
            "10.1.0.1 lies within 10.1.0.0/16 of line 7: the tunnel's packets would go through")
        .contains("through `alice' of line 4");
    assertThat(output(INTERFACE + first + "Endpoint = 10.1.0.1:5\n"))
        .contains("would go through the tunnel itself");
    assertThat(output(INTERFACE + first + first)).contains("this is the key of `alice' of line 4");
  }

  @Test
  void aKeyThatIsWrongIsNotMissingToo() throws IOException {
    assertThat(places(INTERFACE + "[Peer]\nAllowedIPs = 10.0.0.2/32\nPublicKey\n"))
        .isEqualTo("6:1: error [unrecognized-line]\n");
    assertThat(places(INTERFACE + peer("x", "10.0.0.2/32") + "[Peer]\nAllowedIPs = 10.0.0.3/32\n"))
        .isEqualTo("5:13: error [bad-key]\n7:1: error [missing-public-key]\n");
    assertThat(places(INTERFACE + "PublicKey = " + P1 + "\n"))
        .isEqualTo("4:1: error [unrecognized-line]\n");
  }

  @Test
  void hostBitsAreToldOfWhereTheyAreWhateverElseIsWrong() throws IOException {
    assertThat(
            places(
                INTERFACE
                    + "[Peer]\nAllowedIPs = 10.0.0.2/32\n"
                    + peer(P1, "10.1.0.0/33, 10.2.0.1/16, 10.2.0.1/17")))
        .isEqualTo(
            """
            4:1: error [missing-public-key]
            8:14: error [bad-prefix]
            8:27: warning [host-bits]
            8:40: warning [host-bits]
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "MTV, MTU",
    "MT, MTU",
    "DNSS, DNS",
    "PostUpp, PostUp",
    "listen-port, ListenPort",
    "Adres, Address",
    "FwMrak, FwMark",
    "Ports, -",
    "X, -",
    "U, -",
    "Addr, -",
  })
  void misspelledKeys(String key, String meant) throws IOException {
    String out = output("[Interface]\n" + key + " = 1\n");
    if (meant.equals("-")) {
      assertThat(out).contains("here it may be one of");
    } else {
      assertThat(out).contains("did you mean " + meant + "?");
    }
  }

  @Test
  void columnsAreThoseOfTheItem() throws IOException {
    assertThat(places(INTERFACE + peer(P1, "10.0.0.1/8, 10.0.0.1/8,110.0.0.1/8, 10.0.0.1/8/")))
        .contains("6:50: error [bad-prefix]");
    assertThat(places(INTERFACE + peer(P1, "110.0.0/8,10.0.0/8"))).contains("6:14: error");
    assertThat(places(INTERFACE + peer(P1, "10.0.0.0/8,0.0.0/8"))).contains("6:25: error");
  }

  @Test
  void inColour() throws IOException {
    cli.environment.put("WG_COLOR_MODE", "always");
    assertThat(output("[Interface]\nMTU = x\n"))
        .contains(": \033[31m\033[1merror\033[0m: ")
        .contains(": \033[33m\033[1mwarning\033[0m: ");
  }

  @Test
  void brokenKeysAreNotTheSameKey() throws IOException {
    assertThat(places(INTERFACE + peer("x", "10.1.0.0/16") + peer("y", "10.2.0.0/16")))
        .isEqualTo("5:13: error [bad-key]\n8:13: error [bad-key]\n");
  }

  @Test
  void whoMayReadAndWrite() throws IOException {
    Path file = file(INTERFACE);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
    assertThat(cli.run("check", file.toString()).out())
        .contains(": warning: everybody can read the keys in it: chmod 600 " + file.toRealPath())
        .contains("[writable-by-others]");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(cli.run("check", file.toString()).out())
        .contains("[readable-by-others]")
        .doesNotContain("[writable-by-others]");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    assertThat(cli.run("check", file.toString()).out()).doesNotContain("[readable-by-others]");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(file, PEER + "AllowedIPs = 10.0.0.2/32\n");
    assertThat(cli.run("check", file.toString()).out()).doesNotContain("[readable-by-others]");
  }

  @Test
  void names() throws IOException {
    Path file = Files.writeString(directory.resolve("much-too-long-a-name.conf"), "");
    assertThat(cli.run("check", file.toString()).out()).contains("[interface-name]");
  }

  @Test
  void severalFilesAndJson() throws IOException {
    Path good = file(INTERFACE);
    Path bad = Files.writeString(directory.resolve("bad"), "[Interface]\nMTU = \"x\\\n");
    Files.setPosixFilePermissions(bad, PosixFilePermissions.fromString("rw-------"));
    String missing = directory.resolve("missing").toString();
    Cli.Result result = cli.run("check", "--json", good.toString(), missing, bad.toString());
    String expected =
        """
        [{"file":"%s","level":"error","code":"unreadable","message":"No such file or directory"},\
        {"file":"%s","level":"warning","code":"no-private-key",\
        "message":"without a PrivateKey there is no handshake with anybody"},\
        {"file":"%s","line":2,"column":7,"level":"error","code":"bad-mtu",\
        "message":"`\\"x\\\\' is no MTU: a number of bytes"}]
        """;
    assertThat(result).isEqualTo(new Cli.Result(1, expected.formatted(missing, bad, bad), ""));
    Cli.Result text = cli.run("check", good.toString(), missing, bad.toString());
    assertThat(text.code()).isEqualTo(1);
    assertThat(text.out())
        .contains(missing + ": error: No such file or directory [unreadable]\n")
        .contains(good + ": no errors, no warnings\n")
        .endsWith(bad + ": 1 error, 1 warning\n");
    assertThat(cli.run("check", directory.toString()).out()).contains("Is a directory");
  }

  @Test
  void usage() {
    assertThat(cli.run("check").err()).isEqualTo("wgj check: which file?\nTry `wgj help check'.\n");
    assertThat(cli.run("check", "--foo", "x").err())
        .startsWith("wgj check: unknown option `--foo'");
    assertThat(cli.run("check", "--json=1", "x").err()).startsWith("wgj check: --json takes no");
    assertThat(cli.run("check", "--help").out()).startsWith("Usage: wgj check");
  }

  @Test
  void garbageIsOneFileOfErrors() throws IOException {
    Random random = new Random(3);
    byte[] noise = new byte[20_000];
    random.nextBytes(noise);
    Path file = Files.write(directory.resolve("wg0.conf"), noise);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Cli.Result result = cli.run("check", file.toString());
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).isEmpty();
    String many = "x = 1\n".repeat(500);
    assertThat(cli.run("check", file("[Interface]\n" + many).toString()).out().lines())
        .hasSize(ConfigCheck.MOST_ERRORS + 2)
        .anyMatch(line -> line.contains("102: error: and so on"));
  }

  /** As large as may be, without a line end at the end. */
  @Test
  void theLargestFile() {
    byte[] comment = new byte[ConfigFile.MAX_SIZE];
    Arrays.fill(comment, (byte) '#');
    assertThat(new ConfigCheck(comment).findings())
        .singleElement()
        .matches(finding -> finding.code().equals("no-private-key"));
    assertThat(new ConfigCheck(Arrays.copyOf(comment, comment.length + 1)).findings())
        .singleElement()
        .matches(finding -> finding.code().equals("too-large"))
        .matches(finding -> finding.level() == Finding.Level.ERROR);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whateverItSaysTheReaderAgrees(long seed) throws Exception {
    String[] parts = {
      "[Interface]",
      "[Peer]",
      "[peer] # Name = a",
      "PrivateKey = " + KEY,
      "PublicKey = " + P1,
      "PublicKey=" + P2,
      "AllowedIPs = 10.0.0.0/8,",
      "AllowedIPs = 1.2.3.4",
      "Endpoint = a:1",
      "MTU",
      "MTU = 5",
      "# Name = b",
      "",
      "PostUp = a # b",
      "Table = off",
      "ListenPort = x",
      "\0",
      "\r"
    };
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      text.append(parts[random.nextInt(parts.length)]).append(random.nextInt(9) == 0 ? " " : "\n");
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    boolean right;
    try {
      ConfigFile.parse(bytes, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE).close();
      right = true;
    } catch (ConfigException e) {
      right = false;
    }
    boolean errors =
        new ConfigCheck(bytes)
            .findings().stream().anyMatch(it -> it.level() == Finding.Level.ERROR);
    assertThat(errors).as(text.toString()).isEqualTo(!right);
  }

  static IntStream seeds() {
    return IntStream.range(0, 300);
  }

  @Test
  void manyPeersAreNoProblem() throws IOException {
    StringBuilder text = new StringBuilder(INTERFACE);
    try (PrivateKey key = PrivateKey.generate()) {
      byte[] bytes = key.publicKey().toBytes();
      for (int i = 0; i < 20_000; i++) {
        bytes[0] = (byte) i;
        bytes[1] = (byte) (i >> 8);
        text.append(
            peer(
                PublicKey.of(bytes).toBase64(),
                "10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255) + "/32"));
        text.append("Endpoint = 192.0.2.1:5\n");
      }
    }
    assertThat(places(text.toString())).isEmpty();
  }
}
