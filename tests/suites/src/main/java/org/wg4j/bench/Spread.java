// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.util.List;
import java.util.Locale;

/** What several rounds measured: the median, and the least and the greatest. */
record Spread(double median, double least, double greatest) {
  static Spread of(List<Double> rounds) {
    List<Double> sorted = rounds.stream().sorted().toList();
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return new Spread(median, sorted.get(0), sorted.get(sorted.size() - 1));
  }

  String text(int decimals) {
    String number = "%,." + decimals + "f";
    return String.format(
        Locale.ROOT, number + " (" + number + " to " + number + ")", median, least, greatest);
  }
}
