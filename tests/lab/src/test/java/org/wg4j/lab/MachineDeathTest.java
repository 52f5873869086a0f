// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The ways in which a machine ends. Each test needs a machine of its own. */
@Tag("lab")
class MachineDeathTest {
  private static final MachineSpec SPEC = MachineSpec.of("mortal").withMemoryMiB(768).withNics(0);

  @Test
  void aHungGuestIsKilledAndItsConsoleKept() throws Exception {
    try (Machine machine = Machine.boot(SPEC, Duration.ofSeconds(10))) {
      machine.sh("echo 'the last words' >/dev/kmsg").check();
      // The script's parent is the agent: stopped, it answers nothing any more.
      Command hang = Command.sh("kill -STOP $PPID; sleep 1234567").within(Duration.ofSeconds(1));
      assertThatThrownBy(() -> machine.run(hang))
          .isInstanceOfSatisfying(
              MachineDiedException.class,
              e -> assertThat(e.consoleLog()).contains(machine.consoleLog()))
          .hasMessageContaining("mortal")
          .hasMessageContaining(machine.consoleLog().toString())
          .hasMessageContaining("the last words");
      assertThat(machine.isAlive()).isFalse();
      assertThat(machine.hasDied()).isTrue();
      assertThat(Files.readString(machine.consoleLog())).contains("the last words");
      assertThatThrownBy(() -> machine.run("true")).isInstanceOf(MachineDiedException.class);
    }
  }

  @Test
  void aPanicEndsItAndEveryCommandAtOnce() {
    try (Machine machine = Machine.boot(SPEC)) {
      Background waiting = machine.start("sleep", "1234567");
      assertThatThrownBy(() -> machine.sh("echo c >/proc/sysrq-trigger; sleep 1234567"))
          .isInstanceOf(MachineDiedException.class)
          .hasMessageContaining("Kernel panic");
      assertThatThrownBy(() -> waiting.await(Duration.ofMinutes(1)))
          .isInstanceOf(MachineDiedException.class);
      assertThat(machine.kernelLog()).isNotEmpty();
    }
  }

  @Test
  void poweringOffIsNoDeath() {
    Machine machine = Machine.boot(SPEC);
    machine.powerOff();
    assertThat(machine.isAlive()).isFalse();
    assertThat(machine.hasDied()).isFalse();
    assertThatThrownBy(() -> machine.run("true"))
        .isInstanceOf(MachineDiedException.class)
        .hasMessageContaining("shut down");
    machine.powerOff();
    machine.close();
  }
}
