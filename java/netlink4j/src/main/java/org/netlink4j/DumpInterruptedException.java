// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/** A dump was overtaken by changes each time it was tried (EINTR). */
public final class DumpInterruptedException extends NetlinkException {
  private static final long serialVersionUID = 1L;

  DumpInterruptedException(String operation, int attempts) {
    super(
        operation + " (" + attempts + " attempts, all overtaken by changes)", Errno.EINTR.number());
  }
}
