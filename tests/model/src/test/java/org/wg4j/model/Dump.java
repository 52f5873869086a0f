// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.wg4j.model.Machine.Outcome;

/** The lines that {@code kernel/tests/timers_table.c} has to print for a table. */
final class Dump {
  private static final long NOW = 1_000_000;
  private static final long JITTER = 123;
  private static final int[] TRIES = {0, 1, 19, 20};
  private static final int WAYS = 243;

  private final Machine machine;
  private final List<String> lines = new ArrayList<>();

  private Dump(Table table) {
    machine = new Machine(table, Limits.real(JITTER));
  }

  static List<String> of(Table table) {
    Dump dump = new Dump(table);
    for (Event event : Event.RAISED) {
      dump.print(event.name(), false, timers -> dump.machine.raise(timers, event, NOW));
    }
    dump.print("EXPIRE", true, timers -> dump.machine.expire(timers, NOW));
    return dump.lines;
  }

  @FunctionalInterface
  private interface Occurrence {
    Outcome apply(Timers before);
  }

  private void print(String name, boolean withDue, Occurrence occurrence) {
    for (State state : State.values()) {
      for (int tries : TRIES) {
        for (int setting = 0; setting < 4; setting++) {
          for (int way = 0; way < WAYS; way++) {
            Timers before =
                new Timers(
                    state, tries, (setting & 1) != 0, (setting & 2) != 0 ? 25 : 0, deadlines(way));
            if (withDue || due(before).isEmpty()) {
              lines.add(line(name, before, occurrence.apply(before)));
            }
          }
        }
      }
    }
  }

  private static List<Long> deadlines(int way) {
    List<Long> deadlines = new ArrayList<>();
    for (Timer timer : Timer.values()) {
      deadlines.add(
          switch (way % 3) {
            case 0 -> 0L;
            case 1 -> NOW + 1 + timer.ordinal();
            default -> NOW - timer.ordinal();
          });
      way /= 3;
    }
    return deadlines;
  }

  private static List<Timer> due(Timers timers) {
    return Arrays.stream(Timer.values()).filter(timer -> timers.isDue(timer, NOW)).toList();
  }

  private static String line(String name, Timers before, Outcome outcome) {
    Timers after = outcome.timers();
    Set<Action> actions = outcome.actions();
    List<Timer> armed = Arrays.stream(Timer.values()).filter(before::isArmed).toList();
    return String.join(
        " ",
        name,
        settings(before),
        "persistent=" + before.persistent(),
        "armed=" + names(armed),
        "due=" + names(due(before)),
        "->",
        settings(after),
        Arrays.stream(Timer.values())
            .map(timer -> timer + "=" + fate(before.deadline(timer), after.deadline(timer)))
            .collect(joining(" ")),
        "next=" + next(after),
        "actions=" + names(Arrays.stream(Action.values()).filter(actions::contains).toList()));
  }

  private static String settings(Timers timers) {
    return timers.state()
        + " tries="
        + timers.tries()
        + " more_data="
        + (timers.moreData() ? 1 : 0);
  }

  private static String fate(long before, long after) {
    if (after == 0) {
      return "idle";
    }
    return after == before ? "kept" : "+" + (after - NOW);
  }

  private static String next(Timers timers) {
    return Arrays.stream(Timer.values())
        .filter(timers::isArmed)
        .reduce((one, other) -> timers.deadline(other) <= timers.deadline(one) ? other : one)
        .map(Timer::name)
        .orElse("none");
  }

  private static String names(Collection<? extends Enum<?>> set) {
    return set.isEmpty() ? "none" : set.stream().map(Enum::name).collect(joining("|"));
  }
}
