// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.netlink4j.Errno;
import org.wg4j.AllowedIp;
import org.wg4j.ConfigFile;
import org.wg4j.Device;
import org.wg4j.Peer;
import org.wg4j.PeerConfig;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;

/** new-peer: both sides' files, and nothing left behind when it fails. */
class NewPeerTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String PUBLIC = "MIQ438eGoFLgWYUOOEbdund2OphsUPC5lZettpg6BDU=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final String CONF =
      """
      # A comment that stays.
      [Interface]
      PrivateKey = %s
      Address = 10.77.0.1/24, fd77::1/64
      ListenPort = 51820

      [Peer]
      # Name = first
      PublicKey = %s
      AllowedIPs = 10.77.0.2/32, fd77::2/128
      """
          .formatted(KEY, P1)
          // No newline at the end.
          .stripTrailing();

  private final Cli cli = new Cli();
  @TempDir Path directory;
  private Path conf;

  @BeforeEach
  void setUp() throws IOException {
    cli.program = "wgj";
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    cli.host.configDirectory = directory;
    conf = Files.writeString(directory.resolve("wg0.conf"), CONF);
    Files.setPosixFilePermissions(conf, PosixFilePermissions.fromString("rw-r-----"));
  }

  private static String find(String text, String key) {
    Matcher matcher = Pattern.compile(key + "(?:\":\"| = )([^\n\"]+)").matcher(text);
    assertThat(matcher.find()).as(key + " in " + text).isTrue();
    return matcher.group(1);
  }

  private static String publicKey(String privateKey) {
    try (PrivateKey key = PrivateKey.parse(privateKey)) {
      return key.publicKey().toBase64();
    }
  }

  @Test
  void printsBothSides() throws IOException {
    Cli.Result result =
        cli.run("new-peer", "wg0", "--name", "my phone", "--endpoint=vpn.example.org");
    assertThat(result.code()).isZero();
    assertThat(result.err()).isEmpty();
    String key = find(result.out(), "PrivateKey");
    assertThat(result.out())
        .isEqualTo(
            """
            # my phone
            [Interface]
            PrivateKey = %s
            Address = 10.77.0.3/32, fd77::3/128

            [Peer]
            PublicKey = %s
            AllowedIPs = 10.77.0.0/24, fd77::/64
            Endpoint = vpn.example.org:51820

            # For %s of this host:
            # [Peer]
            # # Name = my phone
            # PublicKey = %s
            # AllowedIPs = 10.77.0.3/32, fd77::3/128
            """
                .formatted(key, PUBLIC, conf.toRealPath(), publicKey(key)));
    assertThat(Files.readString(conf)).isEqualTo(CONF);
    assertThat(cli.devices.changes).isEmpty();
    assertThat(find(cli.run("new-peer", "wg0").out(), "PrivateKey")).isNotEqualTo(key);
  }

  @Test
  void withEverything() throws Exception {
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, List.of()));
    Path output = directory.resolve("phone.conf");
    Cli.Result result =
        cli.run(
            "new-peer",
            conf.toString(),
            "--psk",
            "--name=phone",
            "--endpoint=[2001:db8::1]:5",
            "--allowed-ips=0.0.0.0/0,::/0",
            "--dns=10.77.0.1, example.org",
            "--keepalive=25",
            "--mtu=1280",
            "--address=10.77.0.9",
            "--output=" + output,
            "--apply");
    assertThat(result).isEqualTo(new Cli.Result(0, "", ""));
    String theirs = Files.readString(output);
    String key = find(theirs, "PrivateKey");
    String psk = find(theirs, "PresharedKey");
    assertThat(theirs)
        .isEqualTo(
            """
            # phone
            [Interface]
            PrivateKey = %s
            Address = 10.77.0.9/32
            DNS = 10.77.0.1, example.org
            MTU = 1280

            [Peer]
            PublicKey = %s
            PresharedKey = %s
            AllowedIPs = 0.0.0.0/0, ::/0
            Endpoint = [2001:db8::1]:5
            PersistentKeepalive = 25
            """
                .formatted(key, PUBLIC, psk));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(output)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(conf))
        .isEqualTo(
            CONF
                + """


                [Peer]
                # Name = phone
                PublicKey = %s
                PresharedKey = %s
                AllowedIPs = 10.77.0.9/32
                """
                    .formatted(publicKey(key), psk));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(conf)))
        .isEqualTo("rw-r-----");
    assertThat(cli.devices.changes).hasSize(1);
    PeerConfig added = cli.devices.changes.get(0).peers().get(0);
    assertThat(added.publicKey()).hasToString(publicKey(key));
    assertThat(added.allowedIps()).containsExactly(AllowedIp.parse("10.77.0.9/32"));
    assertThat(added.presharedKey().value().orElseThrow().isDestroyed()).isTrue();
    assertThat(cli.devices.changes.get(0).replacePeers()).isFalse();
    try (ConfigFile read = ConfigFile.read(conf, ConfigFile.Dialect.WG_QUICK);
        ConfigFile other = ConfigFile.read(output, ConfigFile.Dialect.WG_QUICK)) {
      assertThat(read.peers()).hasSize(2);
      assertThat(read.peers().get(1).presharedKey()).isEqualTo(other.peers().get(0).presharedKey());
    }
    assertThat(cli.run("check", conf.toString(), output.toString()).code()).isZero();
    // The next one gets the next address and does not get the same name.
    assertThat(cli.run("new-peer", "wg0", "--apply", "--address=10.77.0.9").err())
        .contains("--address: 10.77.0.9 is somebody's already");
    assertThat(cli.run("new-peer", "wg0", "--apply").out()).contains("Address = 10.77.0.3/32");
    assertThat(cli.run("new-peer", "wg0", "--apply").out())
        .contains("Address = 10.77.0.4/32, fd77::4/128")
        .doesNotContain("# For");
    assertThat(cli.run("new-peer", "wg0", "--name=phone").err())
        .startsWith("wgj new-peer: there is a peer `phone' in line 12 of ");
    assertThat(Files.list(directory)).hasSize(2);
  }

  @Test
  void addressesOfTheRunningInterfaceAreTaken() {
    Peer peer =
        new Peer(
            PublicKey.parse(P1),
            Optional.empty(),
            Optional.empty(),
            List.of(AllowedIp.parse("10.77.0.3/32"), AllowedIp.parse("0.0.0.0/0")),
            Optional.empty(),
            0,
            0,
            0,
            1);
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, Optional.empty(), Optional.empty(), 4242, 0, List.of(peer)));
    assertThat(cli.run("new-peer", "wg0").out()).contains("Address = 10.77.0.4/32, fd77::3/128");
  }

  @Test
  void withoutTheInterfaceTheFileIsEnough() throws IOException {
    assertThat(cli.run("new-peer", "wg0", "--apply").code()).isZero();
    assertThat(Files.readString(conf)).startsWith(CONF + "\n\n[Peer]\nPublicKey = ");
    assertThat(cli.devices.changes).isEmpty();
  }

  @Test
  void nothingIsLeftBehind() throws IOException {
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, List.of()));
    Path output = Files.writeString(directory.resolve("there"), "mine");
    Cli.Result exists = cli.run("new-peer", "wg0", "--apply", "--output", output.toString());
    assertThat(exists.code()).isEqualTo(1);
    assertThat(exists.err()).contains("`" + output + "' exists already, and is not overwritten");
    assertThat(output).hasContent("mine");
    assertUndone();

    Cli.Result noFolder = cli.run("new-peer", "wg0", "--apply", "--output", output + "x/y");
    assertThat(noFolder.err()).contains("there is no folder for");
    assertUndone();

    // Somebody changes the file between reading and writing it.
    Path fresh = directory.resolve("fresh");
    cli.devices.onConfigure =
        () -> {
          cli.devices.onConfigure = () -> {};
          Files.writeString(conf, CONF + "\n");
        };
    Cli.Result changed = cli.run("new-peer", "wg0", "--apply", "--output", fresh.toString());
    assertThat(changed.err()).contains("was changed meanwhile");
    assertThat(fresh).doesNotExist();
    assertThat(conf).hasContent(CONF + "\n");
    Files.writeString(conf, CONF);
    assertUndone();

    cli.devices.refusal = Errno.EPERM;
    Cli.Result refused = cli.run("new-peer", "wg0", "--apply", "--output", fresh.toString());
    assertThat(refused.err())
        .contains("Unable to modify interface: Operation not permitted\nHint: this needs");
    assertThat(fresh).doesNotExist();
    assertThat(conf).hasContent(CONF);
    assertThat(Files.list(directory)).hasSize(2);
  }

  /** The peer that was added was taken away again. */
  private void assertUndone() throws IOException {
    assertThat(cli.devices.changes).hasSize(2);
    PeerConfig added = cli.devices.changes.get(0).peers().get(0);
    PeerConfig removed = cli.devices.changes.get(1).peers().get(0);
    assertThat(removed.remove()).isTrue();
    assertThat(removed.publicKey()).isEqualTo(added.publicKey());
    assertThat(Files.readString(conf)).isEqualTo(CONF);
    cli.devices.changes.clear();
  }

  @Test
  void json() {
    Cli.Result result =
        cli.run(
            "new-peer", "wg0", "--json", "--psk", "--name=a", "--endpoint=::1", "--dns=1.1.1.1");
    String key = find(result.out(), "privateKey");
    assertThat(result.out())
        .isEqualTo(
            ("{'interface':'wg0','name':'a','publicKey':'"
                    + publicKey(key)
                    + "','privateKey':'"
                    + key
                    + "','presharedKey':'"
                    + find(result.out(), "presharedKey")
                    + "','addresses':['10.77.0.3/32','fd77::3/128'],'dns':['1.1.1.1'],'peer':{"
                    + "'publicKey':'"
                    + PUBLIC
                    + "','endpoint':'[::1]:51820','allowedIps':["
                    + "'10.77.0.0/24','fd77::/64']},'applied':false,'live':false}\n")
                .replace('\'', '"'));
    Path output = directory.resolve("o");
    assertThat(cli.run("new-peer", "wg0", "--json", "--psk", "--output=" + output).out())
        .contains("\"output\":\"" + output + "\"")
        .contains("presharedKey")
        .doesNotContain("privateKey");
    assertThat(output).exists();
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, List.of()));
    assertThat(cli.run("new-peer", "wg0", "--json", "--apply").out())
        .contains("\"applied\":true,\"live\":true");
    cli.devices.all.clear();
    Path other = directory.resolve("other");
    assertThat(cli.run("new-peer", "wg0", "--json", "--psk", "--apply", "--output=" + other).out())
        .contains("\"applied\":true,\"live\":false")
        .doesNotContain("privateKey")
        .doesNotContain("presharedKey");
  }

  @ParameterizedTest
  @CsvSource({
    "a, a:51820",
    "a:5, a:5",
    "192.0.2.1, 192.0.2.1:51820",
    "2001:db8::1, [2001:db8::1]:51820",
    "[2001:db8::1], [2001:db8::1]:51820",
    "[2001:db8::1]:5, [2001:db8::1]:5",
  })
  void endpoints(String option, String written) {
    assertThat(cli.run("new-peer", "wg0", "--endpoint", option).out())
        .contains("\nEndpoint = " + written + "\n");
  }

  @Test
  void warnings() {
    Cli.Result result = cli.run("new-peer", "wg0");
    assertThat(result.err())
        .isEqualTo("Warning: without --endpoint the new peer does not know where this host is.\n");
    assertThat(result.out()).doesNotContain("Endpoint");
    cli.host.worldAccessible = true;
    assertThat(cli.run("new-peer", "wg0", "--endpoint=a").err())
        .isEqualTo("Warning: writing to world accessible file.\n");
    assertThat(cli.run("new-peer", "wg0", "--endpoint=a", "--allowed-ips=10.0.0.1/8").err())
        .startsWith("Warning: AllowedIP has nonzero host part: 10.0.0.1/8\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--name= | --name is 1 to 64 printable",
        "'--name=a\nPostUp = x' | --name is 1 to 64 printable",
        "'--name= a' | --name is 1 to 64 printable",
        "--name=first | there is a peer `first' in line 7",
        "'--endpoint=a:5\nPostUp=x' | is no HOST or HOST:PORT",
        "--endpoint=a: | Unable to find port of endpoint: `a:'",
        "--endpoint= | which port?",
        "'--dns=1.1.1.1\nPostUp=x' | neither an address nor a domain",
        "--dns=a;b | neither an address nor a domain: `a;b'",
        "--keepalive=65536 | --keepalive: Persistent keepalive interval is neither",
        "--mtu=5 | --mtu is a number of 576 to 65535, not `5'",
        "--address=10.77.0.2 | 10.77.0.2 is somebody's already",
        "--address=10.77.0.1 | 10.77.0.1 is somebody's already",
        "--address=10.77.0.8,10.77.0.8 | 10.77.0.8 is somebody's already",
        "--address=10.77.0/24 | is no IP address",
        "--allowed-ips=x | Unable to parse IP address: `x'",
        "--foo | unknown option `--foo'",
      })
  void wrongOptions(String option, String message) throws IOException {
    Cli.Result result = cli.run("new-peer", "wg0", "--apply", option);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(message);
    assertThat(Files.readString(conf)).isEqualTo(CONF);
  }

  @Test
  void filesThatAreNotEnough() throws IOException {
    Files.writeString(conf, "[Interface]\nAddress = 10.0.0.1/24\n");
    assertThat(cli.run("new-peer", "wg0").err()).contains("has no PrivateKey");
    Files.writeString(conf, "[Interface]\nPrivateKey = " + KEY + "\nAddress = 10.0.0.1\n");
    assertThat(cli.run("new-peer", "wg0").err())
        .contains("give no network to take an address from");
    assertThat(cli.run("new-peer", "wg0", "--address=10.0.0.2", "--endpoint=a").err())
        .contains("which port?");
    Files.writeString(conf, "[Interface]\nPrivateKey = " + KEY + "\nAddress = 10.0.0.1/31\n");
    assertThat(cli.run("new-peer", "wg0").out()).contains("Address = 10.0.0.0/32");
    Files.writeString(
        conf,
        "[Interface]\nPrivateKey = "
            + KEY
            + "\nAddress = 10.0.0.1/31\n[Peer]\nPublicKey = "
            + P1
            + "\nAllowedIPs = 10.0.0.0\n");
    assertThat(cli.run("new-peer", "wg0").err()).contains("no address of 10.0.0.0/31 is free");
    Files.writeString(conf, "[Interface]\nFoo = 1\n");
    assertThat(cli.run("new-peer", "wg0").err())
        .startsWith("wgj new-peer: " + conf.toRealPath() + ": line 2: line not recognized")
        .contains("\nHint: line 2 of ");
    assertThat(cli.run("new-peer", "wg9").err()).contains("does not exist");
    assertThat(cli.run("new-peer").err()).startsWith("wgj new-peer: which interface?\n");
    assertThat(cli.run("new-peer", "-h").out()).startsWith("Usage: wgj new-peer {");
  }

  @Test
  void theResultIsWhatAQrCodeNeeds() {
    String out = cli.run("new-peer", "wg0", "--endpoint=a", "--name=p").out();
    assertThat(out.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(2953);
    assertThat(cli.runWith(out, "qr", "-").code()).isZero();
    assertThat(cli.runWith(out, "check", "-").out()).contains("-: no errors");
  }
}
