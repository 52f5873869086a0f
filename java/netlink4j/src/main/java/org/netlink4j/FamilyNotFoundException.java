// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/** No Generic Netlink family of that name exists, nor a module that brings it (ENOENT). */
public final class FamilyNotFoundException extends NetlinkException {
  private static final long serialVersionUID = 1L;

  /** The name that was looked for. */
  private final String family;

  /**
   * The family that was asked for is missing.
   *
   * @param family its name
   */
  public FamilyNotFoundException(String family) {
    super("find the Generic Netlink family \"" + family + "\"", Errno.ENOENT.number(), ExtAck.NONE);
    this.family = family;
  }

  /** The name that was looked for. */
  public String family() {
    return family;
  }
}
