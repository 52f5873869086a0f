// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

/** What a peer's timers are about. */
public enum State {
  /** The device is down or the peer is being removed. */
  STOPPED,
  /** Up, and no initiation is outstanding. */
  QUIET,
  /** Up, and an initiation waits for its response. */
  HANDSHAKING
}
