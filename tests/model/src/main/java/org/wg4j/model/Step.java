// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.wg4j.model.Machine.Outcome;
import org.wg4j.model.Peer.Age;
import org.wg4j.model.Peer.Staged;

/**
 * One step of a peer: a working copy, and what it sends. What is decided here, and not by the
 * table, follows {@code kernel/path} and {@code kernel/noise/session.c}.
 */
final class Step {
  /** Deadlines are relative, so it is always the same moment. */
  static final long NOW = 1;

  /** An initiation keeps others back for as long as the response to it is waited for. */
  private static final int HOLD = 1;

  private final Machine machine;
  private final Side side;
  private final int holdOfResponse;

  private Timers timers;
  private int hold;
  private Staged staged;
  private int outstanding;
  private int newest;
  private Session current;
  private Age age;
  private Session previous;
  private Session next;
  private int lastNumber;

  final List<Message> sent = new ArrayList<>();
  final Set<Action> asked = EnumSet.noneOf(Action.class);

  /**
   * @param lastNumber the greatest number that names an initiation of this side
   * @param holdOfResponse for how long a response keeps initiations back
   */
  Step(Machine machine, Side side, Peer peer, int lastNumber, int holdOfResponse) {
    this.machine = machine;
    this.side = side;
    this.lastNumber = lastNumber;
    this.holdOfResponse = holdOfResponse;
    timers = peer.timers();
    hold = peer.hold();
    staged = peer.staged();
    outstanding = peer.outstanding();
    newest = peer.newest();
    current = peer.current();
    age = peer.age();
    previous = peer.previous();
    next = peer.next();
  }

  Peer peer() {
    return new Peer(timers, hold, staged, outstanding, newest, current, age, previous, next);
  }

  void start() {
    raise(Event.START);
    flush();
  }

  void stop() {
    raise(Event.STOP);
    forgetSessions();
    staged = Staged.NOTHING;
    hold = 0;
  }

  /** The applications above have a packet for the other side. */
  void offer() {
    staged = Staged.DATA;
    flush();
  }

  void expire() {
    Outcome outcome = machine.expire(timers, NOW);
    timers = outcome.timers();
    act(outcome.actions());
  }

  void receive(Message message) {
    switch (message.kind()) {
      case INITIATION -> receiveInitiation(message.session());
      case RESPONSE -> receiveResponse(message.session());
      case KEEPALIVE -> receiveData(message.session(), false);
      case DATA -> receiveData(message.session(), true);
    }
  }

  private void raise(Event... events) {
    Set<Action> actions = EnumSet.noneOf(Action.class);
    for (Event event : EnumSet.copyOf(Arrays.asList(events))) {
      Outcome outcome = machine.raise(timers, event, NOW);
      timers = outcome.timers();
      actions.addAll(outcome.actions());
    }
    act(actions);
  }

  /** A keepalive leaves at once; what needs computing is done a little later. */
  private void act(Set<Action> actions) {
    asked.addAll(actions);
    if (actions.contains(Action.DROP_STAGED)) {
      staged = Staged.NOTHING;
    }
    if (actions.contains(Action.SEND_KEEPALIVE)) {
      keepalive();
    }
    if (actions.contains(Action.ZERO_KEYS)) {
      forgetSessions();
    }
    if (actions.contains(Action.SEND_INITIATION)) {
      initiate();
    }
  }

  private void forgetSessions() {
    outstanding = 0;
    current = Session.NONE;
    age = Age.FRESH;
    previous = Session.NONE;
    next = Session.NONE;
  }

  private void request() {
    raise(Event.HANDSHAKE_WANTED);
    initiate();
  }

  private void initiate() {
    if (hold > 0) {
      return;
    }
    outstanding = ++lastNumber;
    hold = HOLD;
    sent.add(new Message(side.other(), Message.Kind.INITIATION, new Session(side, outstanding)));
    raise(Event.SENT, Event.INITIATION_SENT);
  }

  private void keepalive() {
    if (staged == Staged.NOTHING) {
      staged = Staged.KEEPALIVE;
    }
    flush();
  }

  private void flush() {
    if (staged == Staged.NOTHING) {
      return;
    }
    if (!current.exists()) {
      request();
      return;
    }
    boolean data = staged == Staged.DATA;
    staged = Staged.NOTHING;
    sent.add(new Message(side.other(), data ? Message.Kind.DATA : Message.Kind.KEEPALIVE, current));
    if (data) {
      raise(Event.DATA_SENT, Event.SENT);
    } else {
      raise(Event.SENT);
    }
    if (age != Age.FRESH) {
      request();
    }
  }

  private void receiveInitiation(Session session) {
    if (timers.state() == State.STOPPED || session.number() <= newest) {
      return;
    }
    newest = session.number();
    next = session;
    previous = Session.NONE;
    sent.add(new Message(side.other(), Message.Kind.RESPONSE, session));
    hold = holdOfResponse;
    raise(Event.RECEIVED, Event.SENT, Event.SESSION_DERIVED);
  }

  private void receiveResponse(Session session) {
    if (timers.state() == State.STOPPED || session.number() != outstanding) {
      return;
    }
    outstanding = 0;
    previous = next.exists() ? next : current;
    next = Session.NONE;
    current = session;
    age = Age.FRESH;
    raise(Event.RECEIVED, Event.HANDSHAKE_COMPLETE, Event.SESSION_DERIVED);
    keepalive();
  }

  private void receiveData(Session session, boolean data) {
    if (!peer().knows(session)) {
      return;
    }
    Set<Event> events = EnumSet.of(Event.RECEIVED);
    boolean confirmed = session.equals(next);
    if (confirmed) {
      previous = current;
      current = next;
      age = Age.FRESH;
      next = Session.NONE;
      events.add(Event.HANDSHAKE_COMPLETE);
    }
    if (data) {
      events.add(Event.DATA_RECEIVED);
    }
    raise(events.toArray(Event[]::new));
    if (confirmed) {
      flush();
    }
    if (session.equals(current) && age == Age.OLD) {
      age = Age.OLD_AND_ASKED;
      request();
    }
  }
}
