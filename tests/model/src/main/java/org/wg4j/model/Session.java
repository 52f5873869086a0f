// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

/**
 * A handshake and the session that comes of it, named by the initiation: an initiation is accepted
 * at most once, so there is at most one session for each.
 *
 * @param initiator who sent the initiation
 * @param number which one of this side, later ones having greater numbers; 0: none at all
 */
record Session(Side initiator, int number) {
  static final Session NONE = new Session(Side.A, 0);

  boolean exists() {
    return number != 0;
  }

  @Override
  public String toString() {
    return exists() ? initiator.name() + number : "-";
  }
}
