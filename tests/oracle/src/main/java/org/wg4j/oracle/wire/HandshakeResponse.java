// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

/**
 * The second message, from the responder.
 *
 * @param sender the responder's index
 * @param receiver the initiator's index
 * @param ephemeral unencrypted ephemeral public key, 32 bytes
 * @param encryptedNothing the tag of an empty payload, 16 bytes
 * @param mac1 16 bytes
 * @param mac2 16 bytes, zeros without a cookie
 */
public record HandshakeResponse(
    int sender, int receiver, byte[] ephemeral, byte[] encryptedNothing, byte[] mac1, byte[] mac2)
    implements Message {
  /** The type byte. */
  public static final int TYPE = 2;

  /** The exact length in bytes. */
  public static final int LENGTH = 92;

  /** Checks the fields' lengths. */
  public HandshakeResponse {
    Layout.requireField("ephemeral", ephemeral, 32);
    Layout.requireField("nothing", encryptedNothing, 16);
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
        .putInt(receiver)
        .put(ephemeral)
        .put(encryptedNothing)
        .put(mac1)
        .put(mac2)
        .array();
  }
}
