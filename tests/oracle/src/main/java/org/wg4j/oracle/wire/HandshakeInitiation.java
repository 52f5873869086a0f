// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

/**
 * The first message, from the initiator.
 *
 * @param sender the initiator's index
 * @param ephemeral unencrypted ephemeral public key, 32 bytes
 * @param encryptedStatic the initiator's static public key, sealed, 48 bytes
 * @param encryptedTimestamp TAI64N, sealed, 28 bytes
 * @param mac1 16 bytes
 * @param mac2 16 bytes, zeros without a cookie
 */
public record HandshakeInitiation(
    int sender,
    byte[] ephemeral,
    byte[] encryptedStatic,
    byte[] encryptedTimestamp,
    byte[] mac1,
    byte[] mac2)
    implements Message {
  /** The type byte. */
  public static final int TYPE = 1;

  /** The exact length in bytes. */
  public static final int LENGTH = 148;

  /** Checks the fields' lengths. */
  public HandshakeInitiation {
    Layout.requireField("ephemeral", ephemeral, 32);
    Layout.requireField("static", encryptedStatic, 48);
    Layout.requireField("timestamp", encryptedTimestamp, 28);
    Layout.requireField("mac1", mac1, 16);
    Layout.requireField("mac2", mac2, 16);
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public byte[] encode() {
    return Layout.start(TYPE, LENGTH)
        .putInt(sender)
        .put(ephemeral)
        .put(encryptedStatic)
        .put(encryptedTimestamp)
        .put(mac1)
        .put(mac2)
        .array();
  }
}
