// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.netlink4j.Errno;
import org.netlink4j.NetNamespace;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.Endpoint;
import org.wg4j.Peer;
import org.wg4j.PublicKey;

/** --netns and --debug before and after every command. */
class GlobalOptionsTest {

  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final String SELF = "/proc/self/ns/net";

  private final Cli cli = new Cli();
  private final Cli.Devices far = new Cli.Devices();

  @BeforeEach
  void setUp() {
    cli.program = "wgj";
    cli.host.other = far;
    Peer peer =
        new Peer(
            PublicKey.parse(P1),
            Optional.empty(),
            Optional.of(Endpoint.parse("[fe80::1%7]:5")),
            List.of(AllowedIp.parse("10.0.0.2/32")),
            Optional.empty(),
            0,
            0,
            0,
            1);
    far.all.put(
        "wgfar", new Device("wgfar", 3, Optional.empty(), Optional.empty(), 5, 0, List.of(peer)));
  }

  @ParameterizedTest
  @CsvSource({
    "--netns /proc/self/ns/net show interfaces",
    "--netns=/proc/self/ns/net show interfaces",
    "show --netns /proc/self/ns/net interfaces",
    "--debug show --netns=/proc/self/ns/net interfaces",
    "show interfaces --netns=/proc/self/ns/net",
    "show interfaces --debug --netns /proc/self/ns/net",
  })
  void beforeAndAfterTheCommand(String words) {
    assertThat(cli.run(words.split(" "))).isEqualTo(new Cli.Result(0, "wgfar\n", ""));
    assertThat(cli.host.opened).isEqualTo(NetNamespace.path(Path.of(SELF)));
  }

  @Test
  void everyCommandWorksThere() {
    String netns = "--netns=" + SELF;
    assertThat(cli.run(netns).out()).startsWith("interface: wgfar\n");
    assertThat(cli.run(netns, "show", "wgfar", "endpoints").out())
        .isEqualTo(P1 + "\t[fe80::1%far7]:5\n");
    assertThat(cli.run(netns, "showconf", "wgfar").out()).contains("Endpoint = [fe80::1%far7]:5");
    assertThat(cli.run(netns, "set", "wgfar", "listen-port", "7").code()).isZero();
    assertThat(cli.run("set", netns, "wgfar", "fwmark", "7").code()).isZero();
    assertThat(cli.run(netns, "setconf", "wgfar", "/dev/null").code()).isZero();
    assertThat(cli.run(netns, "syncconf", "wgfar", "/dev/null").code()).isZero();
    assertThat(cli.run(netns, "addconf", "wgfar", "/dev/null").code()).isZero();
    assertThat(far.changes).hasSize(5);
    assertThat(cli.run("show", "--json", netns).out()).contains("[fe80::1%far7]:5");
    assertThat(cli.run("show", "--watch", netns).out()).contains("[fe80::1%far7]:5");
    assertThat(cli.devices.changes).isEmpty();
    assertThat(cli.run(netns, "genkey").out()).hasSize(45);
  }

  @Test
  void byNameAndProcess() {
    assertThat(cli.run("--netns", "1", "show", "interfaces").out()).isEqualTo("wgfar\n");
    assertThat(cli.host.opened).isEqualTo(NetNamespace.pid(1));
    assertThat(cli.run("--netns", "no-such-name", "show").err())
        .isEqualTo(
            "wgj: --netns: there is no `/run/netns/no-such-name': `ip netns list' shows the"
                + " names\n");
    assertThat(cli.run("--netns", "/no/such/file", "show").err())
        .isEqualTo("wgj: --netns: there is no `/no/such/file'\n");
    for (String wrong : new String[] {"", "..", "0", "99999999999999999999"}) {
      assertThat(cli.run("--netns", wrong, "show").err()).contains("is no name, path or process");
    }
    assertThat(cli.run("--netns").err())
        .isEqualTo("wgj: --netns needs a value: NAME, PATH or PID\n");
  }

  @Test
  void whatIsFurtherBackIsNotTouched() {
    cli.devices.all.put("wg0", far.all.get("wgfar"));
    assertThat(cli.run("set", "wg0", "--netns=" + SELF).err())
        .isEqualTo("Invalid argument: --netns=" + SELF + "\n");
    assertThat(cli.run("--netnsx", "show").err()).startsWith("Invalid subcommand: `--netnsx'\n");
    assertThat(cli.run("--debugger").err()).startsWith("Invalid subcommand: `--debugger'\n");
    assertThat(cli.host.opened).isNull();
  }

  // up and down

  /** A shell with sudo, ip and nsenter, which run nothing. */
  private final class Starter extends Shell {
    final List<String> started = new ArrayList<>();

    @Override
    boolean has(String program) {
      return true;
    }

    @Override
    int run(List<String> command) {
      started.addAll(command);
      assertThat(cli.host.atExit).hasSize(1);
      return 7;
    }
  }

  private interface Again {
    int run(Session session, Shell shell, String command, String[] rest) throws Failure;
  }

  private List<String> again(Again how, NetNamespace namespace, boolean debug) throws Failure {
    Starter shell = new Starter();
    cli.host.commandLine =
        List.of("/jre/bin/java", "-cp", "x y", "org.wg4j.cli.Main", "--netns", "x", "up", "wg0");
    try (Session session =
        cli.session("", new ByteArrayOutputStream(), new ByteArrayOutputStream())) {
      session.namespace(namespace);
      session.debug(debug);
      assertThat(how.run(session, shell, "up", new String[] {"wg0"})).isEqualTo(7);
    }
    assertThat(cli.host.atExit).isEmpty();
    return shell.started;
  }

