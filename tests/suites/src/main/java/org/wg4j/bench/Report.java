// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;

/** Writes what was measured: {@code NAME.csv}, {@code NAME.md} and a plot, {@code NAME.svg}. */
final class Report {
  private static final int BAR_HEIGHT = 16;
  private static final int LEFT = 220;
  private static final int UNIT_WIDTH = 180;

  private final List<Measurement> measurements;
  private final String origin;

  /**
   * @param origin the command and the versions that made them, for whoever reads the files
   */
  Report(List<Measurement> measurements, String origin) {
    this.measurements = List.copyOf(measurements);
    this.origin = origin;
  }

  void write(Path directory, String name) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve(name + ".csv"), csv());
      Files.writeString(directory.resolve(name + ".md"), markdown());
      Files.writeString(directory.resolve(name + ".svg"), plot());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String csv() {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    lines.add("# SPDX-License-Identifier: Apache-2.0");
    lines.add("# " + origin);
    lines.add("variant,contender,workload,unit,value,lost,switches_per_packet");
    for (Measurement m : measurements) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%s,%.1f,%.0f,%.3f",
              m.variant(),
              m.contender(),
              m.workload(),
              m.workload().unit(),
              m.value(),
              m.lost(),
              m.switches()));
    }
    return lines.toString();
  }

  private Optional<Measurement> find(Variant variant, Contender contender, Workload workload) {
    return measurements.stream()
        .filter(m -> m.variant() == variant)
        .filter(m -> m.contender() == contender && m.workload() == workload)
        .findFirst();
  }

  /** How many times as good as the in-tree module ours is. */
  private Optional<Double> ratio(Variant variant, Workload workload) {
    Optional<Measurement> ours = find(variant, Contender.OURS, workload);
    Optional<Measurement> inTree = find(variant, Contender.IN_TREE, workload);
    if (ours.isEmpty() || inTree.isEmpty()) {
      return Optional.empty();
    }
    double ratio = ours.get().value() / inTree.get().value();
    return Optional.of(workload.lessIsBetter() ? 1 / ratio : ratio);
  }

  private List<Variant> variants() {
    return Arrays.stream(Variant.values())
        .filter(variant -> measurements.stream().anyMatch(m -> m.variant() == variant))
        .toList();
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("<!-- SPDX-License-Identifier: Apache-2.0 -->\n");
    text.append("<!-- ").append(origin).append(" -->\n");
    text.append("\n# What tunnels cost\n");
    for (Variant variant : variants()) {
      text.append("\n## ").append(variant.title()).append("\n\n| |");
      for (Contender contender : Contender.values()) {
        text.append(' ').append(contender.title()).append(" |");
      }
      text.append(" wg4j : in-tree | switches a packet, in-tree | wg4j |\n|---|");
      text.append("---:|".repeat(Contender.values().length + 3)).append('\n');
      for (Workload workload : Workload.values()) {
        text.append(row(variant, workload));
      }
    }
    return text.toString();
  }

  private String row(Variant variant, Workload workload) {
    StringBuilder row = new StringBuilder("| ");
    row.append(workload.title()).append(", ").append(workload.unit()).append(" |");
    for (Contender contender : Contender.values()) {
      row.append(
          find(variant, contender, workload)
              .map(m -> String.format(Locale.ROOT, " %s |", cell(m)))
              .orElse(" |"));
    }
    row.append(
        ratio(variant, workload)
            .map(ratio -> String.format(Locale.ROOT, " %.2f |", ratio))
            .orElse(" |"));
    for (Contender contender : List.of(Contender.IN_TREE, Contender.OURS)) {
      row.append(
          find(variant, contender, workload)
              .filter(m -> !Double.isNaN(m.switches()))
              .map(m -> String.format(Locale.ROOT, " %.2f |", m.switches()))
              .orElse(" |"));
    }
    return row.append('\n').toString();
  }

  private static String cell(Measurement m) {
    String value = String.format(Locale.ROOT, "%,.0f", m.value());
    return m.lost() == 0 ? value : value + String.format(Locale.ROOT, " (%,.0f lost)", m.lost());
  }

  /** A bar for each workload: how many times as good as the in-tree module. */
  private String plot() {
    StringBuilder bars = new StringBuilder();
    int y = 30;
    for (Variant variant : variants()) {
      bars.append(text(8, y, "bold", variant.title()));
      y += BAR_HEIGHT + 4;
      for (Workload workload : Workload.values()) {
        Optional<Double> ratio = ratio(variant, workload);
        if (ratio.isEmpty()) {
          continue;
        }
        bars.append(text(8, y, "normal", workload.title()));
        bars.append(
            String.format(
                Locale.ROOT,
                "<rect x='%d' y='%d' width='%.0f' height='%d' fill='%s'/>%n",
                LEFT,
                y - BAR_HEIGHT + 4,
                ratio.get() * UNIT_WIDTH,
                BAR_HEIGHT - 3,
                ratio.get() < 1 ? "#c44" : "#48a"));
        bars.append(
            text(
                LEFT + 4 + (int) (ratio.get() * UNIT_WIDTH),
                y,
                "normal",
                String.format(Locale.ROOT, "%.2f", ratio.get())));
        y += BAR_HEIGHT;
      }
      y += BAR_HEIGHT;
    }
    return String.format(
        Locale.ROOT,
        """
        <!-- SPDX-License-Identifier: Apache-2.0 -->
        <!-- %s -->
        <svg xmlns='http://www.w3.org/2000/svg' width='760' height='%d' font-family='sans-serif' font-size='12'>
        <rect width='760' height='%d' fill='white'/>
        <line x1='%d' y1='20' x2='%d' y2='%d' stroke='black'/>
        %s%s</svg>
        """,
        origin,
        y,
        y,
        LEFT + UNIT_WIDTH,
        LEFT + UNIT_WIDTH,
        y - BAR_HEIGHT,
        text(LEFT + UNIT_WIDTH - 40, 14, "normal", "in-tree = 1"),
        bars);
  }

  private static String text(int x, int y, String weight, String text) {
    return String.format(
        Locale.ROOT, "<text x='%d' y='%d' font-weight='%s'>%s</text>%n", x, y, weight, text);
  }
}
