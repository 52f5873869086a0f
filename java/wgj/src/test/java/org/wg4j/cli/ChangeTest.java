// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.netlink4j.Errno;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.Peer;
import org.wg4j.PeerConfig;
import org.wg4j.PublicKey;

/** set, setconf, addconf, syncconf and the key commands: errors as wg(8) words them. */
class ChangeTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String PUBLIC = "MIQ438eGoFLgWYUOOEbdund2OphsUPC5lZettpg6BDU=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final String P2 = "7EJN2xusLNYm62wGiYUkZ+lx8V573EqqYG3ppIzTI2M=";

  private final Cli cli = new Cli();
  @TempDir Path directory;

  @BeforeEach
  void setUp() {
    cli.environment.put("WG_ENDPOINT_RESOLUTION_RETRIES", "0");
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, List.of()));
  }

  private String file(String content) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "k", ""), content).toString();
  }

  private DeviceConfig set(String words) {
    Cli.Result result = cli.run(("set wg0 " + words).split(" "));
    assertThat(result).isEqualTo(new Cli.Result(0, "", ""));
    return cli.devices.changes.get(cli.devices.changes.size() - 1);
  }

  @Test
  void setsDeviceAndPeers() throws IOException {
    String key = file(KEY + "\n \t\r\n");
    DeviceConfig change =
        set(
            "listen-port 5 private-key %s fwmark 0x7 peer %s preshared-key %s endpoint 1.2.3.4:5"
                    .formatted(key, P1, key)
                + " persistent-keepalive 25 allowed-ips 10.0.0.0/8,::/0 peer "
                + P2
                + " remove");
    assertThat(change.listenPort().value()).contains(5);
    assertThat(change.fwmark().value()).contains(7);
    // The key was wiped when the command was done.
    assertThat(change.privateKey().value().orElseThrow().isDestroyed()).isTrue();
    PeerConfig first = change.peers().get(0);
    assertThat(first.presharedKey().value().orElseThrow().isDestroyed()).isTrue();
    assertThat(first.endpoint().value()).hasToString("Optional[1.2.3.4:5]");
    assertThat(first.persistentKeepalive().value()).contains(25);
    assertThat(first.replaceAllowedIps()).isTrue();
    assertThat(first.allowedIps())
        .containsExactly(AllowedIp.parse("10.0.0.0/8"), AllowedIp.parse("::/0"));
    assertThat(change.peers().get(1).remove()).isTrue();
    assertThat(change.replacePeers()).isFalse();
  }

  @Test
  void clears() throws IOException {
    String empty = file("");
    DeviceConfig change =
        set(
            "listen-port 0 fwmark off private-key %s peer %s preshared-key /dev/null"
                    .formatted(empty, P1)
                + " persistent-keepalive OFF");
    assertThat(change.listenPort().isClear()).isTrue();
    assertThat(change.fwmark().isClear()).isTrue();
    assertThat(change.privateKey().isClear()).isTrue();
    assertThat(change.peers().get(0).presharedKey().isClear()).isTrue();
    assertThat(change.peers().get(0).persistentKeepalive().isClear()).isTrue();
    assertThat(change.peers().get(0).replaceAllowedIps()).isFalse();
    Cli.Result result = cli.run("set", "wg0", "peer", P1, "allowed-ips", "");
    assertThat(result.code()).isZero();
    PeerConfig peer = cli.devices.changes.get(1).peers().get(0);
    assertThat(peer.replaceAllowedIps()).isTrue();
    assertThat(peer.allowedIps()).isEmpty();
  }

  @Test
  void allowedIpsPlusAndMinus() {
    PeerConfig peer = set("peer " + P1 + " allowed-ips +10.0.0.0/8,-10.1.0.0/16").peers().get(0);
    assertThat(peer.replaceAllowedIps()).isFalse();
    assertThat(peer.allowedIps()).containsExactly(AllowedIp.parse("10.0.0.0/8"));
    assertThat(peer.removedAllowedIps()).containsExactly(AllowedIp.parse("10.1.0.0/16"));
  }

  @Test
  void repeatedWordsAddUpOrWin() {
    PeerConfig peer =
        set("peer "
                + P1
                + " allowed-ips 10.0.0.0/8 allowed-ips 10.1.0.0/16 endpoint 1.2.3.4:5 endpoint"
                + " 4.3.2.1:6")
            .peers()
            .get(0);
    assertThat(peer.allowedIps()).hasSize(2);
    assertThat(peer.endpoint().value()).hasToString("Optional[4.3.2.1:6]");
  }

  @Test
  void hostBitsAreWarnedOf() {
    assertThat(cli.run("set", "wg0", "peer", P1, "allowed-ips", " 10.1.2.3/ 8,10.1.2.3/9").err())
        .isEqualTo(
            "Warning: AllowedIP has nonzero host part: 10.1.2.3/8\n"
                + "Warning: AllowedIP has nonzero host part: 10.1.2.3/9\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "private-key | Invalid argument: private-key",
        "listen-port abc | Servname not supported for ai_socktype: `abc'",
        "listen-port -1 | Servname not supported for ai_socktype: `-1'",
        "listen-port _ | Unable to parse empty port",
        "fwmark 0XFF | Fwmark is neither 0/off nor 0-0xffffffff: `0XFF'",
        "fwmark 4294967296 | Fwmark is neither 0/off nor 0-0xffffffff: `4294967296'",
        "fwmark _ | Fwmark is neither 0/off nor 0-0xffffffff: `'",
        "peer | Invalid argument: peer",
        "peer abc | Key is not the correct length or format: `abc'",
        "peer P remove extra | Invalid argument: extra",
        "peer P listen-port 5 | Invalid argument: listen-port",
        "remove | Invalid argument: remove",
        "_ | \"Invalid argument: \"",
        "PEER P | Invalid argument: PEER",
        "private-key /nonexistent | fopen: No such file or directory",
        "peer P endpoint 1.2.3.4 | Unable to find port of endpoint: `1.2.3.4'",
        "peer P endpoint [::1 | Unable to find matching brace of endpoint: `[::1'",
        "peer P endpoint _ | Unable to parse empty endpoint",
        "peer P endpoint :5 | Name or service not known: `:5'",
        "peer P endpoint [::1%lo]:5 | Name or service not known: `[::1%lo]:5'",
        "peer P endpoint 1.2.3.4:ssh! | Servname not supported for ai_socktype: `1.2.3.4:ssh!'",
        "peer P persistent-keepalive 65536"
            + " | Persistent keepalive interval is neither 0/off nor 1-65535: `65536'",
        "peer P persistent-keepalive +5"
            + " | Persistent keepalive interval is neither 0/off nor 1-65535: `+5'",
        "peer P allowed-ips 10.0.0.0/33 | AllowedIP is not in the correct format: `10.0.0.0/33'",
        "peer P allowed-ips 10.0/8 | Unable to parse IP address: `10.0'",
        "peer P allowed-ips 10.0.0.0/8, | Unable to parse IP address: `'",
        "peer P allowed-ips 1.2.3.4/8/9 | AllowedIP is not in the correct format: `1.2.3.4/8/9'",
      })
  void setErrors(String words, String expected) {
    String[] arguments = ("set wg0 " + words.replace("P ", P1 + " ")).split(" ");
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = arguments[i].equals("_") ? "" : arguments[i].replace("PEER" + P1, "PEER");
    }
    if (words.equals("PEER P")) {
      arguments = new String[] {"set", "wg0", "PEER", P1};
    }
    assertThat(cli.run(arguments)).isEqualTo(new Cli.Result(1, "", expected + "\n"));
    assertThat(cli.devices.changes).isEmpty();
  }

  @Test
  void keyFileErrors() throws IOException {
    assertThat(cli.run("set", "wg0", "private-key", file(KEY + "x\n")).err())
        .isEqualTo("Found trailing character in key file: `x'\n");
    assertThat(cli.run("set", "wg0", "private-key", file(KEY.substring(4))).err())
        .isEqualTo("Invalid length key in key file\n");
    // Not as wg(8), which repeats what may be a secret with one wrong letter.
    assertThat(cli.run("set", "wg0", "private-key", file(KEY.substring(0, 43) + "A")).err())
        .isEqualTo("Key is not the correct length or format: `(hidden)'\n");
  }

  @Test
  void numberOfRetries() throws IOException {
    cli.environment.put("WG_ENDPOINT_RESOLUTION_RETRIES", "x");
    String complaint = "Unable to parse WG_ENDPOINT_RESOLUTION_RETRIES: `x'\n";
    assertThat(cli.run("set", "wg0", "peer", P1, "endpoint", "1.2.3.4:5").err())
        .isEqualTo(complaint);
    String conf = file("[Peer]\nPublicKey=" + P1 + "\nEndpoint=1.2.3.4:5\n");
    assertThat(cli.run("setconf", "wg0", conf).err())
        .isEqualTo(complaint + "Configuration parsing error\n");
    assertThat(cli.devices.changes).isEmpty();
    // As long as the name server does not answer, with a fifth more patience each time.
    cli.environment.put("WG_ENDPOINT_RESOLUTION_RETRIES", "2");
    cli.host.temporaryFailures = 2;
    cli.host.pauses.addAll(List.of(() -> {}, () -> {}));
    String again = "Temporary failure in name resolution: `1.2.3.4:5'. Trying again in ";
    assertThat(cli.run("set", "wg0", "peer", P1, "endpoint", "1.2.3.4:5"))
        .isEqualTo(
            new Cli.Result(0, "", again + "1.00 seconds...\n" + again + "1.20 seconds...\n"));
    assertThat(cli.host.waits).containsExactly(1_000_000_000L, 1_200_000_000L);
    cli.devices.changes.clear();
    cli.host.temporaryFailures = 3;
    cli.host.pauses.addAll(List.of(() -> {}, () -> {}));
    assertThat(cli.run("set", "wg0", "peer", P1, "endpoint", "1.2.3.4:5").err())
        .endsWith("\nTemporary failure in name resolution: `1.2.3.4:5'\n");
    // A permanent failure is not retried, whatever the number.
    cli.environment.put("WG_ENDPOINT_RESOLUTION_RETRIES", "infinity");
    assertThat(cli.run("set", "wg0", "peer", P1, "endpoint", "[]:5").err())
        .isEqualTo("Name or service not known: `[]:5'\n");
  }

  @Test
  void kernelErrors() throws IOException {
    assertThat(cli.run("set", "wg9", "listen-port", "5"))
        .isEqualTo(new Cli.Result(1, "", "Unable to modify interface: No such device\n"));
    cli.devices.refusal = Errno.EADDRINUSE;
    assertThat(cli.run("set", "wg0", "listen-port", "5").err())
        .isEqualTo("Unable to modify interface: Address already in use\n");
    assertThat(cli.run("setconf", "wg0", file("")).err())
        .isEqualTo("Unable to modify interface: Address already in use\n");
  }

  @Test
  void confCommands() throws IOException {
    String conf =
        file(
            "[Interface]\nPrivateKey="
                + KEY
                + "\n[Peer]\nPublicKey="
                + P1
                + "\nEndpoint=1.2.3.4:5\n");
    assertThat(cli.run("setconf", "wg0", conf)).isEqualTo(new Cli.Result(0, "", ""));
    DeviceConfig setconf = cli.devices.changes.get(0);
    assertThat(setconf.replacePeers()).isTrue();
    assertThat(setconf.listenPort().isClear()).isTrue();
    assertThat(setconf.privateKey().value().orElseThrow().isDestroyed()).isTrue();
    assertThat(cli.run("addconf", "wg0", conf).code()).isZero();
    DeviceConfig addconf = cli.devices.changes.get(1);
    assertThat(addconf.replacePeers()).isFalse();
    assertThat(addconf.listenPort().isKeep()).isTrue();

    Peer other =
        new Peer(
            PublicKey.parse(P2),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            0,
            0,
            0,
            1);
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, List.of(other)));
    assertThat(cli.run("syncconf", "wg0", conf).code()).isZero();
    DeviceConfig syncconf = cli.devices.changes.get(2);
    assertThat(syncconf.replacePeers()).isFalse();
    assertThat(syncconf.peers()).extracting(PeerConfig::remove).containsExactly(true, false);
    assertThat(cli.run("syncconf", "wg9", conf).err())
        .isEqualTo("Unable to retrieve current interface configuration: No such device\n");
  }

  /** As in {@code wgj syncconf wg0 <(wgj strip wg0)}. */
  @Test
  void configurationFromAPipe() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process writer = new ProcessBuilder("sh", "-c", "echo '[Interface]' >" + pipe).start();
    assertThat(cli.run("setconf", "wg0", pipe.toString())).isEqualTo(new Cli.Result(0, "", ""));
    assertThat(writer.waitFor()).isZero();
  }

  @Test
  void confErrors() throws IOException {
    assertThat(cli.run("setconf", "wg0").err())
        .isEqualTo("Usage: wg setconf <interface> <configuration filename>\n");
    assertThat(cli.run("addconf", "wg0", "/nonexistent").err())
        .isEqualTo("fopen: No such file or directory\n");
    assertThat(cli.run("setconf", "wg0", file("[Interface]\nFoo = 1\n")).err())
        .isEqualTo("Line unrecognized: `Foo=1'\nConfiguration parsing error\n");
    assertThat(cli.run("setconf", "wg0", file("[Peer]\n")).err())
        .isEqualTo("A peer is missing a public key\nInvalid configuration\n");
    assertThat(cli.run("setconf", "wg0", file("[Peer]\nPublicKey=" + P1 + "\nEndpoint=:5\n")).err())
        .isEqualTo("Name or service not known: `:5'\nConfiguration parsing error\n");
    assertThat(
            cli.run("setconf", "wg0", file("[Peer]\nAllowedIPs=10.1.1.1/8\nAllowedIPs=x\n")).err())
        .isEqualTo(
            "Warning: AllowedIP has nonzero host part: 10.1.1.1/8\n"
                + "Unable to parse IP address: `x'\nConfiguration parsing error\n");
    assertThat(cli.devices.changes).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\" | wg: Key is not the correct length or format",
        "abc | wg: Key is not the correct length or format",
        "KA | wg: Trailing characters found after key",
        "\" K\" | wg: Trailing characters found after key",
        "\"K x\" | wg: Trailing characters found after key",
        "\"K0x\" | wg: Trailing characters found after key",
        "cF/kLBuonDekBSF/O0dcHNOnighat5uzh4z4UuQtOGF= | wg: Key is not the correct length or format"
      })
  void pubkeyErrors(String input, String expected) {
    assertThat(cli.runWith(input.replace("K", KEY).replace("=0", "=\0"), "pubkey"))
        .isEqualTo(new Cli.Result(1, "", expected + "\n"));
  }

  @Test
  void pubkey() {
    for (String end : new String[] {"", "\n", "\n\n \t\r\n", "\0", "\0\0\n"}) {
      assertThat(cli.runWith(KEY + end, "pubkey")).isEqualTo(new Cli.Result(0, PUBLIC + "\n", ""));
    }
    assertThat(cli.run("pubkey", "--help")).isEqualTo(new Cli.Result(1, "", "Usage: wg pubkey\n"));
  }

  @Test
  void genkeyAndGenpsk() {
    for (String command : new String[] {"genkey", "genpsk"}) {
      Cli.Result result = cli.run(command);
      assertThat(result.code()).isZero();
      assertThat(result.out()).hasSize(45).endsWith("=\n").isNotEqualTo(cli.run(command).out());
      assertThat(PublicKey.parse(result.out().strip())).isNotNull();
      assertThat(cli.run(command, "x").err()).isEqualTo("Usage: wg " + command + "\n");
    }
    cli.host.worldAccessible = true;
    assertThat(cli.run("genkey").err())
        .isEqualTo(
            "Warning: writing to world accessible file.\n"
                + "Consider setting the umask to 077 and trying again.\n");
  }

  @Test
  void topLevel() {
    Cli.Result unknown = cli.run("foo");
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.err())
        .startsWith(
            "Invalid subcommand: `foo'\nUsage: wg <cmd> [<args>]\n\nAvailable subcommands:\n")
        .contains("  show: Shows the current configuration and device information\n")
        .endsWith("You may pass `--help' to any of these subcommands to view usage.\n");
    assertThat(cli.run("--version", "x").err()).startsWith("Invalid subcommand: `--version'\n");
    for (String word : new String[] {"-v", "--version", "version"}) {
      assertThat(cli.run(word).out()).startsWith("wgj v0.1.0");
    }
    cli.program = "wgj";
    for (String word : new String[] {"-h", "--help", "help"}) {
      Cli.Result help = cli.run(word);
      assertThat(help.code()).isZero();
      assertThat(help.out()).contains("Examples:").contains("  up ").contains("wgj up wg0");
    }
    for (String command : new String[] {"show", "set", "up", "genkey"}) {
      assertThat(cli.run("help", command).out()).startsWith("Usage: wgj " + command);
    }
    assertThat(cli.run("help", "foo").err()).startsWith("Invalid subcommand: `help'\n");
  }
}
