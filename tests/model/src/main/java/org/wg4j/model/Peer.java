// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

/**
 * All that a peer knows of the other one.
 *
 * @param timers in ticks: 1 is due, 2 is due after one tick; ZERO_KEYS is far away
 * @param hold ticks until another initiation may be sent
 * @param staged what waits for a session
 * @param outstanding the number of the initiation that waits for a response; 0: none
 * @param newest the greatest number of an initiation accepted; 0: any would be accepted
 * @param current what it sends with
 * @param age of the current session
 * @param previous what it still receives with
 * @param next a session as responder that the initiator has not used yet
 */
record Peer(
    Timers timers,
    int hold,
    Staged staged,
    int outstanding,
    int newest,
    Session current,
    Age age,
    Session previous,
    Session next) {

  /** What waits for a session. */
  enum Staged {
    NOTHING,
    KEEPALIVE,
    DATA
  }

  /**
   * How old a session is. One that is too old to be used is no session at all. Whoever did not
   * initiate a session does not renew it, so that its age makes no difference to them.
   */
  enum Age {
    FRESH,
    /** To be renewed when it is used. */
    OLD,
    /** And the one renewal on receiving was asked for. */
    OLD_AND_ASKED
  }

  static Peer stopped(int persistent) {
    return new Peer(
        Timers.stopped(persistent),
        0,
        Staged.NOTHING,
        0,
        0,
        Session.NONE,
        Age.FRESH,
        Session.NONE,
        Session.NONE);
  }

  boolean isUp() {
    return timers.state() != State.STOPPED;
  }

  boolean hasAnySession() {
    return current.exists() || previous.exists() || next.exists();
  }

  boolean knows(Session session) {
    return session.equals(current) || session.equals(previous) || session.equals(next);
  }

  /** Whether any timer is due now. */
  boolean hasDueTimers() {
    for (Timer timer : Timer.values()) {
      if (timers.isDue(timer, Step.NOW)) {
        return true;
      }
    }
    return false;
  }

  /** Whether nothing but a long time changes anything: only the far deadline of keys is left. */
  boolean isSilent() {
    for (Timer timer : Timer.values()) {
      if (timer != Timer.ZERO_KEYS && timers.isArmed(timer)) {
        return false;
      }
    }
    return hold == 0 && timers.state() != State.HANDSHAKING;
  }

  /** One tick later. */
  Peer later() {
    Timers ticked = timers;
    for (Timer timer : Timer.values()) {
      if (timer != Timer.ZERO_KEYS && timers.isArmed(timer)) {
        ticked = ticked.with(timer, timers.deadline(timer) - 1);
      }
    }
    return withTimers(ticked, Math.max(0, hold - 1));
  }

  Peer withTimers(Timers changed, int holds) {
    return new Peer(changed, holds, staged, outstanding, newest, current, age, previous, next);
  }

  Peer withSessions(Session newCurrent, Age newAge, Session newPrevious, Session newNext) {
    return new Peer(
        timers, hold, staged, outstanding, newest, newCurrent, newAge, newPrevious, newNext);
  }

  Peer forgettingInitiations() {
    return new Peer(timers, hold, staged, outstanding, 0, current, age, previous, next);
  }

  @Override
  public String toString() {
    return "["
        + timers
        + " hold="
        + hold
        + " staged="
        + staged
        + " outstanding="
        + outstanding
        + " newest="
        + newest
        + " current="
        + current
        + (age == Age.FRESH ? "" : " " + age)
        + " previous="
        + previous
        + " next="
        + next
        + "]";
  }
}
