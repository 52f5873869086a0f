// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.EnumSet;
import java.util.Set;

/** What happens to a peer, in the order in which events raised together are heard. */
public enum Event {
  START,
  STOP,
  DATA_SENT,
  DATA_RECEIVED,
  SENT,
  RECEIVED,
  INITIATION_SENT,
  HANDSHAKE_COMPLETE,
  SESSION_DERIVED,
  HANDSHAKE_WANTED,
  PERSISTENT_CHANGED,
  RETRANSMIT_DUE,
  PASSIVE_KEEPALIVE_DUE,
  NEW_HANDSHAKE_DUE,
  ZERO_KEYS_DUE,
  PERSISTENT_DUE,

  // Cases of the events above: which of them it is, a counter or a setting decides.
  /** START, with a persistent interval. */
  START_PERSISTENT,
  /** DATA_RECEIVED, with the passive keepalive already armed. */
  MORE_DATA_RECEIVED,
  /** PASSIVE_KEEPALIVE_DUE, and more data came meanwhile. */
  KEEPALIVE_STILL_OWED,
  /** PERSISTENT_CHANGED, and the interval was zero. */
  PERSISTENT_BEGINS,
  /** PERSISTENT_CHANGED or PERSISTENT_DUE, and the interval is zero. */
  PERSISTENT_ENDS,
  /** RETRANSMIT_DUE, but there were enough tries. */
  GIVE_UP;

  /** The events that can be raised: all but the cases. */
  public static final Set<Event> RAISED = EnumSet.range(START, PERSISTENT_DUE);

  static Event dueOf(Timer timer) {
    return valueOf(timer + "_DUE");
  }
}
