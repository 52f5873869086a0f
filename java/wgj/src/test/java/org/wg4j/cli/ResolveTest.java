// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.netlink4j.Errno;
import org.wg4j.Device;
import org.wg4j.Endpoint;
import org.wg4j.HostPort;
import org.wg4j.Peer;
import org.wg4j.PeerConfig;
import org.wg4j.PublicKey;

/** resolve: who is looked up, and what is set. */
class ResolveTest {

  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final String P2 = "7EJN2xusLNYm62wGiYUkZ+lx8V573EqqYG3ppIzTI2M=";
  private static final String P3 = "59ArXQVnEIUXI0SSIuu7B8p+xibFj+aLUXvW2evPJ0Q=";
  private static final String P4 = "172WIyfrAoJ0nRIrn8GuCP4leSexpiF4nO/uuG754Tw=";

  private final Cli cli = new Cli();
  @TempDir Path directory;

  private static Peer peer(String key, String endpoint, long ago) {
    return new Peer(
        PublicKey.parse(key),
        Optional.empty(),
        endpoint.isEmpty() ? Optional.empty() : Optional.of(Endpoint.parse(endpoint)),
        List.of(),
        ago < 0 ? Optional.empty() : Optional.of(Cli.NOW.minusSeconds(ago)),
        0,
        0,
        0,
        1);
  }

  private void device(String name, Peer... peers) {
    cli.devices.all.put(
        name, new Device(name, 5, Optional.empty(), Optional.empty(), 0, 0, Arrays.asList(peers)));
  }

  @BeforeEach
  void setUp() throws IOException {
    cli.program = "wgj";
    cli.host.configDirectory = directory;
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(
        directory.resolve("wg0.conf"),
        """
        [Interface]
        Address = 10.0.0.1/24
        [Peer]
        # Name = moved
        PublicKey = %s
        Endpoint = moved.example.org:51820
        [Peer]
        PublicKey = %s
        Endpoint = stays.example.org:7
        [Peer]
        PublicKey = %s
        Endpoint = 192.0.2.99:7
        [Peer]
        PublicKey = %s
        """
            .formatted(P1, P2, P3, P4));
    cli.host.addresses.put("moved.example.org", "192.0.2.20");
    cli.host.addresses.put("stays.example.org", "[2001:db8::2]");
    device(
        "wg0",
        peer(P1, "192.0.2.10:51820", 136),
        peer(P2, "[2001:db8::2]:7", -1),
        peer(P3, "192.0.2.1:7", 1000),
        peer(P4, "192.0.2.1:8", 1000));
  }

  private static final String MOVED =
      "wg0: moved (" + P1 + "): moved.example.org:51820 was 192.0.2.10:51820, is 192.0.2.20:51820";

  private void assertSet(String endpoint) {
    assertThat(cli.devices.changes).hasSize(1);
    assertThat(cli.devices.changes.get(0).peers()).hasSize(1);
    PeerConfig change = cli.devices.changes.get(0).peers().get(0);
    assertThat(change.publicKey()).hasToString(P1);
    assertThat(change.endpoint().value().orElseThrow()).hasToString(endpoint);
    assertThat(change.updateOnly()).isTrue();
    assertThat(change.replaceAllowedIps()).isFalse();
    assertThat(change.persistentKeepalive().isKeep()).isTrue();
  }

  @Test
  void setsWhatMoved() {
    assertThat(cli.run("resolve", "wg0")).isEqualTo(new Cli.Result(0, MOVED + "\n", ""));
    assertSet("192.0.2.20:51820");
    cli.devices.changes.clear();
    device("unconfigured", peer(P1, "192.0.2.10:51820", 136));
    assertThat(cli.run("resolve")).isEqualTo(new Cli.Result(0, MOVED + "\n", ""));
    assertSet("192.0.2.20:51820");
    cli.devices.changes.clear();
    String file = directory.resolve("wg0.conf").toString();
    assertThat(cli.run("resolve", file)).isEqualTo(new Cli.Result(0, MOVED + "\n", ""));
    assertSet("192.0.2.20:51820");
  }

  @Test
  void theSystemIsAsked() throws IOException {
    assertThat(RetryingResolver.system().resolve(HostPort.parse("127.0.0.1:5")))
        .hasToString("127.0.0.1:5");
  }

