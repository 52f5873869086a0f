// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What was measured in one variant, to be asked for by what it is. */
record Results(Variant variant, List<Measurement> all) {
  Results {
    all = List.copyOf(all);
  }

  Optional<Measurement> find(Contender contender, Workload workload) {
    return all.stream()
        .filter(m -> m.contender() == contender && m.workload() == workload)
        .findFirst();
  }

  /** How many times as good as the in-tree module one is. */
  Optional<Double> ratio(Contender contender, Workload workload) {
    Optional<Measurement> one = find(contender, workload);
    Optional<Measurement> inTree = find(Contender.IN_TREE, workload);
    if (one.isEmpty() || inTree.isEmpty()) {
      return Optional.empty();
    }
    double ratio = one.get().value() / inTree.get().value();
    return Optional.of(workload.lessIsBetter() ? 1 / ratio : ratio);
  }

  /** Those that were measured, in their order. */
  List<Contender> contenders() {
    return Arrays.stream(Contender.values())
        .filter(c -> all.stream().anyMatch(m -> m.contender() == c))
        .toList();
  }

  /** Those that were measured, in their order. */
  List<Workload> workloads() {
    return Arrays.stream(Workload.values())
        .filter(w -> all.stream().anyMatch(m -> m.workload() == w))
        .toList();
  }
}
