// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/** The caller lacks a capability, most often CAP_NET_ADMIN (EPERM or EACCES). */
public final class NotPermittedException extends NetlinkException {
  private static final long serialVersionUID = 1L;

  NotPermittedException(String operation, int errno, ExtAck extAck) {
    super(operation, errno, extAck);
  }
}
