// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
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
import org.netlink4j.FamilyNotFoundException;
import org.wg4j.Device;

/** Errors that a person can act on, and that scripts never see. */
class HintsTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";

  private final Cli cli = new Cli();
  @TempDir Path directory;

  @BeforeEach
  void setUp() {
    cli.program = "wgj";
    cli.environment.put("WG_ENDPOINT_RESOLUTION_RETRIES", "0");
    cli.host.errorTerminal = true;
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, List.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EPERM | Operation not permitted | run it as root, for example with sudo",
        "EADDRINUSE | Address already in use | choose another listen port, or 0 for any",
        "EOPNOTSUPP | Operation not supported | either `wg0' is an interface of another kind",
      })
  void ofTheKernel(Errno errno, String words, String hint) {
    cli.devices.refusal = errno;
    Cli.Result result = cli.run("set", "wg0", "listen-port", "7");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).startsWith("Unable to modify interface: " + words + "\nHint: ");
    assertThat(result.err()).contains(hint).endsWith("\n");
    assertThat(result.err().lines()).hasSize(2);
  }

  @Test
  void theModuleIsMissing() {
    Failure failure = new Failure("x").because(new FamilyNotFoundException("wireguard"), "wg0");
    try (Session session =
        cli.session("", new ByteArrayOutputStream(), new ByteArrayOutputStream())) {
      assertThat(Hints.on(session, failure).orElseThrow()).contains("`sudo modprobe wireguard'");
      assertThat(Hints.on(session, new Failure("x").because(new IOException("y"), ""))).isEmpty();
    }
  }

  @Test
  void noSuchInterface() {
    assertThat(cli.run("show", "wg9").err())
        .isEqualTo(
            "Unable to access interface: No such device\nHint: the WireGuard interfaces are: wg0;"
                + " `sudo wgj up wg9' or `sudo ip link add wg9 type wireguard' makes `wg9'\n");
    cli.devices.all.clear();
    assertThat(cli.run("showconf", "wg9").err()).contains("Hint: there is no WireGuard interface;");
  }

  @Test
  void noneOfThemMayBeRead() {
    cli.devices.broken.put("wg0", Errno.EPERM);
    Cli.Result result = cli.run();
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("Unable to access interface wg0: Operation not permitted\nHint: this needs")
        .endsWith("for example with sudo\n");
  }

  @Test
  void scriptsSeeTheWordsOfWgAlone() {
    String words = "Unable to access interface: No such device\n";
    cli.environment.put("WGJ_HINTS", "never");
    assertThat(cli.run("show", "wg9").err()).isEqualTo(words);
    assertThat(cli.run("check", "/nonexistent").err()).isEmpty();
    cli.environment.remove("WGJ_HINTS");
    cli.host.errorTerminal = false;
    assertThat(cli.run("show", "wg9").err()).isEqualTo(words);
    cli.environment.put("WGJ_HINTS", "always");
    assertThat(cli.run("show", "wg9").err()).startsWith(words + "Hint: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "peer abc | a key is 44 characters of base64",
        "listen-port 70000 | a port is a number of 0 to 65535, or a name of /etc/services",
        "peer K endpoint ::1 | no name server knows the host of `:'",
        "peer K endpoint host | with IPv6 addresses in brackets",
        "peer K endpoint a:nosuchservice | a port is a number of 0 to 65535",
        "peer K endpoint [::g]:5 | no name server knows the host of `::g': is it spelled right?",
        "private-key /nonexistent | the file is `/nonexistent'",
      })
  void ofWords(String words, String hint) {
    Cli.Result result = cli.run(("set wg0 " + words.replace("K", P1)).split(" "));
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("\nHint: ").contains(hint);
  }

  @Test
  void ofFiles() throws IOException {
    Path file = Files.writeString(directory.resolve("wg0.conf"), "\n[Interface]\nPrivateKey = x\n");
    assertThat(cli.run("setconf", "wg0", file.toString()).err())
        .isEqualTo(
            "Key is not the correct length or format: `(hidden)'\nConfiguration parsing error\n"
                + ("Hint: a key is 44 characters of base64, as genkey, genpsk and pubkey print it;"
                        + " line 3 of F; `wgj check F' shows all that is wrong\n")
                    .replace("F", file.toString()));
    Files.writeString(file, "[Peer]\nPublicKey = " + P1 + "\nEndpoint = [::g]:5\n");
    assertThat(cli.run("setconf", "wg0", file.toString()).err())
        .contains("Hint: no name server knows the host of `[::g]:5': is it spelled right?; line 3");
    assertThat(cli.run("addconf", "wg0", "/nonexistent").err())
        .isEqualTo("fopen: No such file or directory\nHint: the file is `/nonexistent'\n");
    Files.writeString(file, "[Interface]\nPrivateKey = " + KEY + "\nFoo = " + KEY + "\n");
    cli.host.configDirectory = directory;
    assertThat(cli.run("up", file.toString()).err())
        .contains("Line unrecognized: ")
        .contains("Hint: line 3 of " + file.toRealPath() + "; `wgj check");
  }
}