  private List<String> inNamespace(NetNamespace namespace, boolean debug) throws Failure {
    return again(Rerun::inNamespace, namespace, debug);
  }

  /** As wg-quick does it, with its words. */
  @Test
  void upAndDownAreRunByRoot() throws Failure {
    assertThat(again(Rerun::asRoot, NetNamespace.named("blue"), true))
        .containsExactly(
            "sudo",
            "-p",
            "wgj must be run as root. Please enter the password for %u to continue: ",
            "--",
            "/jre/bin/java",
            "-cp",
            "x y",
            "org.wg4j.cli.Main",
            "--netns=/run/netns/blue",
            "--debug",
            "up",
            "wg0");
    assertThat(again(Rerun::asRoot, null, false)).endsWith("org.wg4j.cli.Main", "up", "wg0");
  }

  @Test
  void onlyWhoIsNotRootNeedsRoot(@TempDir Path directory) throws IOException {
    Files.createFile(directory.resolve("seen.conf"));
    Path loop = directory.resolve("hidden.conf");
    // Nobody may look into a loop, not even root.
    Files.createSymbolicLink(loop, loop);
    cli.host.configDirectory = directory;
    assertThat(needsRoot("up", "seen")).isFalse();
    cli.host.root = false;
    assertThat(needsRoot("up", "seen")).isTrue();
    assertThat(needsRoot("down", "seen")).isTrue();
    assertThat(needsRoot("save", "seen")).isTrue();
    assertThat(needsRoot("strip", "seen")).isFalse();
    assertThat(needsRoot("strip", "missing")).isFalse();
    assertThat(needsRoot("strip", "hidden")).isTrue();
    assertThat(needsRoot("up", "--help")).isFalse();
    assertThat(needsRoot("up")).isFalse();
  }

  private boolean needsRoot(String command, String... rest) {
    try (Session session =
        cli.session("", new ByteArrayOutputStream(), new ByteArrayOutputStream())) {
      return Rerun.needsRoot(session, new Starter(), command, rest);
    }
  }

  @Test
  void upAndDownRunInsideWithAllTheyStart() throws Failure {
    assertThat(inNamespace(NetNamespace.named("blue"), false))
        .containsExactly(
            "ip",
            "netns",
            "exec",
            "blue",
            "/jre/bin/java",
            "-cp",
            "x y",
            "org.wg4j.cli.Main",
            "up",
            "wg0");
    assertThat(inNamespace(NetNamespace.pid(5), true))
        .containsExactly(
            "nsenter",
            "--net=/proc/5/ns/net",
            "--",
            "/jre/bin/java",
            "-cp",
            "x y",
            "org.wg4j.cli.Main",
            "--debug",
            "up",
            "wg0");
  }

  // --debug

  @Test
  void tracesOnlyWhenAskedFor() {
    cli.devices.broken.put("wg0", Errno.EPERM);
    cli.devices.all.put("wg0", far.all.get("wgfar"));
    String plain = "Unable to access interface: Operation not permitted\n";
    assertThat(cli.run("show", "wg0").err()).isEqualTo(plain);
    assertThat(cli.run("--debug", "show", "wg0").err())
        .startsWith(plain + "org.netlink4j.")
        .contains("\tat org.wg4j.cli.ShowCommand.");
    assertThat(cli.run("show", "wg0", "--json", "--debug").err()).contains("\tat ");
    assertThat(cli.run("show", "wg0", "--json").err()).doesNotContain("\tat ");
    cli.environment.put("WGJ_DEBUG", "1");
    assertThat(cli.run("show", "wg0").err()).contains("\tat ");
  }

  @Test
  void internalErrors() {
    cli.devices.all.put("wg0", far.all.get("wgfar"));
    cli.devices.onConfigure =
        () -> {
          throw new IllegalStateException("oops");
        };
    Cli.Result plain = cli.run("set", "wg0", "listen-port", "7");
    assertThat(plain.code()).isEqualTo(1);
    assertThat(plain.err())
        .isEqualTo(
            "wgj: internal error: java.lang.IllegalStateException: oops\n"
                + "Please report it, with what --debug says as the first argument.\n");
    assertThat(cli.run("--debug", "set", "wg0", "listen-port", "7").err())
        .startsWith("wgj: internal error: java.lang.IllegalStateException: oops\n")
        .contains("\tat org.wg4j.cli.");
    cli.devices.onConfigure =
        () -> {
          throw new NoClassDefFoundError("half/installed");
        };
    assertThat(cli.run("set", "wg0", "listen-port", "7").err())
        .isEqualTo(
            "wgj: internal error: java.lang.NoClassDefFoundError: half/installed\n"
                + "Please report it, with what --debug says as the first argument.\n");
  }

  @Test
  void whatIsNotAnInternalError() {
    assertThat(cli.run("check", "a\0b"))
        .isEqualTo(
            new Cli.Result(
                1, "", "wgj: `a\0b' is no name of a file here: Nul character not allowed\n"));
    cli.devices.all.put("wg0", far.all.get("wgfar"));
    cli.devices.onConfigure =
        () -> {
          throw new OutOfMemoryError("Java heap space");
        };
    assertThat(cli.run("set", "wg0", "listen-port", "7"))
        .isEqualTo(
            new Cli.Result(1, "", "wgj: out of memory: WGJ_JAVA_OPTS=-Xmx... allows for more\n"));
  }
}
