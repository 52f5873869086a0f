// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;

/**
 * Our module and the in-tree one on machines with one, two and four processors, by the clock on the
 * wall. They take turns, so that what else the host does meets both; only ratios are kept.
 */
public final class WallBench {
  private static final List<Integer> CPUS = List.of(1, 2, 4);
  private static final List<Workload> WORKLOADS =
      List.of(
          Workload.TCP_1, Workload.TCP_4, Workload.TCP_BOTH, Workload.UDP_1300, Workload.TCP_PEERS);

  /** How a stream begins is not to weigh, nor where the scheduler puts its ends at first. */
  private static final int SECONDS = 3;

  private WallBench() {}

  /**
   * Measures and prints.
   *
   * @param args where the report goes, and the number of rounds
   */
  public static void main(String[] args) {
    int rounds = Integer.parseInt(args[1]);
    Map<Integer, Machine> machines = new TreeMap<>();
    try {
      for (int cpus : CPUS) {
        MachineSpec spec = MachineSpec.of("wall-" + cpus).withSlubDebug(false).withCpus(cpus);
        machines.put(cpus, Machine.boot(spec));
      }
      WallReport report = new WallReport();
      for (int round = 1; round <= rounds; round++) {
        System.out.println("== round " + round + " of " + rounds);
        for (Map.Entry<Integer, Machine> entry : machines.entrySet()) {
          report.add(
              entry.getKey(),
              turn(entry.getKey(), new Arena(entry.getValue()).sendingFor(SECONDS)));
        }
      }
      String origin =
          String.format(
              "make bench, %s, Linux %s, %d rounds; ratios of wall-clock figures of one round,"
                  + " emulated on %d host processors",
              LocalDate.now(),
              machines.get(1).kernelRelease(),
              rounds,
              Runtime.getRuntime().availableProcessors());
      report.write(Path.of(args[0]), origin);
      System.out.println(report.markdown(origin));
      machines.values().forEach(Machine::powerOff);
    } finally {
      machines.values().forEach(Machine::close);
    }
  }

  private static List<Measurement> turn(int cpus, Arena arena) {
    List<Measurement> measurements = new ArrayList<>();
    for (Contender contender : List.of(Contender.IN_TREE, Contender.OURS)) {
      arena.begin(Variant.PLAIN, contender);
      for (Workload workload : WORKLOADS) {
        Measurement m = arena.run(Variant.PLAIN, contender, workload);
        measurements.add(m);
        System.out.printf(
            Locale.ROOT,
            "  %d CPUs %-10s %-26s %,10.0f %s%n",
            cpus,
            contender.title(),
            workload.title(),
            m.value(),
            workload.unit());
      }
      arena.end(contender);
    }
    return measurements;
  }
}
