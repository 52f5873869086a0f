// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What was measured, to be asked for by what it is. */
record Results(List<Measurement> all) {
  Results {
    all = List.copyOf(all);
  }

  Optional<Measurement> find(Variant variant, Contender contender, Workload workload) {
    return all.stream()
        .filter(m -> m.variant() == variant)
        .filter(m -> m.contender() == contender && m.workload() == workload)
        .findFirst();
  }

  /** How many times as good as the in-tree module one is. */
  Optional<Double> ratio(Variant variant, Contender contender, Workload workload) {
    Optional<Measurement> one = find(variant, contender, workload);
    Optional<Measurement> inTree = find(variant, Contender.IN_TREE, workload);
    if (one.isEmpty() || inTree.isEmpty()) {
      return Optional.empty();
    }
    double ratio = one.get().value() / inTree.get().value();
    return Optional.of(workload.lessIsBetter() ? 1 / ratio : ratio);
  }

  List<Variant> variants() {
    return Arrays.stream(Variant.values())
        .filter(variant -> all.stream().anyMatch(m -> m.variant() == variant))
        .toList();
  }

  /** Those that were measured in a variant, in their order. */
  List<Contender> contenders(Variant variant) {
    return Arrays.stream(Contender.values())
        .filter(c -> all.stream().anyMatch(m -> m.variant() == variant && m.contender() == c))
        .toList();
  }

  /** Those that were measured in a variant, in their order. */
  List<Workload> workloads(Variant variant) {
    return Arrays.stream(Workload.values())
        .filter(w -> all.stream().anyMatch(m -> m.variant() == variant && m.workload() == w))
        .toList();
  }
}
