// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/**
 * Events came faster than they were read and some are lost (ENOBUFS): read the whole state again.
 */
public final class EventsLostException extends NetlinkException {
  private static final long serialVersionUID = 1L;

  EventsLostException(String operation) {
    super(operation, Errno.ENOBUFS.number());
  }
}
