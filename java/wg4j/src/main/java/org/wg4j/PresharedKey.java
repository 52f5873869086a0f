// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.security.MessageDigest;
import java.util.Arrays;
import javax.security.auth.Destroyable;

/**
 * A symmetric key that two peers may share beside their Curve25519 keys.
 *
 * <p>The bytes live in this object only: every method that hands them out makes a copy. {@link
 * #destroy()} (the same as {@link #close()}) zeroes them; afterwards every use throws {@link
 * IllegalStateException}. {@code toString} shows nothing of the key. Thread-safe, as long as no
 * thread destroys the key while another one uses it.
 */
public final class PresharedKey implements Key, Destroyable, AutoCloseable {

  private final byte[] bytes;
  private volatile boolean destroyed;

  private PresharedKey(byte[] owned) {
    this.bytes = owned;
  }

  /**
   * A key of these bytes, which are copied.
   *
   * @throws IllegalArgumentException if there are not exactly 32
   */
  public static PresharedKey of(byte[] bytes) {
    return new PresharedKey(KeyCodec.copyOf(bytes));
  }

  /**
   * Reads base64 text. Prefer {@link #parse(byte[], int, int)}: a String cannot be wiped.
   *
   * @throws IllegalArgumentException if the text is not a key; the message does not repeat the text
   */
  public static PresharedKey parse(CharSequence base64) {
    return new PresharedKey(KeyCodec.decode(base64));
  }

  /**
   * Reads base64 text from ASCII bytes, which the caller wipes.
   *
   * @throws IllegalArgumentException if the text is not a key; the message does not repeat the text
   */
  public static PresharedKey parse(byte[] ascii, int offset, int length) {
    return new PresharedKey(KeyCodec.decode(ascii, offset, length));
  }

  /**
   * A new random key.
   *
   * @throws java.io.UncheckedIOException if /dev/urandom cannot be read
   */
  public static PresharedKey generate() {
    return new PresharedKey(Entropy.bytes(LENGTH));
  }

  @Override
  public byte[] toBytes() {
    return alive().clone();
  }

  @Override
  public byte[] toBase64Bytes() {
    return KeyCodec.encode(alive());
  }

  /** Whether all 32 bytes are zero, which on the kernel's side means "no key". */
  public boolean isZero() {
    int any = 0;
    for (byte b : alive()) {
      any |= b;
    }
    return any == 0;
  }

  @Override
  public void destroy() {
    destroyed = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public boolean isDestroyed() {
    return destroyed;
  }

  /** The same as {@link #destroy()}. */
  @Override
  public void close() {
    destroy();
  }

  private byte[] alive() {
    if (destroyed) {
      throw new IllegalStateException("the key was destroyed");
    }
    return bytes;
  }

  /** Compares in constant time. A destroyed key equals only itself. */
  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof PresharedKey that
            && !destroyed
            && !that.destroyed
            && MessageDigest.isEqual(bytes, that.bytes);
  }

  /** The same for every key: a hash of a secret would tell something about it. */
  @Override
  public int hashCode() {
    return PresharedKey.class.hashCode();
  }

  @Override
  public String toString() {
    return "PresharedKey[hidden]";
  }
}
