// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.netlink4j.Errno;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.NetlinkException;

/** A command ends here with these lines on standard error. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;
  private transient Throwable reason;
  private transient String subject = "";

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

  /**
   * Says where this failure comes from, for hints and {@code --debug}.
   *
   * @param about the interface or the file that it is about
   */
  Failure because(Throwable cause, String about) {
    reason = cause;
    subject = about;
    return this;
  }

  /** Where it comes from, null if unknown. */
  Throwable reason() {
    return reason;
  }

  /** The interface or the file that it is about, empty if unknown. */
  String subject() {
    return subject;
  }

  /** The system's words for what went wrong, as strerror(3) has them. */
  static String words(IOException e) {
    if (e instanceof FamilyNotFoundException) {
      return Errno.textOf(Errno.EPROTONOSUPPORT.number());
    }
    if (e instanceof NetlinkException netlink && netlink.errno() != 0) {
      return Errno.textOf(netlink.errno());
    }
    if (e instanceof FileSystemException file) {
      return words(file);
    }
    return String.valueOf(e.getMessage());
  }

  /** The message is the file's name for what has an exception of its own. */
  private static String words(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return Errno.textOf(Errno.ENOENT.number());
    }
    if (e instanceof AccessDeniedException) {
      return Errno.textOf(Errno.EACCES.number());
    }
    if (e instanceof FileAlreadyExistsException) {
      return Errno.textOf(Errno.EEXIST.number());
    }
    return e.getReason() == null ? String.valueOf(e.getMessage()) : e.getReason();
  }
}
