// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import org.netlink4j.Errno;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.NetlinkException;

/** A command ends here with these lines on standard error. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  Failure(String message) {
    this(message, 1);
  }

  Failure(String message, int exitCode) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }

  /** The system's words for what went wrong, as strerror(3) has them. */
  static String words(IOException e) {
    if (e instanceof FamilyNotFoundException) {
      return Errno.textOf(Errno.EPROTONOSUPPORT.number());
    }
    if (e instanceof NetlinkException netlink && netlink.errno() != 0) {
      return Errno.textOf(netlink.errno());
    }
    return String.valueOf(e.getMessage());
  }
}
