// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

/** A peer's timers, in the order in which those that are due together are heard. */
public enum Timer {
  RETRANSMIT,
  PASSIVE_KEEPALIVE,
  NEW_HANDSHAKE,
  ZERO_KEYS,
  PERSISTENT
}
