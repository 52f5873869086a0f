// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/**
 * A netlink operation failed: the kernel refused it, or no valid answer came.
 *
 * <p>{@link #errno()} tells why. Subclasses exist where a caller has reason to branch; other cases
 * are told apart by their number, for instance {@link Errno#ETIMEDOUT} (no answer in time) and
 * {@link Errno#EBADF} (the socket was closed).
 */
public class NetlinkException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The positive error number. */
  private final int errno;

  /** What was attempted. */
  private final String operation;

  private final transient ExtAck extAck;

  /**
   * A failure without words from the kernel.
   *
   * @param operation what was attempted, as a verb phrase ("set up link veth0")
   * @param errno the positive error number
   */
  public NetlinkException(String operation, int errno) {
    this(operation, errno, ExtAck.NONE);
  }

  /**
   * A failure that the kernel may have explained.
   *
   * @param operation what was attempted, as a verb phrase ("set up link veth0")
   * @param errno the positive error number
   * @param extAck the kernel's extended acknowledgement, {@link ExtAck#NONE} without one
   */
  public NetlinkException(String operation, int errno, ExtAck extAck) {
    super(describe(operation, errno, extAck));
    this.errno = errno;
    this.operation = Objects.requireNonNull(operation);
    this.extAck = extAck;
  }

  /** A failure that the number's usual text would describe badly. */
  NetlinkException(String message, String operation, int errno, Throwable cause) {
    super(message, cause);
    this.errno = errno;
    this.operation = operation;
    this.extAck = ExtAck.NONE;
  }

  /** The exception for an error number: the subclass where there is one. */
  public static NetlinkException of(String operation, int errno, ExtAck extAck) {
    if (errno == Errno.ENODEV.number()) {
      return new NoSuchDeviceException(operation, extAck);
    }
    if (errno == Errno.EPERM.number() || errno == Errno.EACCES.number()) {
      return new NotPermittedException(operation, errno, extAck);
    }
    return new NetlinkException(operation, errno, extAck);
  }

  /** The positive error number. */
  public int errno() {
    return errno;
  }

  /** Whether the error number is this one. */
  public boolean is(Errno error) {
    return errno == error.number();
  }

  /** What was attempted. */
  public String operation() {
    return operation;
  }

  /** What the kernel said beyond the number. */
  public Optional<ExtAck> extAck() {
    return Optional.ofNullable(extAck).filter(ack -> !ack.equals(ExtAck.NONE));
  }

  private static String describe(String operation, int errno, ExtAck extAck) {
    String text = operation + ": " + Errno.nameOf(errno) + " (" + Errno.textOf(errno) + ")";
    String explanation = extAck.explanation();
    return explanation.isEmpty() ? text : text + ": " + explanation;
  }
}