  @Test
  void dryRunSetsNothing() {
    assertThat(cli.run("resolve", "wg0", "--dry-run"))
        .isEqualTo(new Cli.Result(0, MOVED + " (not set)\n", ""));
    assertThat(cli.devices.changes).isEmpty();
  }

  @Test
  void youngHandshakesAreLeftAlone() {
    device("wg0", peer(P1, "192.0.2.10:51820", 135), peer(P2, "[2001:db8::9]:7", 0));
    cli.host.addresses.clear();
    assertThat(cli.run("resolve", "wg0")).isEqualTo(new Cli.Result(0, "", ""));
    assertThat(cli.devices.changes).isEmpty();
    assertThat(cli.run("resolve", "wg0", "--all").code()).isEqualTo(1);
  }

  @Test
  void allOfThem() {
    device("wg0", peer(P1, "192.0.2.10:51820", 0));
    assertThat(cli.run("resolve", "wg0", "--all").out()).isEqualTo(MOVED + "\n");
    assertSet("192.0.2.20:51820");
  }

  @Test
  void aNewPortAndAPeerWithoutEndpoint() {
    device("wg0", peer(P1, "192.0.2.20:1", -1), peer(P2, "", -1));
    Cli.Result result = cli.run("resolve", "wg0");
    assertThat(result.out())
        .contains("was 192.0.2.20:1, is 192.0.2.20:51820\n")
        .contains("wg0: " + P2 + ": stays.example.org:7 was (none), is [2001:db8::2]:7\n");
    assertThat(cli.devices.changes.get(0).peers()).hasSize(2);
  }

  @Test
  void whatIsNotKnownDoesNotStopTheOthers() throws IOException {
    cli.host.addresses.remove("stays.example.org");
    Files.writeString(directory.resolve("wg1.conf"), "[Interface]\nFoo = 1\n");
    Cli.Result result = cli.run("resolve", "wg1", "wg9", "wg0");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).isEqualTo(MOVED + "\n");
    assertThat(result.err())
        .contains("wgj resolve: " + directory.resolve("wg1.conf").toRealPath() + ": line 2:")
        .contains("wg9.conf' does not exist\n")
        .endsWith("wg0: " + P2 + ": stays.example.org:7: Name or service not known\n");
    assertSet("192.0.2.20:51820");
  }

  @Test
  void json() {
    cli.host.addresses.remove("stays.example.org");
    device(
        "wg0", peer(P1, "192.0.2.10:51820", 136), peer(P2, "", -1), peer(P3, "192.0.2.1:7", 1000));
    Cli.Result result = cli.run("resolve", "wg0", "--json", "--dry-run");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out())
        .isEqualTo(
            """
            {"wg0":{"peers":{"%s":{"name":"moved","host":"moved.example.org:51820",\
            "result":"changed","endpoint":"192.0.2.10:51820","resolved":"192.0.2.20:51820"},\
            "%s":{"host":"stays.example.org:7","result":"failed",\
            "error":"Name or service not known"}}}}
            """
                .formatted(P1, P2));
    device("wg0", peer(P1, "192.0.2.20:51820", 0), peer(P2, "", -1));
    assertThat(cli.run("resolve", "wg0", "--json").out()).contains("\"result\":\"fresh\"");
    device("wg0", peer(P1, "192.0.2.20:51820", -1));
    assertThat(cli.run("resolve", "wg0", "--json").out()).contains("\"result\":\"same\"");
    assertThat(cli.devices.changes).isEmpty();
  }

  @Test
  void failures() {
    cli.devices.refusal = Errno.EPERM;
    assertThat(cli.run("resolve", "wg0").err())
        .isEqualTo(
            "Unable to modify interface wg0: Operation not permitted\nHint: this needs"
                + " CAP_NET_ADMIN in the interface's network namespace: run it as root, for example"
                + " with sudo\n");
    cli.devices.all.clear();
    Cli.Result gone = cli.run("resolve", "wg0");
    assertThat(gone.code()).isEqualTo(1);
    assertThat(gone.err())
        .startsWith("Unable to access interface wg0: No such device\nHint: there is no WireGuard");
    assertThat(cli.run("resolve")).isEqualTo(new Cli.Result(0, "", ""));
    assertThat(cli.run("resolve", "--foo").err()).startsWith("wgj resolve: unknown option `--foo'");
    assertThat(cli.run("resolve", "--help").out()).startsWith("Usage: wgj resolve [");
  }
}
