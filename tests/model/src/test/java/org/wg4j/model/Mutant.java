// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** The table with one effect of one row left out. */
record Mutant(String name, Table table) {
  /** Every effect of every row, left out. */
  static List<Mutant> all() {
    List<Mutant> mutants = new ArrayList<>();
    for (Event event : Event.values()) {
      for (State state : State.values()) {
        Row row = Table.SPECIFIED.row(event, state);
        Collector collector = new Collector(event, state, mutants);
        row.next().ifPresent(next -> collector.add("to " + next, row.next(Optional.empty())));
        if (row.anew()) {
          collector.add("anew", row.anew(false));
        }
        if (row.count()) {
          collector.add("count", row.count(false));
        }
        if (row.moreData()) {
          collector.add("more data", row.moreData(false));
        }
        collector.addAll("cancel", row.cancel(), Timer[]::new, Row::cancel, row);
        collector.addAll("arm", row.arm(), Timer[]::new, Row::arm, row);
        collector.addAll("arm if idle", row.armIfIdle(), Timer[]::new, Row::armIfIdle, row);
        collector.addAll("do", row.actions(), Action[]::new, Row::act, row);
      }
    }
    return mutants;
  }

  private record Collector(Event event, State state, List<Mutant> mutants) {
    void add(String effect, Row row) {
      String name = "%s in %s does not: %s".formatted(event, state, effect);
      mutants.add(new Mutant(name, Table.SPECIFIED.with(event, state, row)));
    }

    <E> void addAll(
        String verb,
        Set<E> effects,
        java.util.function.IntFunction<E[]> array,
        BiFunction<Row, E[], Row> without,
        Row row) {
      for (E effect : effects) {
        E[] rest = effects.stream().filter(other -> other != effect).toArray(array);
        add(verb + " " + effect, without.apply(row, rest));
      }
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
