// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/** The device named in a request does not exist in the socket's namespace (ENODEV). */
public final class NoSuchDeviceException extends NetlinkException {
  private static final long serialVersionUID = 1L;

  NoSuchDeviceException(String operation, ExtAck extAck) {
    super(operation, Errno.ENODEV.number(), extAck);
  }
}
