// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/** Received bytes are not what the protocol prescribes (EBADMSG). */
public final class MalformedMessageException extends NetlinkException {
  private static final long serialVersionUID = 1L;

  /**
   * Something received has a wrong shape.
   *
   * @param problem what is wrong, for a person to read
   */
  public MalformedMessageException(String problem) {
    super("malformed netlink data: " + problem, "read netlink data", Errno.EBADMSG.number(), null);
  }
}
