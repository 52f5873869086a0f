// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Applies a table to a peer's timers. */
public record Machine(Table table, Limits limits) {

  /** The timers afterwards, and what is to be done. */
  public record Outcome(Timers timers, Set<Action> actions) {}

  /** An event at a moment. */
  public Outcome raise(Timers before, Event event, long now) {
    Row row = table.row(classify(before, event), before.state());
    List<Long> deadlines = new ArrayList<>(before.deadlines());
    for (Timer timer : Timer.values()) {
      if (row.cancel().contains(timer)) {
        deadlines.set(timer.ordinal(), 0L);
      }
      boolean idle = deadlines.get(timer.ordinal()) == 0;
      if (row.arm().contains(timer) || row.armIfIdle().contains(timer) && idle) {
        long duration = limits.durations().of(timer, before.persistent());
        deadlines.set(timer.ordinal(), duration == 0 ? 0 : now + duration);
      }
    }
    // The note of more data lives as long as the timer runs that it belongs to.
    boolean ends =
        row.cancel().contains(Timer.PASSIVE_KEEPALIVE)
            || row.arm().contains(Timer.PASSIVE_KEEPALIVE);
    Timers after =
        new Timers(
            row.next().orElse(before.state()),
            (row.anew() ? 0 : before.tries()) + (row.count() ? 1 : 0),
            row.moreData() || before.moreData() && !ends,
            before.persistent(),
            List.copyOf(deadlines));
    return new Outcome(after, row.actions());
  }

  /** Hears every timer whose deadline has passed. */
  public Outcome expire(Timers before, long now) {
    Timers timers = before;
    Set<Action> actions = EnumSet.noneOf(Action.class);
    for (Timer timer : Timer.values()) {
      if (timers.isDue(timer, now)) {
        Outcome outcome = raise(timers, Event.dueOf(timer), now);
        timers = outcome.timers();
        actions.addAll(outcome.actions());
      }
    }
    return new Outcome(timers, actions);
  }

  private Event classify(Timers timers, Event event) {
    boolean persistent = timers.persistent() != 0;
    return switch (event) {
      case START -> persistent ? Event.START_PERSISTENT : event;
      case DATA_RECEIVED ->
          timers.isArmed(Timer.PASSIVE_KEEPALIVE) ? Event.MORE_DATA_RECEIVED : event;
      case PASSIVE_KEEPALIVE_DUE -> timers.moreData() ? Event.KEEPALIVE_STILL_OWED : event;
      case PERSISTENT_DUE -> persistent ? event : Event.PERSISTENT_ENDS;
      case PERSISTENT_CHANGED -> {
        if (!persistent) {
          yield Event.PERSISTENT_ENDS;
        }
        yield timers.isArmed(Timer.PERSISTENT) ? event : Event.PERSISTENT_BEGINS;
      }
      case RETRANSMIT_DUE -> timers.tries() >= limits.tries() ? Event.GIVE_UP : event;
      default -> event;
    };
  }
}
