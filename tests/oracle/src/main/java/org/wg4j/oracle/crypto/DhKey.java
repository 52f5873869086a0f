// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.crypto;

/** One side's key pair of a Diffie-Hellman exchange, real or forged. */
public interface DhKey {
  /**
   * @return the 32-byte public key, a copy
   */
  byte[] publicKey();

  /**
   * @param peerPublic the other side's 32-byte public key
   * @return the 32-byte shared secret
   * @throws AuthenticationException if the secret would be all zeros
   */
  byte[] agree(byte[] peerPublic) throws AuthenticationException;
}
