// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/**
 * No way from this JVM to netlink sockets could be opened (ENOSYS); the message lists what was
 * tried.
 */
public final class TransportUnavailableException extends NetlinkException {
  private static final long serialVersionUID = 1L;

  /**
   * No transport.
   *
   * @param problem what was tried and how it failed
   * @param cause the last failure, or null
   */
  public TransportUnavailableException(String problem, Throwable cause) {
    super("cannot " + problem, problem, Errno.ENOSYS.number(), cause);
  }
}
