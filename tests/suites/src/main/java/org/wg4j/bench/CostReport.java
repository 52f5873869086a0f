// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.ToDoubleFunction;

/**
 * Collects rounds of {@link MachinesBench}; writes {@code machines.csv} and {@code machines.md}.
 */
final class CostReport {
  /** By load. */
  private final Map<String, Rounds<Cost>> series = new LinkedHashMap<>();

  void add(Cost cost) {
    series.computeIfAbsent(cost.load(), key -> new Rounds<>()).add(cost.contender(), cost);
  }

  private static String cell(List<Cost> rounds, ToDoubleFunction<Cost> figure, int decimals) {
    return Spread.of(rounds.stream().map(figure::applyAsDouble).toList()).text(decimals);
  }

  private static double ratio(Rounds<Cost> one, int round) {
    return one.inTree().get(round).decisive() / one.ours().get(round).decisive();
  }

  String markdown(String origin) {
    StringBuilder text = new StringBuilder();
    text.append("<!-- SPDX-License-Identifier: Apache-2.0 -->\n<!-- ").append(origin);
    text.append(" -->\n\n# Two machines\n\n");
    text.append("Instructions for each packet: the median of the rounds, and the least and the");
    text.append(" greatest. The ratio is of the end that has more to do, and of both where one");
    text.append(" waits for the other.\n\n");
    text.append("| | in-tree, sends | in-tree, receives | wg4j, sends | wg4j, receives |");
    text.append(" in-tree : wg4j | in-tree, lost % | wg4j, lost % |\n");
    text.append("|---|---:|---:|---:|---:|---:|---:|---:|\n");
    series.forEach(
        (load, one) -> {
          StringJoiner cells = new StringJoiner(" | ", "| ", " |\n").add(load);
          for (List<Cost> rounds : List.of(one.inTree(), one.ours())) {
            cells.add(cell(rounds, Cost::sender, 0)).add(cell(rounds, Cost::receiver, 0));
          }
          List<Double> ratios = new ArrayList<>();
          for (int i = 0; i < one.ours().size(); i++) {
            ratios.add(ratio(one, i));
          }
          cells.add(Spread.of(ratios).text(2));
          for (List<Cost> rounds : List.of(one.inTree(), one.ours())) {
            cells.add(cell(rounds, cost -> 100 * cost.lostShare(), 1));
          }
          text.append(cells);
        });
    return text.toString();
  }

  private String csv(String origin) {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    lines.add("# SPDX-License-Identifier: Apache-2.0");
    lines.add("# " + origin);
    lines.add("load,contender,round,sender,receiver,lost_percent");
    series.forEach(
        (load, one) -> {
          for (List<Cost> rounds : List.of(one.inTree(), one.ours())) {
            for (int i = 0; i < rounds.size(); i++) {
              Cost cost = rounds.get(i);
              lines.add(
                  String.format(
                      Locale.ROOT,
                      "\"%s\",%s,%d,%.0f,%.0f,%.2f",
                      load,
                      cost.contender(),
                      i + 1,
                      cost.sender(),
                      cost.receiver(),
                      100 * cost.lostShare()));
            }
          }
        });
    return lines.toString();
  }

  void write(Path directory, String origin) {
    ReportFiles.write(directory, "machines", Map.of("csv", csv(origin), "md", markdown(origin)));
  }
}
