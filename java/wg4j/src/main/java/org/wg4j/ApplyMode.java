// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

/**
 * How much of a {@link DeviceSpec} counts when it is applied to a device that is something else.
 */
public enum ApplyMode {

  /**
   * The device becomes what the specification says, and nothing that is right already is touched:
   * peers that stay keep their sessions, their counters and, at every moment, their traffic. What
   * the specification does not mention goes away, except a listening port that the kernel chose and
   * endpoints, which have no "none".
   */
  SYNC,

  /**
   * Only what the specification mentions changes; other peers stay. A peer that it names has the
   * named allowed IPs afterwards and no others, which is what {@code wg addconf} does, too.
   */
  ADD,

  /**
   * As {@link #SYNC}, but all peers are removed first and made anew: sessions, counters and learnt
   * endpoints are gone, and traffic stops until there are new sessions.
   */
  REPLACE
}
