// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

/**
 * An encrypted inner packet, or a keepalive when it holds nothing but a tag.
 *
 * @param receiver the receiver's index of the session
 * @param counter the nonce, unsigned
 * @param ciphertext at least a 16-byte tag
 */
public record TransportData(int receiver, long counter, byte[] ciphertext) implements Message {
  /** The type byte. */
  public static final int TYPE = 4;

  /** The length of a keepalive, in bytes. */
  public static final int MINIMUM_LENGTH = 32;

  /** Bytes before the ciphertext. */
  public static final int HEADER = 16;

  /** Checks that there is room for a tag. */
  public TransportData {
    if (ciphertext.length < MINIMUM_LENGTH - HEADER) {
      throw new IllegalArgumentException("ciphertext shorter than its tag");
    }
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public byte[] encode() {
    return Layout.start(TYPE, HEADER + ciphertext.length)
        .putInt(receiver)
        .putLong(counter)
        .put(ciphertext)
        .array();
  }
}
