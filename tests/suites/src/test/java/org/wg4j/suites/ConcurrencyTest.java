// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.GuestKernel;
import org.wg4j.lab.KernelLogJudge;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;

/**
 * Everything that can happen to a device at once, on four processors of kernels that check memory,
 * locks and races; {@code churn.sh} says what. {@code -Dwg4j.churn.seconds=} changes how long.
 */
@Lab
@Tag("long")
class ConcurrencyTest {
  private static final int SECONDS = Integer.getInteger("wg4j.churn.seconds", 600);

  @Test
  void holdsUnderKasanAndLockdep(
      @Guest(value = "kasan4", kernel = GuestKernel.KASAN, cpus = 4, memoryMiB = 3072)
          Machine machine) {
    churn(machine, SECONDS);
    machine.assertNothingLeaked();
  }

  /** A data race shows in moments, if at all: a third of the time. */
  @Test
  void hasNoDataRaces(
      @Guest(value = "kcsan4", kernel = GuestKernel.KCSAN, cpus = 4, memoryMiB = 2048)
          Machine machine) {
    churn(machine, SECONDS / 3);
    assertThat(machine.read("/sys/kernel/debug/kcsan")).contains("enabled: 1");
  }

  /** A race put into a copy of the module is noticed: the test above can fail. */
  @Test
  void noticesADataRace() throws IOException, InterruptedException {
    MachineSpec spec =
        MachineSpec.of("race").withKernel(GuestKernel.KCSAN).withCpus(4).withMemoryMiB(2048);
    try (Machine machine = Machine.boot(spec)) {
      machine.loadWireGuard();
      new LifecycleTest().writeScripts(machine);
      machine.unloadModule("wireguard");
      machine.loadModule(racingModule());
      machine
          .run(
              Command.sh(
                      """
                      . /tmp/life/lifecycle.sh
                      reported() {
                        dmesg | grep -q 'KCSAN: .*wireguard'
                      }
                      make_pair
                      traffic
                      await reported""")
                  .within(Duration.ofMinutes(30)))
          .check();
      assertThat(KernelLogJudge.strict().complaints(machine.kernelLog()))
          .anyMatch(line -> line.contains("wg_transmit_route"));
    }
  }

  /** Our module, but for a number that every packet counts up without a lock. */
  private static Path racingModule() throws IOException, InterruptedException {
    Path project = Path.of("../..").toAbsolutePath().normalize();
    Path source = project.resolve("build/racing-module/kernel");
    Path out = project.resolve("build/racing-module/out");
    run("rm", "-rf", source.toString());
    Files.createDirectories(source.getParent());
    run("cp", "-r", project.resolve("kernel").toString(), source.toString());
    Path file = source.resolve("path/transmit.c");
    String sound = Files.readString(file);
    String racing =
        sound.replaceFirst(
            "(struct wg_allowedips_owner \\*owner;\n\tconst void \\*address;\n)",
            "$1\tstatic unsigned long seeded;\n\n\tseeded++;\n");
    assertThat(racing).isNotEqualTo(sound);
    Files.writeString(file, racing);
    run(
        project.resolve("tests/lab/debug/build-module.sh").toString(),
        "kcsan",
        source.toString(),
        out.toString());
    return out.resolve("wireguard.ko");
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
        .as(String.join(" ", command))
        .isZero();
  }

  private static void churn(Machine machine, int seconds) {
    LifecycleTest lifecycle = new LifecycleTest();
    lifecycle.writeScripts(machine);
    String script = LifecycleTest.resource("churn.sh").replace("seconds=$1", "seconds=" + seconds);
    Map<String, Integer> rounds =
        machine
            .run(
                Command.sh(". /tmp/life/lifecycle.sh\n" + script)
                    .within(Duration.ofSeconds(seconds).plusMinutes(30)))
            .check()
            .lines()
            .stream()
            .filter(line -> line.matches("churn [a-z_]+ [0-9]+"))
            .map(line -> line.split(" "))
            .collect(Collectors.toMap(words -> words[1], words -> Integer.valueOf(words[2])));
    assertThat(rounds)
        .containsOnlyKeys(
            "configuration", "dumps", "down_and_up", "moves", "roaming", "rekeying", "creation")
        .allSatisfy((what, count) -> assertThat(count).isPositive());
  }
}
