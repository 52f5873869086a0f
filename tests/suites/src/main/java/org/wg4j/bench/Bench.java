// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;

/**
 * Measures every contender of a variant in a machine with one processor, and writes the report.
 * Those in the kernel are in one machine, and at the same time those in user space in another of
 * its kind: by instructions what one machine does makes no difference to what the other measures.
 */
public final class Bench {
  /**
   * How often a rate of the two modules is measured where the targets are for. The in-tree module's
   * moves by a tenth from run to run, as it passes packets between processes.
   */
  private static final int ROUNDS = 3;

  private Bench() {}

  /**
   * Measures and prints.
   *
   * @param args where the report goes, its name, the command that the reader can repeat, and the
   *     name of the variant
   */
  public static void main(String[] args) {
    Path directory = Path.of(args[0]);
    Variant variant = Variant.valueOf(args[3]);
    MachineSpec spec = MachineSpec.of("bench").withSlubDebug(false).withCpus(1);
    Set<String> kernels = ConcurrentHashMap.newKeySet();
    List<Measurement> measurements =
        Arrays.stream(Contender.values())
            .filter(c -> c.isThere(spec.release()) && variant.concerns(c))
            .collect(Collectors.groupingBy(Contender::isInUserSpace))
            .values()
            .parallelStream()
            .flatMap(
                contenders -> {
                  try (Machine machine = Machine.boot(spec)) {
                    kernels.add(machine.kernelRelease());
                    List<Measurement> all = measure(new Arena(machine), variant, contenders);
                    machine.powerOff();
                    return all.stream();
                  }
                })
            .toList();
    String origin =
        String.format(
            "%s, %s, Linux %s, one CPU on the instruction clock: a second is 10^9 guest"
                + " instructions",
            args[2], LocalDate.now(), String.join(" and ", kernels));
    Report report = new Report(variant, measurements, origin);
    report.write(directory, args[1]);
    System.out.println(report.markdown());
    System.out.println("written to " + directory.resolve(args[1]) + ".csv, .md and .svg");
  }

  private static List<Measurement> measure(
      Arena arena, Variant variant, List<Contender> contenders) {
    List<Measurement> measurements = new ArrayList<>();
    for (Contender contender : contenders) {
      arena.begin(variant, contender);
      for (Workload workload : Workload.values()) {
        if (workload.suits(variant, contender)) {
          measurements.add(measure(arena, variant, contender, workload));
        }
      }
      arena.end(contender);
    }
    return measurements;
  }

  private static Measurement measure(
      Arena arena, Variant variant, Contender contender, Workload workload) {
    List<Measurement> rounds = new ArrayList<>();
    for (int i = 0; i < rounds(variant, contender, workload); i++) {
      rounds.add(arena.run(variant, contender, workload));
    }
    Measurement m = Measurement.median(rounds);
    System.out.printf(
        Locale.ROOT,
        "  %-12s %-16s %-34s %,10.0f %s%n",
        variant,
        contender.title(),
        workload.title(),
        m.value(),
        workload.unit());
    return m;
  }

  /** What has a setup of its own can be measured once. */
  private static int rounds(Variant variant, Contender contender, Workload workload) {
    boolean moves = contender.isWireGuardModule() && workload.countsPackets();
    return moves && variant == Variant.PLAIN && workload.setup().isEmpty() ? ROUNDS : 1;
  }
}
