// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.crypto;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.ChaCha20ParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * The symmetric functions of the protocol: Hash, Mac, Hmac, Aead and Xaead of the whitepaper.
 *
 * <p>ChaCha20 and Poly1305 are the JDK's, BLAKE2s is Bouncy Castle's; nothing is shared with the
 * implementations under test. Stateless and thread-safe.
 */
public final class Primitives {
  /** Bytes of a key, of a hash and of a curve point. */
  public static final int KEY = 32;

  /** Bytes of a Poly1305 tag and of a mac1, mac2 or cookie. */
  public static final int TAG = 16;

  /** Bytes of an XChaCha20 nonce. */
  public static final int XNONCE = 24;

  private static final SecureRandom RANDOM = new SecureRandom();

  private Primitives() {}

  /**
   * @param length how many bytes
   * @return fresh random bytes
   */
  public static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /**
   * @param parts what is hashed, one after the other
   * @return BLAKE2s-256
   */
  public static byte[] hash(byte[]... parts) {
    return digest(new Blake2sDigest(KEY * 8), parts);
  }

  /**
   * @param key 1 to 32 bytes
   * @param parts what is authenticated, one after the other
   * @return keyed BLAKE2s-128
   */
  public static byte[] mac(byte[] key, byte[]... parts) {
    return digest(new Blake2sDigest(key, TAG, null, null), parts);
  }

  private static byte[] digest(Blake2sDigest digest, byte[]... parts) {
    for (byte[] part : parts) {
      digest.update(part, 0, part.length);
    }
    byte[] out = new byte[digest.getDigestSize()];
    digest.doFinal(out, 0);
    return out;
  }

  /**
   * @param key the key, any length
   * @param parts what is authenticated, one after the other
   * @return HMAC-BLAKE2s, 32 bytes
   */
  public static byte[] hmac(byte[] key, byte[]... parts) {
    HMac hmac = new HMac(new Blake2sDigest(KEY * 8));
    hmac.init(new KeyParameter(key));
    for (byte[] part : parts) {
      hmac.update(part, 0, part.length);
    }
    byte[] out = new byte[KEY];
    hmac.doFinal(out, 0);
    return out;
  }

  /**
   * The HKDF of the Noise framework.
   *
   * @param chainingKey 32 bytes
   * @param input input key material, may be empty
   * @param outputs 1 to 3
   * @return that many 32-byte keys
   */
  public static byte[][] hkdf(byte[] chainingKey, byte[] input, int outputs) {
    byte[] temporary = hmac(chainingKey, input);
    byte[][] out = new byte[outputs][];
    byte[] previous = new byte[0];
    for (int i = 0; i < outputs; i++) {
      previous = hmac(temporary, previous, new byte[] {(byte) (i + 1)});
      out[i] = previous;
    }
    Arrays.fill(temporary, (byte) 0);
    return out;
  }

  /**
   * ChaCha20-Poly1305 with Noise's nonce: four zero bytes, then the counter little-endian.
   *
   * @param key 32 bytes
   * @param counter an unsigned 64-bit nonce
   * @param associated authenticated, not encrypted
   * @param plaintext may be empty
   * @return ciphertext and tag
   */
  public static byte[] seal(byte[] key, long counter, byte[] associated, byte[] plaintext) {
    return sealWithNonce(key, nonce(counter), associated, plaintext);
  }

  /**
   * Reverses {@link #seal}.
   *
   * @param key 32 bytes
   * @param counter an unsigned 64-bit nonce
   * @param associated authenticated, not encrypted
   * @param ciphertext ciphertext and tag
   * @return the plaintext
   * @throws AuthenticationException if the tag is wrong or there is no room for one
   */
  public static byte[] open(byte[] key, long counter, byte[] associated, byte[] ciphertext)
      throws AuthenticationException {
    return openWithNonce(key, nonce(counter), associated, ciphertext);
  }

