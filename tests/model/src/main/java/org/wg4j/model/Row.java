// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What one event does in one state.
 *
 * @param next the state after it; empty: the same
 * @param anew the count of initiations begins at zero
 * @param count and then counts one more
 * @param moreData to be remembered: more data came while the passive keepalive was armed
 * @param cancel timers that become idle
 * @param arm timers that run from now, also those that were armed
 * @param armIfIdle timers that run from now unless they were armed
 * @param actions what is to be done
 */
public record Row(
    Optional<State> next,
    boolean anew,
    boolean count,
    boolean moreData,
    Set<Timer> cancel,
    Set<Timer> arm,
    Set<Timer> armIfIdle,
    Set<Action> actions) {

  private static final Row NOTHING =
      new Row(Optional.empty(), false, false, false, Set.of(), Set.of(), Set.of(), Set.of());

  static Row stay() {
    return NOTHING;
  }

  static Row to(State next) {
    return NOTHING.next(Optional.of(next));
  }

  Row next(Optional<State> state) {
    return new Row(state, anew, count, moreData, cancel, arm, armIfIdle, actions);
  }

  Row anew(boolean begins) {
    return new Row(next, begins, count, moreData, cancel, arm, armIfIdle, actions);
  }

  Row count(boolean counts) {
    return new Row(next, anew, counts, moreData, cancel, arm, armIfIdle, actions);
  }

  Row moreData(boolean noted) {
    return new Row(next, anew, count, noted, cancel, arm, armIfIdle, actions);
  }

  Row cancel(Timer... timers) {
    return new Row(next, anew, count, moreData, set(timers), arm, armIfIdle, actions);
  }

  Row arm(Timer... timers) {
    return new Row(next, anew, count, moreData, cancel, set(timers), armIfIdle, actions);
  }

  Row armIfIdle(Timer... timers) {
    return new Row(next, anew, count, moreData, cancel, arm, set(timers), actions);
  }

  Row act(Action... asked) {
    return new Row(next, anew, count, moreData, cancel, arm, armIfIdle, set(asked));
  }

  private static <E extends Enum<E>> Set<E> set(E[] elements) {
    return elements.length == 0
        ? Set.of()
        : Collections.unmodifiableSet(EnumSet.copyOf(Arrays.asList(elements)));
  }
}
