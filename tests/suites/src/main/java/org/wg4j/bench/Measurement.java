// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.util.Comparator;
import java.util.List;

/**
 * One figure.
 *
 * @param value in the workload's unit; a second is 10⁹ guest instructions
 * @param lost UDP packets that did not arrive, in the same unit; they are not in the value
 * @param packets that arrived; NaN where none are counted
 * @param switches between processes, for each of these packets
 */
record Measurement(
    Contender contender,
    Workload workload,
    double value,
    double lost,
    double packets,
    double switches) {
  /** The one whose value is in the middle, with all that belongs to it. */
  static Measurement median(List<Measurement> measurements) {
    return measurements.stream()
        .sorted(Comparator.comparingDouble(Measurement::value))
        .skip((measurements.size() - 1) / 2)
        .findFirst()
        .orElseThrow();
  }

  /** The part of what was sent that did not arrive. */
  double lostShare() {
    return lost / (value + lost);
  }
}
