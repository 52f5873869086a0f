// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** What a machine promises, asked of a real one. */
@Lab
class MachineTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  @Test
  void bootsAndTellsHowLongItTook(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine,
      TestReporter reporter) {
    // A report, not a judgement: the host may be busy.
    reporter.publishEntry("boot time", machine.bootTime().toMillis() + " ms");
    assertThat(machine.run("uname", "-r").stdout()).isEqualTo(machine.kernelRelease() + "\n");
  }

  @Test
  void keepsExitCodeAndOutputsApart(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    Result result = machine.sh("echo out; echo err >&2; exit 7");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.stdout()).isEqualTo("out\n");
    assertThat(result.stderr()).isEqualTo("err\n");
    assertThatThrownBy(result::check)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("exit code 7");
  }

  @Test
  void tellsOfSignalsAndOfProgramsThatAreNotThere(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    assertThat(machine.sh("kill -SEGV $$").exitCode()).isEqualTo(128 + 11);
    Result missing = machine.run("no-such-program");
    assertThat(missing.exitCode()).isEqualTo(127);
    assertThat(missing.stderr()).contains("errno 2");
    assertThat(machine.run(Command.of("true").in("/no/such/dir")).exitCode()).isEqualTo(127);
  }

  @Test
  void givesCommandsInputEnvironmentAndDirectory(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    Result result =
        machine.run(
            Command.sh("cat /dev/stdin; pwd; printf '%s' \"$GREETING\" | cat /dev/fd/0")
                .stdin("first\n")
                .in("/usr/lib")
                .env("GREETING", "grüß dich"));
    assertThat(result.check().stdout()).isEqualTo("first\n/usr/lib\ngrüß dich");
  }

  @Test
  void copiesFilesBothWays(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine, @TempDir Path dir)
      throws Exception {
    byte[] bytes = new byte[3 << 20];
    new Random(1).nextBytes(bytes);
    Path there = Files.write(dir.resolve("there"), bytes);
    machine.put(there, "/tmp/there", 0750);
    Path back = dir.resolve("back");
    machine.get("/tmp/there", back);
    assertThat(Files.readAllBytes(back)).isEqualTo(bytes);
    assertThat(machine.run("stat", "-c", "%a %s", "/tmp/there").stdout())
        .isEqualTo("750 " + bytes.length + "\n");
    machine.write("/etc/greeting", "hello\n");
    assertThat(machine.read("/etc/greeting")).isEqualTo("hello\n");
    assertThatThrownBy(() -> machine.readBytes("/no/such/file"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("No such file");
    assertThatThrownBy(() -> machine.write("/no/such/dir/file", "x"))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void takesMuchOutputAndInputAtOnce(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    byte[] bytes = new byte[2 << 20];
    new Random(2).nextBytes(bytes);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ('a' + Math.floorMod(bytes[i], 26));
    }
    Result result = machine.run(Command.of("cat").stdin(bytes)).check();
    assertThat(result.stdout()).isEqualTo(new String(bytes, StandardCharsets.US_ASCII));
  }

  @Test
  void killsWhatPassesItsLimitWithAllItsDescendants(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    // timeout(1) and setsid(1) leave the process group: killing the group alone would miss them.
    Command endless =
        Command.sh("echo started; setsid sleep 1234567 & timeout 99999 sleep 1234567; wait");
    assertThatThrownBy(() -> machine.run(endless.within(Duration.ofSeconds(15))))
        .isInstanceOfSatisfying(
            CommandTimeoutException.class,
            e -> {
              assertThat(e.result().exitCode()).isEqualTo(128 + 9);
              assertThat(e.result().stdout()).isEqualTo("started\n");
            });
    assertThat(machine.run("pgrep", "-f", "sleep 123456[7]").exitCode()).isEqualTo(1);
  }

  @Test
  void runsCommandsSideBySide(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    try (Background cat = machine.start("cat");
        Background other = machine.start(Command.sh("read line; echo got $line; exit 3"))) {
      cat.send("hello\n".getBytes(StandardCharsets.UTF_8));
      assertThat(cat.awaitLine("hel+o", LONG)).isEqualTo("hello");
      other.send("word\n".getBytes(StandardCharsets.UTF_8));
      assertThat(other.await(LONG).stdout()).isEqualTo("got word\n");
      assertThat(other.await(LONG).exitCode()).isEqualTo(3);
      assertThat(cat.isAlive()).isTrue();
      cat.closeStdin();
      assertThat(cat.await(LONG).ok()).isTrue();
      assertThatThrownBy(() -> cat.awaitLine("never", LONG))
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("ended without");
    }
  }

  @Test
  void signalsReachABackgroundCommand(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    try (Background trap =
        machine.start(Command.sh("trap 'echo caught; exit 5' TERM; echo ready; read never"))) {
      trap.awaitLine("ready", LONG);
      trap.signal(15);
      assertThat(trap.await(LONG).exitCode()).isEqualTo(5);
      assertThat(trap.stdout()).endsWith("caught\n");
    }
    Background endless = machine.start("sleep", "1234567");
    assertThat(endless.kill().exitCode()).isEqualTo(137);
  }

  @Test
  void doesNotWaitForADaemonThatKeepsTheOutputOpen(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    assertThat(machine.sh("sleep 1234567 & echo done").stdout()).isEqualTo("done\n");
    assertThat(machine.run("pgrep", "-f", "sleep 123456[7]").ok()).isTrue();
    machine.reset();
    assertThat(machine.run("pgrep", "-f", "sleep 123456[7]").ok()).isFalse();
  }

  @Test
  void offersWhatToolsExpectOfASystem(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    machine.sh("test -c /dev/ptmx && test -d /sys/kernel/debug/tracing && test -w /run").check();
    machine.sh("ping -c 1 127.0.0.1 && ping -c 1 ::1").check();
    machine.sh("wg genkey | wg pubkey && ip link add d0 type dummy && ip link delete d0").check();
    machine.sh("ip netns add x && ip netns exec x true && ip netns delete x").check();
    assertThat(machine.guestPath(Project.root().resolve("pom.xml"))).isEqualTo("/wg4j/pom.xml");
    assertThat(machine.read("/wg4j/pom.xml")).contains("wg4j-parent");
    assertThat(machine.run("touch", "/wg4j/pom.xml").ok()).isFalse();
    assertThatThrownBy(() -> machine.guestPath(Path.of("/etc/passwd")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void loadsAndUnloadsTheKernelsOwnModule(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    machine.loadInTreeWireGuard();
    assertThat(machine.moduleLoaded("wireguard")).isTrue();
    machine.sh("ip link add wg0 type wireguard && wg show wg0 && ip link delete wg0").check();
    machine.unloadModule("wireguard");
    assertThat(machine.moduleLoaded("wireguard")).isFalse();
    assertThat(machine.kernelLog()).anyMatch(line -> line.contains("wireguard: WireGuard"));
  }

  @Test
  void resetRemovesNamespacesLinksAndAddresses(
      @Guest(value = "self", module = WireGuardModule.NONE) Machine machine) {
    machine
        .sh(
            "ip netns add left; ip netns add right;"
                + " ip link add v0 type veth peer name v1 netns left;"
                + " ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up;"
                + " nft add table inet filter")
        .check();
    try (Background sleeper = machine.start("ip", "netns", "exec", "left", "sleep", "1234567")) {
      machine.reset();
      assertThat(sleeper.await(LONG).exitCode()).isEqualTo(137);
    }
    assertThat(machine.run("ip", "netns", "list").stdout()).isEmpty();
    assertThat(machine.run("ip", "-br", "link").lines()).hasSize(2);
    assertThat(machine.run("ip", "-br", "addr", "show", "eth0").stdout())
        .doesNotContain("10.0.0.1");
    assertThat(machine.run("nft", "list", "ruleset").stdout()).isEmpty();
  }
}
