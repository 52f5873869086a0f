// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.wg4j.lab.Machine;
import org.wg4j.lab.MachineSpec;

/**
 * How large a bundle should be: TCP through one tunnel, by the instruction clock, when its devices
 * take at most so many packets from the stack at once. Such a super-packet becomes one bundle, and
 * arrives as one.
 */
public final class BundleSweep {
  private static final List<Integer> PACKETS = List.of(1, 2, 4, 8, 16, 32, 64);

  private BundleSweep() {}

  /**
   * Measures and prints.
   *
   * @param args where the report goes
   */
  public static void main(String[] args) {
    MachineSpec spec = MachineSpec.of("sweep").withSlubDebug(false).withCpus(1);
    try (Machine machine = Machine.boot(spec)) {
      List<Double> inTree = sweep(machine, Contender.IN_TREE);
      List<Double> ours = sweep(machine, Contender.OURS);
      StringBuilder text = new StringBuilder();
      text.append(
          String.format(
              "<!-- SPDX-License-Identifier: Apache-2.0 -->%n<!-- make bench, %s, Linux %s, one CPU"
                  + " on the instruction clock: a second is 10^9 guest instructions -->%n%n",
              LocalDate.now(), machine.kernelRelease()));
      text.append("# The size of bundles\n\nTCP, 1 stream, Mbit/s.\n\n");
      text.append("| packets the stack may hand over at once | in-tree | wg4j | ratio |\n");
      text.append("|---:|---:|---:|---:|\n");
      for (int i = 0; i < PACKETS.size(); i++) {
        text.append(
            String.format(
                Locale.ROOT,
                "| %d | %.0f | %.0f | %.2f |%n",
                PACKETS.get(i),
                inTree.get(i),
                ours.get(i),
                ours.get(i) / inTree.get(i)));
      }
      Path file = Path.of(args[0]).resolve("bundles.md");
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      System.out.println(text + "\nwritten to " + file);
      machine.powerOff();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Double> sweep(Machine machine, Contender contender) {
    Arena arena = new Arena(machine);
    List<Double> rates = new ArrayList<>();
    arena.begin(Variant.PLAIN, contender);
    for (int packets : PACKETS) {
      machine
          .sh(
              "for side in a b; do ip -n $side link set t$side gso_max_segs "
                  + packets
                  + " || exit 1; done")
          .check();
      Measurement m = arena.run(Variant.PLAIN, contender, Workload.TCP_1);
      System.out.printf(
          Locale.ROOT, "  %-8s %2d packets %,8.0f Mbit/s%n", contender.title(), packets, m.value());
      rates.add(m.value());
    }
    arena.end(contender);
    return rates;
  }
}
