// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/** The command line that boots a machine. */
final class QemuCommand {
  /** Distinguishes the interfaces of all machines of this JVM, so that any may share a network. */
  private static final AtomicInteger MAC_COUNTER = new AtomicInteger();

  /**
   * System property: a guest's time advances by one nanosecond with each of its instructions, so
   * that measurements are repeatable and indifferent to the host. For machines with one processor.
   * While it has nothing to do, a guest's time jumps to its next timer; with the value {@code
   * shared} it goes with the host's, so that machines can wait for one another.
   */
  private static final String INSTRUCTION_CLOCK = "wg4j.lab.instructionClock";

  private QemuCommand() {}

  static List<String> of(MachineSpec spec, Project.BootFiles files, Path sockets, Path console) {
    List<String> command = new ArrayList<>();
    boolean arm64 = files.machine().equals("aarch64");
    add(command, "qemu-system-" + files.machine(), "-name", "wg4j-lab-" + spec.name());
    // Plain emulation only: hardware virtualisation hangs where this is developed.
    String clock = System.getProperty(INSTRUCTION_CLOCK, "false");
    if (clock.equals("false")) {
      add(command, "-accel", "tcg,thread=multi");
    } else {
      String sleep = clock.equals("shared") ? "on" : "off";
      add(command, "-icount", "shift=0,sleep=" + sleep, "-accel", "tcg,thread=single");
    }
    if (arm64) {
      // Authenticated pointers cost as much as all else with the cipher that is the default.
      add(command, "-M", "virt", "-cpu", "max,pauth-impdef=on");
    } else {
      // Without erms copies are made of many instructions, as they are on real machines' hot paths;
      // five-level page tables would make each emulated TLB miss dearer for nothing.
      add(command, "-cpu", "max,erms=off,la57=off");
    }
    add(command, "-smp", Integer.toString(spec.cpus()), "-m", spec.memoryMiB() + "M");
    add(command, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot");
    // The debug kernels know no PCI and no ACPI: as a PC they would spend a minute in its methods.
    String bus = spec.kernel().isDebug() ? "device" : "pci";
    if (spec.kernel().isDebug()) {
      add(command, "-M", "microvm,acpi=off,isa-serial=on");
    }
    add(command, "-kernel", files.kernel().toString(), "-initrd", files.initrd().toString());
    add(command, "-append", kernelCommandLine(spec, arm64));
    add(command, "-chardev", "file,id=console,path=" + escape(console), "-serial");
    add(command, "chardev:console", "-device", "virtio-serial-" + bus);
    add(command, "-chardev", "socket,id=agent,path=" + escape(sockets.resolve("agent")));
    add(command, "-device", "virtserialport,chardev=agent,name=lab.agent");
    share(command, bus, "root", files.root());
    share(command, bus, "project", Project.root());
    add(command, "-device", "virtio-rng-" + bus);
    for (int i = 0; i < spec.nics(); i++) {
      String socket = escape(sockets.resolve("nic" + i));
      add(command, "-netdev");
      add(command, "stream,id=nic" + i + ",server=off,addr.type=unix,addr.path=" + socket);
      String rom = spec.kernel().isDebug() ? "" : ",romfile=";
      add(command, "-device", "virtio-net-" + bus + ",netdev=nic" + i + ",mac=" + nextMac() + rom);
    }
    return command;
  }

  private static String kernelCommandLine(MachineSpec spec, boolean arm64) {
    List<String> arguments = new ArrayList<>();
    add(arguments, "console=" + (arm64 ? "ttyAMA0" : "ttyS0"));
    add(arguments, "loglevel=6", "log_buf_len=4M", "mitigations=off");
    add(arguments, "net.ifnames=0", "random.trust_cpu=on");
    // The first oops or lock-up ends the guest, with QEMU: nothing after it can be trusted. The
    // emulated processors may starve on a busy host, so the lock-up detectors get more time.
    // On a busy host the timer may miss its turn when the kernel checks it, and the kernel gives
    // up.
    add(arguments, "panic=-1", "oops=panic", "softlockup_panic=1", "no_timer_check");
    boolean debug = spec.kernel().isDebug();
    add(arguments, "watchdog_thresh=" + (debug ? 60 : 30));
    add(arguments, "rcupdate.rcu_cpu_stall_timeout=" + (debug ? 200 : 60));
    if (debug) {
      // A microvm has nothing to be reset by but a triple fault.
      arguments.add("reboot=t");
    }
    if (spec.kernel() == GuestKernel.KASAN) {
      arguments.add("panic_on_warn=1");
    }
    if (spec.kernel() == GuestKernel.KCSAN) {
      // A watched access stands still until another processor meets it: emulated ones, on a host
      // with fewer of its own, need longer for that than real ones.
      add(arguments, "kcsan.udelay_task=2000", "kcsan.udelay_interrupt=500");
    }
    if (spec.slubDebug() && !debug) {
      add(arguments, "slub_debug=FZP");
    }
    arguments.addAll(spec.kernelArgs());
    return String.join(" ", arguments);
  }

  private static void share(List<String> command, String bus, String tag, Path directory) {
    add(command, "-fsdev");
    add(
        command,
        "local,id="
            + tag
            + ",path="
            + escape(directory)
            + ",security_model=none,readonly=on,multidevs=remap");
    add(command, "-device", "virtio-9p-" + bus + ",fsdev=" + tag + ",mount_tag=" + tag);
  }

  private static String nextMac() {
    int number = MAC_COUNTER.incrementAndGet();
    return String.format(
        Locale.ROOT,
        "52:54:00:%02x:%02x:%02x",
        number >> 16 & 0xff,
        number >> 8 & 0xff,
        number & 0xff);
  }

  /** QEMU's options are separated by commas; one in a path is written twice. */
  private static String escape(Path path) {
    return path.toString().replace(",", ",,");
  }

  private static void add(List<String> list, String... more) {
    list.addAll(List.of(more));
  }
}
