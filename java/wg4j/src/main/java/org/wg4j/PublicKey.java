// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/** A Curve25519 public key: the identity of a peer. Immutable. */
public final class PublicKey implements Key, Comparable<PublicKey> {

  private final byte[] bytes;

  private PublicKey(byte[] owned) {
    this.bytes = owned;
  }

  /**
   * A key of these bytes, which are copied.
   *
   * @throws IllegalArgumentException if there are not exactly 32
   */
  public static PublicKey of(byte[] bytes) {
    return new PublicKey(KeyCodec.copyOf(bytes));
  }

  /**
   * Reads base64 text.
   *
   * @throws IllegalArgumentException if the text is not a key; the message does not repeat the text
   */
  public static PublicKey parse(CharSequence base64) {
    return new PublicKey(KeyCodec.decode(base64));
  }

  /**
   * Reads base64 text from ASCII bytes.
   *
   * @throws IllegalArgumentException if the text is not a key; the message does not repeat the text
   */
  public static PublicKey parse(byte[] ascii, int offset, int length) {
    return new PublicKey(KeyCodec.decode(ascii, offset, length));
  }

  @Override
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public byte[] toBase64Bytes() {
    return KeyCodec.encode(bytes);
  }

  /** The key's base64 text, 44 characters. */
  public String toBase64() {
    return new String(toBase64Bytes(), StandardCharsets.ISO_8859_1);
  }

  /** Orders keys by their bytes, taken as unsigned, first byte first. */
  @Override
  public int compareTo(PublicKey other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey that && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The same as {@link #toBase64()}. */
  @Override
  public String toString() {
    return toBase64();
  }
}
