// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

/**
 * A 32-byte WireGuard key. The three kinds are different types because mixing them up is a security
 * bug that a compiler can catch.
 *
 * <p>Text form is the one of wg(8): 44 characters of base64, the last one '=', unused bits zero.
 * Encoding, decoding and {@code equals} take the same time whatever the key's value is.
 */
public sealed interface Key permits PrivateKey, PublicKey, PresharedKey {

  /** Length of every key in bytes (WG_KEY_LEN of linux/wireguard.h). */
  int LENGTH = 32;

  /** Length of a key's base64 text, in characters. */
  int BASE64_LENGTH = 44;

  /**
   * A copy of the key's bytes, which the caller owns and, if it is a secret, wipes.
   *
   * @throws IllegalStateException if the key was destroyed
   */
  byte[] toBytes();

  /**
   * The key's base64 text as 44 ASCII bytes, which the caller owns and, if it is a secret, wipes.
   *
   * @throws IllegalStateException if the key was destroyed
   */
  byte[] toBase64Bytes();
}
