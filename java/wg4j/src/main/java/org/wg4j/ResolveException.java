// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;

/** An endpoint's host or service could not be looked up. */
public final class ResolveException extends IOException {
  private static final long serialVersionUID = 1;

  /** Why. */
  private final Reason reason;

  /** Why a look-up failed. */
  public enum Reason {
    /** There is no such host, or the host has no address. */
    UNKNOWN_HOST,
    /** The name server failed for good. */
    FAILED,
    /** There is no such UDP service, or the number is no port. */
    UNKNOWN_SERVICE,
    /** The name server could not be asked; it may work later. */
    TEMPORARY
  }

  /**
   * A failure.
   *
   * @param message the system's own words, without the name that was asked for
   */
  public ResolveException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }

  /**
   * Whether asking again is pointless, as wg(8) sees it: a service that is not known is asked for
   * again.
   */
  public boolean isPermanent() {
    return reason == Reason.UNKNOWN_HOST || reason == Reason.FAILED;
  }
}
