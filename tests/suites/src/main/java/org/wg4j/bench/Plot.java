// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;

/**
 * A row for each workload, and on it a dot for each tunnel: how many times as good as the in-tree
 * module, on a logarithmic axis. What ours is, is written beside the row.
 */
final class Plot {
  private static final int ROW = 18;
  private static final int LEFT = 230;
  private static final int WIDTH = 560;
  private static final int RIGHT = 70;
  private static final int LEGEND_COLUMN = 150;

  private final Results results;
  private final List<Contender> contenders;
  private final StringBuilder marks = new StringBuilder();
  private final int leastPower;
  private final int greatestPower;

  Plot(Results results) {
    this.results = results;
    this.contenders =
        List.of(Contender.values()).stream()
            .filter(Contender::isTunnel)
            .filter(c -> results.all().stream().anyMatch(m -> m.contender() == c))
            .toList();
    DoubleSummaryStatistics powers =
        results.all().stream()
            .filter(m -> m.contender().isTunnel())
            .flatMap(m -> results.ratio(m.contender(), m.workload()).stream())
            .mapToDouble(Math::log10)
            .summaryStatistics();
    this.leastPower = (int) Math.floor(Math.min(powers.getMin(), -0.01));
    this.greatestPower = (int) Math.ceil(Math.max(powers.getMax(), 0.01));
  }

  String svg(String origin) {
    int y = legend();
    int top = y;
    y += ROW;
    text(8, y, "bold", results.variant().title());
    for (Workload workload : results.workloads()) {
      if (results.ratio(Contender.IN_TREE, workload).isPresent()) {
        y += ROW;
        row(y, workload);
      }
    }
    y += ROW / 2;
    int width = LEFT + WIDTH + RIGHT;
    return String.format(
        Locale.ROOT,
        """
        <!-- SPDX-License-Identifier: Apache-2.0 -->
        <!-- %s -->
        <svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='12'>
        <rect width='%d' height='%d' fill='white'/>
        %s%s</svg>
        """,
        origin,
        width,
        y,
        width,
        y,
        axis(top, y),
        marks);
  }

  /** Says which colour is whose; returns where it ends. */
  private int legend() {
    int perLine = (LEFT + WIDTH + RIGHT) / LEGEND_COLUMN;
    for (int i = 0; i < contenders.size(); i++) {
      int x = 14 + i % perLine * LEGEND_COLUMN;
      int y = 18 + i / perLine * ROW;
      dot(x, y, contenders.get(i));
      text(x + 10, y, "normal", contenders.get(i).title());
    }
    return 18 + (contenders.size() + perLine - 1) / perLine * ROW;
  }

  private String axis(int top, int bottom) {
    StringBuilder lines = new StringBuilder();
    for (int power = leastPower; power <= greatestPower; power++) {
      double ratio = Math.pow(10, power);
      lines.append(
          String.format(
              Locale.ROOT,
              "<line x1='%.0f' y1='%d' x2='%.0f' y2='%d' stroke='%s'/>%n",
              x(ratio),
              top + 4,
              x(ratio),
              bottom,
              power == 0 ? "black" : "#ccc"));
      text(
          (int) x(ratio) - 8, top, "normal", power < 0 ? Double.toString(ratio) : "" + (int) ratio);
    }
    return lines.toString();
  }

  private void row(int y, Workload workload) {
    text(8, y, "normal", workload.title());
    for (Contender contender : contenders) {
      results.ratio(contender, workload).ifPresent(ratio -> dot(x(ratio), y, contender));
    }
    results
        .ratio(Contender.OURS, workload)
        .ifPresent(
            ratio ->
                text(LEFT + WIDTH + 12, y, "normal", String.format(Locale.ROOT, "%.2f", ratio)));
  }

  private double x(double ratio) {
    return LEFT + (Math.log10(ratio) - leastPower) / (greatestPower - leastPower) * WIDTH;
  }

  private void dot(double x, int y, Contender contender) {
    marks.append(
        String.format(
            Locale.ROOT,
            "<circle cx='%.0f' cy='%d' r='5' fill='%s' fill-opacity='0.8'/>%n",
            x,
            y - 4,
            colour(contender)));
  }

  private void text(int x, int y, String weight, String text) {
    marks.append(
        String.format(
            Locale.ROOT, "<text x='%d' y='%d' font-weight='%s'>%s</text>%n", x, y, weight, text));
  }

  static String colour(Contender contender) {
    return switch (contender) {
      case VETH, IN_TREE -> "#000000";
      case OURS -> "#d62728";
      case WIREGUARD_GO -> "#1f77b4";
      case IPSEC_CHACHA -> "#2ca02c";
      case IPSEC_AES -> "#98df8a";
      case OPENVPN -> "#ff7f0e";
      case SOFTETHER -> "#9467bd";
    };
  }
}
