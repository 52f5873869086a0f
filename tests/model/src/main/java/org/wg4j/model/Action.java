// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

/** What the timers ask to be done. */
public enum Action {
  SEND_INITIATION,
  SEND_KEEPALIVE,
  DROP_STAGED,
  FORGET_SOURCE,
  ZERO_KEYS
}
