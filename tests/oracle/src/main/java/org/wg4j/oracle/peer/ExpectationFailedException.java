// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

/** What a test awaited did not come, or something came that must not. Names no keys. */
public final class ExpectationFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param why in words
   */
  public ExpectationFailedException(String why) {
    super(why);
  }
}