  /**
   * XChaCha20-Poly1305.
   *
   * @param key 32 bytes
   * @param nonce 24 bytes
   * @param associated authenticated, not encrypted
   * @param plaintext may be empty
   * @return ciphertext and tag
   */
  public static byte[] xseal(byte[] key, byte[] nonce, byte[] associated, byte[] plaintext) {
    return sealWithNonce(xkey(key, nonce), xnonce(nonce), associated, plaintext);
  }

  /**
   * Reverses {@link #xseal}.
   *
   * @param key 32 bytes
   * @param nonce 24 bytes
   * @param associated authenticated, not encrypted
   * @param ciphertext ciphertext and tag
   * @return the plaintext
   * @throws AuthenticationException if the tag is wrong or there is no room for one
   */
  public static byte[] xopen(byte[] key, byte[] nonce, byte[] associated, byte[] ciphertext)
      throws AuthenticationException {
    return openWithNonce(xkey(key, nonce), xnonce(nonce), associated, ciphertext);
  }

  /**
   * Compares in a time that depends on the lengths only.
   *
   * @param a one
   * @param b the other
   * @return whether they are equal
   */
  public static boolean equal(byte[] a, byte[] b) {
    return MessageDigest.isEqual(a, b);
  }

  /**
   * HChaCha20, got out of the JDK's ChaCha20: a keystream block is the permuted state plus the
   * initial state, so taking the (public) initial words away again leaves the permuted ones.
   */
  static byte[] hchacha20(byte[] key, byte[] nonce16) {
    ByteBuffer nonce = ByteBuffer.wrap(nonce16).order(ByteOrder.LITTLE_ENDIAN);
    ChaCha20ParameterSpec state =
        new ChaCha20ParameterSpec(Arrays.copyOfRange(nonce16, 4, 16), nonce.getInt(0));
    byte[] block;
    try {
      Cipher cipher = Cipher.getInstance("ChaCha20");
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "ChaCha20"), state);
      block = cipher.doFinal(new byte[64]);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no ChaCha20", e);
    }
    int[] constants = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    ByteBuffer words = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer out = ByteBuffer.allocate(KEY).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 4; i++) {
      out.putInt(words.getInt(4 * i) - constants[i]);
    }
    for (int i = 0; i < 4; i++) {
      out.putInt(words.getInt(48 + 4 * i) - nonce.getInt(4 * i));
    }
    return out.array();
  }

  private static byte[] xkey(byte[] key, byte[] nonce) {
    if (nonce.length != XNONCE) {
      throw new IllegalArgumentException("an XChaCha20 nonce has 24 bytes, not " + nonce.length);
    }
    return hchacha20(key, Arrays.copyOf(nonce, 16));
  }

  private static byte[] xnonce(byte[] nonce) {
    byte[] out = new byte[12];
    System.arraycopy(nonce, 16, out, 4, 8);
    return out;
  }

  private static byte[] nonce(long counter) {
    return ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putLong(4, counter).array();
  }

  private static byte[] sealWithNonce(byte[] key, byte[] nonce, byte[] associated, byte[] text) {
    try {
      return aead(Cipher.ENCRYPT_MODE, key, nonce, associated, text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no ChaCha20-Poly1305", e);
    }
  }

  private static byte[] openWithNonce(byte[] key, byte[] nonce, byte[] associated, byte[] text)
      throws AuthenticationException {
    if (text.length < TAG) {
      throw new AuthenticationException("ciphertext shorter than its tag");
    }
    try {
      return aead(Cipher.DECRYPT_MODE, key, nonce, associated, text);
    } catch (AEADBadTagException e) {
      throw new AuthenticationException("wrong Poly1305 tag");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no ChaCha20-Poly1305", e);
    }
  }

  private static byte[] aead(int mode, byte[] key, byte[] nonce, byte[] associated, byte[] text)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
    cipher.updateAAD(associated);
    return cipher.doFinal(text);
  }
}
