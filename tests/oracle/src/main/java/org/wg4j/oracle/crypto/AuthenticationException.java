// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.crypto;

/**
 * A ciphertext or MAC did not verify, or a key agreement gave no secret. Carries no key material.
 */
public final class AuthenticationException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param what which check failed, in words
   */
  public AuthenticationException(String what) {
    super(what);
  }
}
