// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

/** A datagram has no valid WireGuard header, or not the length its type asks for. */
public final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param why the reason, in words
   */
  public MalformedMessageException(String why) {
    super(why);
  }
}
