// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

/**
 * What a loaded peer answers to a handshake message instead of working on it.
 *
 * @param receiver the index of the message it answers
 * @param nonce random, 24 bytes
 * @param encryptedCookie the cookie, sealed, 32 bytes
 */
public record CookieReply(int receiver, byte[] nonce, byte[] encryptedCookie) implements Message {
  /** The type byte. */
  public static final int TYPE = 3;

  /** The exact length in bytes. */
  public static final int LENGTH = 64;

  /** Checks the fields' lengths. */
  public CookieReply {
    Layout.requireField("nonce", nonce, 24);
    Layout.requireField("cookie", encryptedCookie, 32);
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public byte[] encode() {
    return Layout.start(TYPE, LENGTH).putInt(receiver).put(nonce).put(encryptedCookie).array();
  }
}
