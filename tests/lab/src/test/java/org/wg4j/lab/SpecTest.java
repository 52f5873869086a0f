// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What describes machines, commands and networks checks what it is told. */
class SpecTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a,b", "../x", "-x", "ä"})
  void refusesANameThatWouldNotFitEverywhere(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> MachineSpec.of(name));
  }

  @Test
  void refusesWhatNoMachineCanBe() {
    MachineSpec spec = MachineSpec.of("m");
    assertThatIllegalArgumentException().isThrownBy(() -> spec.withCpus(0));
    assertThatIllegalArgumentException().isThrownBy(() -> spec.withMemoryMiB(64));
    assertThatIllegalArgumentException().isThrownBy(() -> spec.withNics(9));
    assertThatIllegalArgumentException().isThrownBy(() -> spec.withRelease("Book worm"));
    assertThatIllegalArgumentException().isThrownBy(() -> spec.withRelease("bookworm-"));
    assertThatIllegalArgumentException().isThrownBy(() -> spec.withKernelArgs("a b"));
  }

  @Test
  void changesCopiesOnly() {
    MachineSpec spec = MachineSpec.of("m");
    MachineSpec other =
        spec.withCpus(1).withMemoryMiB(1024).withNics(2).withSlubDebug(false).withKernelArgs("x=1");
    assertThat(spec).isEqualTo(MachineSpec.of("m"));
    assertThat(other)
        .isEqualTo(
            new MachineSpec(
                "m", "bookworm", GuestKernel.DEBIAN, 1, 1024, 2, false, List.of("x=1")));
  }

  @Test
  void takesAReleaseWithMorePackages() {
    assertThat(MachineSpec.of("m").withRelease("bookworm-bench").release())
        .isEqualTo("bookworm-bench");
  }

  @Test
  void makesACommandLineOfASpec() {
    Project.BootFiles files =
        new Project.BootFiles(
            Path.of("/r,oot"), Path.of("/vmlinuz"), Path.of("/initrd"), "6.1.0-0-amd64", "x86_64");
    List<String> command =
        QemuCommand.of(
            MachineSpec.of("m").withNics(2).withCpus(3).withKernelArgs("x=1"),
            files,
            Path.of("/s"),
            Path.of("/c"));
    assertThat(command).startsWith("qemu-system-x86_64").doesNotContain("-M");
    assertThat(command).containsSequence("-smp", "3").containsSequence("-kernel", "/vmlinuz");
    assertThat(command).anyMatch(part -> part.contains("path=/r,,oot,"));
    assertThat(command).noneMatch(part -> part.contains("kvm"));
    assertThat(command).filteredOn(part -> part.startsWith("stream,id=nic")).hasSize(2);
    assertThat(command)
        .filteredOn(part -> part.startsWith("virtio-net-pci"))
        .doesNotHaveDuplicates()
        .hasSize(2);
    String arguments = command.get(command.indexOf("-append") + 1);
    assertThat(arguments).contains("console=ttyS0 ", "oops=panic", "slub_debug=FZP");
    assertThat(arguments).endsWith(" x=1");
  }

  @Test
  void anotherMachineHasItsOwnEmulatorBoardAndConsole() {
    Project.BootFiles files =
        new Project.BootFiles(
            Path.of("/root"), Path.of("/vmlinuz"), Path.of("/initrd"), "6.1.0-0-arm64", "aarch64");
    MachineSpec spec = MachineSpec.of("m").withRelease("bookworm-arm64");
    List<String> command = QemuCommand.of(spec, files, Path.of("/s"), Path.of("/c"));
    assertThat(command).startsWith("qemu-system-aarch64").containsSequence("-M", "virt");
    assertThat(command.get(command.indexOf("-append") + 1)).startsWith("console=ttyAMA0 ");
  }

  @Test
  void commandsRefuseWhatCannotBePassedOn() {
    assertThatIllegalArgumentException().isThrownBy(() -> Command.of());
    assertThatIllegalArgumentException().isThrownBy(() -> Command.of("a\0b"));
    assertThatIllegalArgumentException().isThrownBy(() -> Command.of("a").env("x=y", "z"));
    assertThatIllegalArgumentException().isThrownBy(() -> Command.of("a").env("", "z"));
    assertThatIllegalArgumentException().isThrownBy(() -> Command.of("a").within(Duration.ZERO));
  }

  @Test
  void impairmentsHaveRanges() {
    Impairment none = Impairment.none();
    assertThatIllegalArgumentException().isThrownBy(() -> none.withLoss(1.1));
    assertThatIllegalArgumentException().isThrownBy(() -> none.withLoss(Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> none.withDuplicate(-0.1));
    assertThatIllegalArgumentException().isThrownBy(() -> none.withDelay(Duration.ofMillis(-1)));
    assertThatIllegalArgumentException().isThrownBy(() -> none.withJitter(Duration.ofMillis(-1)));
  }
}
