// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

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
  /** By number of processors. */
  private final Map<Integer, Map<Workload, Rounds<Measurement>>> series = new TreeMap<>();

  /** One round's figures on a machine with so many processors. */
  void add(int cpus, List<Measurement> round) {
    Map<Workload, Rounds<Measurement>> of =
        series.computeIfAbsent(cpus, key -> new EnumMap<>(Workload.class));
    for (Measurement m : round) {
      of.computeIfAbsent(m.workload(), key -> new Rounds<>()).add(m.contender(), m);
    }
  }

  private static List<Double> ratios(List<Measurement> above, List<Measurement> below) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < above.size(); i++) {
      ratios.add(above.get(i).value() / below.get(i).value());
    }
    return ratios;
  }

  /** Of what was sent, in per cent, in each round. */
  private static List<Double> losses(List<Measurement> rounds) {
    return rounds.stream().map(m -> 100 * m.lostShare()).toList();
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
    Map<Workload, Rounds<Measurement>> first = series.values().iterator().next();
    for (Workload workload : first.keySet()) {
      text.append("| ").append(workload.title()).append(" |");
      for (Map<Workload, Rounds<Measurement>> of : series.values()) {
        Rounds<Measurement> one = of.get(workload);
        text.append(' ').append(Spread.of(ratios(one.ours(), one.inTree())).text(2)).append(" |");
      }
      Rounds<Measurement> alone = first.get(workload);
      series.values().stream()
          .skip(1)
          .map(of -> of.get(workload))
          .forEach(
              one ->
                  text.append(' ')
                      .append(Spread.of(ratios(one.ours(), alone.ours())).text(2))
                      .append(" | ")
                      .append(Spread.of(ratios(one.inTree(), alone.inTree())).text(2))
                      .append(" |"));
      text.append('\n');
    }
    text.append("\nDatagrams that did not arrive, which are in no figure above, per cent:\n\n| |");
    series
        .keySet()
        .forEach(
            n ->
                text.append(" wg4j, ")
                    .append(n)
                    .append(" CPU | in-tree, ")
                    .append(n)
                    .append(" CPU |"));
    text.append("\n|---|").append("---:|".repeat(2 * series.size())).append('\n');
    for (Workload workload : first.keySet()) {
      if (workload.countsLosses()) {
        text.append("| ").append(workload.title()).append(" |");
        for (Map<Workload, Rounds<Measurement>> of : series.values()) {
          Rounds<Measurement> one = of.get(workload);
          text.append(' ').append(Spread.of(losses(one.ours())).text(2)).append(" | ");
          text.append(Spread.of(losses(one.inTree())).text(2)).append(" |");
        }
        text.append('\n');
      }
    }
    return text.toString();
  }

  private String csv(String origin) {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    lines.add("# SPDX-License-Identifier: Apache-2.0");
    lines.add("# " + origin);
    lines.add("cpus,workload,round,ours_to_intree,ours_lost_percent,intree_lost_percent");
    series.forEach(
        (cpus, of) ->
            of.forEach(
                (workload, one) -> {
                  List<Double> ratios = ratios(one.ours(), one.inTree());
                  for (int i = 0; i < ratios.size(); i++) {
                    lines.add(
                        String.format(
                            Locale.ROOT,
                            "%d,%s,%d,%.3f,%.2f,%.2f",
                            cpus,
                            workload,
                            i + 1,
                            ratios.get(i),
                            losses(one.ours()).get(i),
                            losses(one.inTree()).get(i)));
                  }
                }));
    return lines.toString();
  }

  void write(Path directory, String origin) {
    ReportFiles.write(directory, "cpus", Map.of("csv", csv(origin), "md", markdown(origin)));
  }
}
