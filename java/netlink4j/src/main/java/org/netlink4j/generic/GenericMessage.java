// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.generic;

import org.netlink4j.Attributes;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkMessage;

/**
 * A received Generic Netlink message.
 *
 * @param message the netlink message
 * @param command the family's command, 0 to 255
 * @param version the family's version that the sender claims, 0 to 255
 * @param attributes the top-level attributes
 */
public record GenericMessage(
    NetlinkMessage message, int command, int version, Attributes attributes) {
  /** Length of the Generic Netlink header in bytes. */
  public static final int HEADER = 4;

  /** Reads a message of a family without a header of its own. */
  public static GenericMessage of(NetlinkMessage message) throws MalformedMessageException {
    return of(message, 0);
  }

  /**
   * Reads a message.
   *
   * @param familyHeader length of the family's own header in bytes, which {@code message} still has
   */
  public static GenericMessage of(NetlinkMessage message, int familyHeader)
      throws MalformedMessageException {
    var header = message.header(HEADER);
    return new GenericMessage(
        message,
        header.get(0) & 0xff,
        header.get(1) & 0xff,
        message.attributes(HEADER + familyHeader));
  }
}
