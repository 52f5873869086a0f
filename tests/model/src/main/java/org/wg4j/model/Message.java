// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

/**
 * A message under way.
 *
 * @param to who will receive it
 * @param session the handshake it belongs to, or the session it is sealed with
 */
record Message(Side to, Kind kind, Session session) implements Comparable<Message> {
  /** The kinds that make a difference to timers. */
  enum Kind {
    INITIATION,
    RESPONSE,
    KEEPALIVE,
    DATA;

    boolean isHandshake() {
      return this == INITIATION || this == RESPONSE;
    }
  }

  @Override
  public int compareTo(Message other) {
    return Integer.compare(rank(), other.rank());
  }

  private int rank() {
    return ((to.ordinal() * 4 + kind.ordinal()) * 2 + session.initiator().ordinal()) * 1000
        + session.number();
  }

  @Override
  public String toString() {
    return kind + "(" + session + ")->" + to;
  }
}
