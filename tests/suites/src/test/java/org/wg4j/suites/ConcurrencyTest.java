// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Command;
import org.wg4j.lab.Guest;
import org.wg4j.lab.GuestKernel;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;

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
