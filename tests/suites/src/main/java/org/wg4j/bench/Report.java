// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/** Writes what was measured: {@code NAME.csv}, {@code NAME.md} and a plot, {@code NAME.svg}. */
final class Report {
  private final Results results;
  private final String origin;

  /**
   * @param origin the command and the versions that made them, for whoever reads the files
   */
  Report(Variant variant, List<Measurement> measurements, String origin) {
    this.results = new Results(variant, measurements);
    this.origin = origin;
  }

  void write(Path directory, String name) {
    ReportFiles.write(
        directory,
        name,
        Map.of("csv", csv(), "md", markdown(), "svg", new Plot(results).svg(origin)));
  }

  private String csv() {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    lines.add("# SPDX-License-Identifier: Apache-2.0");
    lines.add("# " + origin);
    lines.add("variant,contender,workload,unit,value,lost,switches_per_packet");
    for (Measurement m : results.all()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%s,%.1f,%.0f,%.3f",
              results.variant(),
              m.contender(),
              m.workload(),
              m.workload().unit(),
              m.value(),
              m.lost(),
              m.switches()));
    }
    return lines.toString();
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("<!-- SPDX-License-Identifier: Apache-2.0 -->\n");
    text.append("<!-- ").append(origin).append(" -->\n");
    text.append("\n# What tunnels cost: ").append(results.variant().title()).append("\n\n");
    figures(text);
    text.append("\nSwitches between processes, for each packet:\n\n");
    switches(text);
    return text.toString();
  }

  private void figures(StringBuilder text) {
    List<Contender> contenders = results.contenders();
    heading(text, contenders, " wg4j : in-tree |");
    for (Workload workload : results.workloads()) {
      text.append("| ").append(workload.title()).append(", ").append(workload.unit());
      text.append(" |");
      for (Contender contender : contenders) {
        cell(text, results.find(contender, workload).map(Report::figure));
      }
      cell(text, results.ratio(Contender.OURS, workload).map(Report::twoDecimals));
      text.append('\n');
    }
  }

  private void switches(StringBuilder text) {
    List<Contender> contenders = results.contenders();
    heading(text, contenders, "");
    for (Workload workload : results.workloads()) {
      if (!workload.countsPackets()) {
        continue;
      }
      text.append("| ").append(workload.title()).append(" |");
      for (Contender contender : contenders) {
        cell(
            text,
            results.find(contender, workload).map(Measurement::switches).map(Report::twoDecimals));
      }
      text.append('\n');
    }
  }

  private static void heading(StringBuilder text, List<Contender> contenders, String last) {
    text.append("| |");
    contenders.forEach(contender -> text.append(' ').append(contender.title()).append(" |"));
    text.append(last).append("\n|---|");
    text.append("---:|".repeat(contenders.size() + (last.isEmpty() ? 0 : 1))).append('\n');
  }

  private static void cell(StringBuilder text, Optional<String> content) {
    content.ifPresent(value -> text.append(' ').append(value));
    text.append(" |");
  }

  private static String twoDecimals(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  private static String figure(Measurement m) {
    String value = String.format(Locale.ROOT, "%,.0f", m.value());
    return m.lost() == 0 ? value : value + String.format(Locale.ROOT, " (%,.0f lost)", m.lost());
  }
}
