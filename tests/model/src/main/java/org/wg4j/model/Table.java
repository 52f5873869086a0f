// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import static org.wg4j.model.Action.DROP_STAGED;
import static org.wg4j.model.Action.FORGET_SOURCE;
import static org.wg4j.model.Action.SEND_INITIATION;
import static org.wg4j.model.Action.SEND_KEEPALIVE;
import static org.wg4j.model.Event.DATA_RECEIVED;
import static org.wg4j.model.Event.DATA_SENT;
import static org.wg4j.model.Event.GIVE_UP;
import static org.wg4j.model.Event.HANDSHAKE_COMPLETE;
import static org.wg4j.model.Event.HANDSHAKE_WANTED;
import static org.wg4j.model.Event.INITIATION_SENT;
import static org.wg4j.model.Event.KEEPALIVE_STILL_OWED;
import static org.wg4j.model.Event.MORE_DATA_RECEIVED;
import static org.wg4j.model.Event.NEW_HANDSHAKE_DUE;
import static org.wg4j.model.Event.PASSIVE_KEEPALIVE_DUE;
import static org.wg4j.model.Event.PERSISTENT_BEGINS;
import static org.wg4j.model.Event.PERSISTENT_CHANGED;
import static org.wg4j.model.Event.PERSISTENT_DUE;
import static org.wg4j.model.Event.PERSISTENT_ENDS;
import static org.wg4j.model.Event.RECEIVED;
import static org.wg4j.model.Event.RETRANSMIT_DUE;
import static org.wg4j.model.Event.SENT;
import static org.wg4j.model.Event.SESSION_DERIVED;
import static org.wg4j.model.Event.START;
import static org.wg4j.model.Event.START_PERSISTENT;
import static org.wg4j.model.Event.STOP;
import static org.wg4j.model.Event.ZERO_KEYS_DUE;
import static org.wg4j.model.Row.stay;
import static org.wg4j.model.Row.to;
import static org.wg4j.model.State.HANDSHAKING;
import static org.wg4j.model.State.QUIET;
import static org.wg4j.model.State.STOPPED;
import static org.wg4j.model.Timer.NEW_HANDSHAKE;
import static org.wg4j.model.Timer.PASSIVE_KEEPALIVE;
import static org.wg4j.model.Timer.PERSISTENT;
import static org.wg4j.model.Timer.RETRANSMIT;
import static org.wg4j.model.Timer.ZERO_KEYS;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The timer table: one row for each event (or case of one) in each state.
 *
 * <p>{@link #SPECIFIED} says what {@code kernel/timers.c} has to do. It is written down here a
 * second time, not derived: who changes one of them has to change the other.
 */
public final class Table {
  /** The table as it has to be. */
  public static final Table SPECIFIED =
      new Builder()
          .rows(START, to(QUIET), stay(), stay())
          .rows(START_PERSISTENT, to(QUIET).arm(PERSISTENT).act(SEND_KEEPALIVE), stay(), stay())
          .up(STOP, to(STOPPED).anew(true).cancel(Timer.values()))
          // Traffic
          .up(DATA_SENT, stay().armIfIdle(NEW_HANDSHAKE))
          .up(DATA_RECEIVED, stay().arm(PASSIVE_KEEPALIVE))
          .up(MORE_DATA_RECEIVED, stay().moreData(true))
          .up(SENT, stay().cancel(PASSIVE_KEEPALIVE).arm(PERSISTENT))
          .up(RECEIVED, stay().cancel(NEW_HANDSHAKE).arm(PERSISTENT))
          // Handshakes
          .up(HANDSHAKE_WANTED, stay().anew(true), stay().anew(true).count(true))
          .up(
              INITIATION_SENT,
              to(HANDSHAKING).anew(true).count(true).arm(RETRANSMIT),
              stay().arm(RETRANSMIT))
          .up(
              RETRANSMIT_DUE,
              stay(),
              stay().count(true).arm(RETRANSMIT).act(SEND_INITIATION, FORGET_SOURCE))
          .up(
              GIVE_UP,
              stay(),
              to(QUIET)
                  .anew(true)
                  .cancel(RETRANSMIT, PASSIVE_KEEPALIVE)
                  .armIfIdle(ZERO_KEYS)
                  .act(DROP_STAGED))
          .up(HANDSHAKE_COMPLETE, stay().anew(true), to(QUIET).anew(true).cancel(RETRANSMIT))
          .up(SESSION_DERIVED, stay().arm(ZERO_KEYS))
          .up(
              NEW_HANDSHAKE_DUE,
              stay().anew(true).cancel(NEW_HANDSHAKE).act(SEND_INITIATION, FORGET_SOURCE),
              stay()
                  .anew(true)
                  .count(true)
                  .cancel(NEW_HANDSHAKE)
                  .act(SEND_INITIATION, FORGET_SOURCE))
          .up(ZERO_KEYS_DUE, stay().cancel(ZERO_KEYS).act(Action.ZERO_KEYS))
          // Keepalives
          .up(PASSIVE_KEEPALIVE_DUE, stay().cancel(PASSIVE_KEEPALIVE).act(SEND_KEEPALIVE))
          .up(KEEPALIVE_STILL_OWED, stay().arm(PASSIVE_KEEPALIVE).act(SEND_KEEPALIVE))
          .up(PERSISTENT_DUE, stay().arm(PERSISTENT).act(SEND_KEEPALIVE))
          .up(PERSISTENT_CHANGED, stay())
          .up(PERSISTENT_BEGINS, stay().arm(PERSISTENT).act(SEND_KEEPALIVE))
          .up(PERSISTENT_ENDS, stay().cancel(PERSISTENT))
          .build();

  private final Map<Event, Map<State, Row>> rows;

  private Table(Map<Event, Map<State, Row>> rows) {
    this.rows = rows;
  }

  /** The row of an event in a state. */
  public Row row(Event event, State state) {
    return rows.get(event).get(state);
  }

  /** This table with another row in one place. */
  public Table with(Event event, State state, Row row) {
    Map<State, Row> states = new EnumMap<>(rows.get(event));
    states.put(state, row);
    Map<Event, Map<State, Row>> all = new EnumMap<>(rows);
    all.put(event, states);
    return new Table(all);
  }

  /** Takes each event once, and none may be missing in the end. */
  static final class Builder {
    private final Map<Event, Map<State, Row>> rows = new EnumMap<>(Event.class);

    Builder rows(Event event, Row stopped, Row quiet, Row handshaking) {
      Map<State, Row> states =
          new EnumMap<>(Map.of(STOPPED, stopped, QUIET, quiet, HANDSHAKING, handshaking));
      if (rows.put(event, states) != null) {
        throw new IllegalStateException(event + " has its rows twice");
      }
      return this;
    }

    /** For a peer that is up; one that is stopped ignores the event. */
    Builder up(Event event, Row quiet, Row handshaking) {
      return rows(event, stay(), quiet, handshaking);
    }

    Builder up(Event event, Row row) {
      return up(event, row, row);
    }

    Table build() {
      String missing =
          Arrays.stream(Event.values())
              .filter(event -> !rows.containsKey(event))
              .map(Event::name)
              .collect(Collectors.joining(", "));
      if (!missing.isEmpty()) {
        throw new IllegalStateException("no rows for " + missing);
      }
      return new Table(rows);
    }
  }
}
