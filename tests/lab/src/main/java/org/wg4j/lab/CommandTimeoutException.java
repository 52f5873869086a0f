// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.time.Duration;

/** A command passed its time limit; it and all its descendants were killed in the guest. */
public final class CommandTimeoutException extends LabException {
  private static final long serialVersionUID = 1L;

  private final transient Result result;

  CommandTimeoutException(Result result, Duration limit) {
    super("killed after " + limit.toMillis() + " ms: " + result);
    this.result = result;
  }

  /** What the command had written when it was killed; the exit code is 137. */
  public Result result() {
    return result;
  }
}
