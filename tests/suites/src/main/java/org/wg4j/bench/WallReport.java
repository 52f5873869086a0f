// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** Collects rounds of {@link WallBench}; writes {@code cpus.csv} and {@code cpus.md}. */
final class WallReport {
  /** Of one number of processors and one workload, a value for each round. */
  private record Series(List<Double> inTree, List<Double> ours) {
    Series() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  private final Map<Integer, Map<Workload, Series>> series = new TreeMap<>();

  /** One round's figures on a machine with so many processors. */
  void add(int cpus, List<Measurement> round) {
    Map<Workload, Series> of = series.computeIfAbsent(cpus, key -> new EnumMap<>(Workload.class));
    for (Measurement m : round) {
      Series one = of.computeIfAbsent(m.workload(), key -> new Series());
      (m.contender() == Contender.OURS ? one.ours : one.inTree).add(m.value());
    }
  }

  private static List<Double> ratios(List<Double> above, List<Double> below) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < above.size(); i++) {
      ratios.add(above.get(i) / below.get(i));
    }
    ratios.sort(null);
    return ratios;
  }

  /** The median, and the least and the greatest. */
  private static String cell(List<Double> sorted) {
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return String.format(
        Locale.ROOT, "%.2f (%.2f to %.2f)", median, sorted.get(0), sorted.get(sorted.size() - 1));
  }

  String markdown(String origin) {
    StringBuilder text = new StringBuilder();
    text.append("<!-- SPDX-License-Identifier: Apache-2.0 -->\n<!-- ").append(origin);
    text.append(" -->\n\n# Several processors\n\n");
    text.append("Ratios: the median of the rounds, and the least and the greatest.\n\n| |");
    series.keySet().forEach(n -> text.append(" wg4j : in-tree, ").append(n).append(" CPU |"));
    series.keySet().stream()
        .skip(1)
        .forEach(
            n ->
                text.append(" wg4j, ")
                    .append(n)
                    .append(" CPUs : 1 | in-tree, ")
                    .append(n)
                    .append(" CPUs : 1 |"));
    text.append("\n|---|").append("---:|".repeat(3 * series.size() - 2)).append('\n');
    Map<Workload, Series> first = series.values().iterator().next();
    for (Workload workload : first.keySet()) {
      text.append("| ").append(workload.title()).append(" |");
      for (Map<Workload, Series> of : series.values()) {
        Series one = of.get(workload);
        text.append(' ').append(cell(ratios(one.ours, one.inTree))).append(" |");
      }
      Series alone = first.get(workload);
      series.values().stream()
          .skip(1)
          .map(of -> of.get(workload))
          .forEach(
              one ->
                  text.append(' ')
                      .append(cell(ratios(one.ours, alone.ours)))
                      .append(" | ")
                      .append(cell(ratios(one.inTree, alone.inTree)))
                      .append(" |"));
      text.append('\n');
    }
    return text.toString();
  }

  private String csv(String origin) {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    lines.add("# SPDX-License-Identifier: Apache-2.0");
    lines.add("# " + origin);
    lines.add("cpus,workload,round,ours_to_intree");
    series.forEach(
        (cpus, of) ->
            of.forEach(
                (workload, one) -> {
                  for (int i = 0; i < one.ours.size(); i++) {
                    double ratio = one.ours.get(i) / one.inTree.get(i);
                    lines.add(
                        String.format(Locale.ROOT, "%d,%s,%d,%.3f", cpus, workload, i + 1, ratio));
                  }
                }));
    return lines.toString();
  }

  void write(Path directory, String origin) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("cpus.csv"), csv(origin));
      Files.writeString(directory.resolve("cpus.md"), markdown(origin));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
