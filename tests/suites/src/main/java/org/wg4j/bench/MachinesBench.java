// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;
import org.wg4j.lab.VirtualNetwork;

/**
 * Our module and the in-tree one between two machines of one processor each, whose network cards
 * know neither segmentation nor merging. Each machine counts the instructions that it executes and
 * is on the host's time while it waits: a rate would say as much about the host as about the
 * tunnel, but what a packet costs at each end does not.
 */
public final class MachinesBench {
  private static final List<Workload> WORKLOADS =
      List.of(Workload.TCP_1, Workload.TCP_4, Workload.UDP_1300);

  private static final int ROUND_TRIPS = 3000;

  /** Nanoseconds, which are instructions, that its one processor has been at work. */
  private static final String BUSY =
      """
      awk '/^now at/ { now = $3 } /idle_sleeptime/ { idle = $3 } END { printf "%.0f\\n", now - idle }' \
        /proc/timer_list
      """;

  /** How long a machine is at work between two readings. */
  private static final class Stopwatch {
    private final Machine machine;
    private long begin;
    private long reading;

    Stopwatch(Machine machine) {
      this.machine = machine;
    }

    private long busy() {
      return Long.parseLong(machine.sh(BUSY).check().stdout().trim());
    }

    /** Begins anew, and measures what reading costs. */
    void start() {
      long before = busy();
      begin = busy();
      reading = begin - before;
    }

    double stop() {
      return busy() - begin - reading;
    }
  }

  private final Arena arena;
  private final Stopwatch sender;
  private final Stopwatch receiver;

  private MachinesBench(Machine a, Machine b) {
    arena = new Arena(a, b);
    sender = new Stopwatch(a);
    receiver = new Stopwatch(b);
  }

  /**
   * Measures and prints.
   *
   * @param args where the report goes, and the number of rounds
   */
  public static void main(String[] args) {
    int rounds = Integer.parseInt(args[1]);
    MachineSpec spec = MachineSpec.of("machine-a").withSlubDebug(false).withCpus(1);
    try (Machine a = Machine.boot(spec);
        Machine b = Machine.boot(spec.withName("machine-b"));
        VirtualNetwork network = VirtualNetwork.create()) {
      network.plug(a.nic(0));
      network.plug(b.nic(0));
      CostReport report = new CostReport();
      for (int round = 1; round <= rounds; round++) {
        System.out.println("== round " + round + " of " + rounds);
        for (Contender contender : List.of(Contender.IN_TREE, Contender.OURS)) {
          new MachinesBench(a, b).measure(contender, report);
        }
      }
      String origin =
          String.format(
              "make bench, %s, Linux %s, %d rounds; two machines of one CPU each, joined by virtio-net",
              LocalDate.now(), a.kernelRelease(), rounds);
      report.write(Path.of(args[0]), origin);
      System.out.println(report.markdown(origin));
      a.powerOff();
      b.powerOff();
    }
  }

  private void measure(Contender contender, CostReport report) {
    arena.begin(Variant.PLAIN, contender);
    for (Workload workload : WORKLOADS) {
      Measurement m = arena.run(Variant.PLAIN, contender, workload, this::start);
      double share = workload.countsLosses() ? m.lostShare() : 0;
      report.add(cost(contender, workload.title(), m.packets(), share, false));
    }
    start();
    arena.echo(ROUND_TRIPS);
    report.add(cost(contender, "round trip", ROUND_TRIPS, 0, true));
    arena.end(contender);
  }

  private void start() {
    sender.start();
    receiver.start();
  }

  private Cost cost(
      Contender contender, String load, double arrived, double lostShare, boolean inTurn) {
    double sent = arrived / (1 - lostShare);
    Cost cost =
        new Cost(
            contender, load, sender.stop() / sent, receiver.stop() / arrived, lostShare, inTurn);
    System.out.printf(
        Locale.ROOT,
        "  %-8s %-16s %,7.0f sends %,7.0f receives, %.1f %% lost%n",
        contender.title(),
        load,
        cost.sender(),
        cost.receiver(),
        100 * lostShare);
    return cost;
  }
}
