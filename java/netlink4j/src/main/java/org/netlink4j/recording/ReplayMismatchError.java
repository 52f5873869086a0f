// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

/**
 * A program does something else than the recording that is replayed to it. The message names the
 * line of the recording and what differs; it shows no content of attributes, which may be secret.
 *
 * <p>An error and no exception, because the program under test shall not handle it as a refusal of
 * the kernel.
 */
public final class ReplayMismatchError extends AssertionError {
  private static final long serialVersionUID = 1L;

  ReplayMismatchError(String message) {
    super(message);
  }
}
