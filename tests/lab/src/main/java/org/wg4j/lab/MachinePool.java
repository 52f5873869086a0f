// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The machines of a test run, and how far each one's kernel log has been judged. */
final class MachinePool implements AutoCloseable {
  /** A debug kernel's checks take memory. */
  private static final int DEBUG_MEMORY_MIB = 3072;

  /** What machines boot that want Debian's kernel and our module, for another lane. */
  private final GuestKernel instead;

  private final Map<Guest, Machine> machines = new LinkedHashMap<>();
  private final Map<Machine, Integer> judged = new HashMap<>();

  MachinePool(GuestKernel instead) {
    this.instead = instead;
  }

  private boolean isReplaced(Guest guest) {
    return instead.isDebug()
        && guest.kernel() == GuestKernel.DEBIAN
        && guest.module() == WireGuardModule.OURS;
  }

  private MachineSpec spec(Guest guest) {
    int memory = guest.memoryMiB();
    MachineSpec spec = MachineSpec.of(guest.value());
    return (guest.release().isEmpty() ? spec : spec.withRelease(guest.release()))
        .withKernel(isReplaced(guest) ? instead : guest.kernel())
        .withCpus(guest.cpus())
        .withMemoryMiB(isReplaced(guest) ? Math.max(memory, DEBUG_MEMORY_MIB) : memory)
        .withNics(guest.nics())
        .withSlubDebug(guest.slubDebug())
        .withKernelArgs(guest.kernelArgs());
  }

  /** The machine that a parameter wants: the one that is there, or a newly booted one. */
  synchronized Machine machine(Guest guest) {
    Machine machine = machines.get(guest);
    if (machine == null || !machine.isAlive()) {
      if (machine != null) {
        machine.close();
        judged.remove(machine);
      }
      machine = Machine.boot(spec(guest));
      machines.put(guest, machine);
      judged.put(machine, 0);
    }
    if (guest.module() != WireGuardModule.NONE && !machine.moduleLoaded("wireguard")) {
      if (guest.module() == WireGuardModule.OURS) {
        machine.loadWireGuard();
      } else {
        machine.loadInTreeWireGuard();
      }
    }
    return machine;
  }

  synchronized void resetAll() {
    machines.values().stream().filter(Machine::isAlive).forEach(Machine::reset);
  }

  /**
   * Judges what every kernel has logged since the last time, and whether every machine still lives.
   *
   * @throws AssertionError for the first that is found wanting; the others' log counts as judged
   *     too
   */
  synchronized void judge(KernelLogJudge judge) {
    List<AssertionError> failures = new ArrayList<>();
    for (Machine machine : List.copyOf(judged.keySet())) {
      int from = judged.get(machine);
      try {
        List<String> log = machine.kernelLog();
        judged.put(machine, log.size());
        judge.judge(machine.name(), log.subList(from, log.size()));
        if (machine.hasDied()) {
          throw machine.died("it died");
        }
      } catch (MachineDiedException e) {
        judged.remove(machine);
        failures.add(new AssertionError(e.getMessage(), e));
      } catch (AssertionError e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      AssertionError first = failures.get(0);
      failures.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  /** Looks for leaks in machines that can tell and whose tests do not look themselves. */
  synchronized void assertNothingLeaked() {
    if (instead == GuestKernel.KASAN) {
      machines.forEach(
          (guest, machine) -> {
            if (isReplaced(guest) && machine.isAlive()) {
              machine.assertNothingLeaked();
            }
          });
    }
  }

  @Override
  public synchronized void close() {
    machines.values().forEach(Machine::close);
  }
}
