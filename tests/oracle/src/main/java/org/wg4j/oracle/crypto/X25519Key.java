// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.crypto;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;

/** A Curve25519 key pair. Thread-safe until closed; closing zeroes our copy of the private key. */
public final class X25519Key implements DhKey, AutoCloseable {
  private final byte[] privateKey;
  private final byte[] publicKey;

  private X25519Key(byte[] privateKey) {
    if (privateKey.length != Primitives.KEY) {
      throw new IllegalArgumentException("a private key has 32 bytes");
    }
    this.privateKey = privateKey;
    byte[] basePoint = new byte[Primitives.KEY];
    basePoint[0] = 9;
    try {
      this.publicKey = agree(basePoint);
    } catch (AuthenticationException e) {
      throw new IllegalStateException("a clamped scalar cannot give the neutral point", e);
    }
  }

  /**
   * @return a new random key pair
   */
  public static X25519Key generate() {
    return new X25519Key(Primitives.random(Primitives.KEY));
  }

  /**
   * @param privateKey 32 bytes, clamped or not; copied
   * @return the key pair
   */
  public static X25519Key of(byte[] privateKey) {
    return new X25519Key(privateKey.clone());
  }

  @Override
  public byte[] publicKey() {
    return publicKey.clone();
  }

  @Override
  public byte[] agree(byte[] peerPublic) throws AuthenticationException {
    try {
      KeyFactory keys = KeyFactory.getInstance("X25519");
      KeyAgreement agreement = KeyAgreement.getInstance("X25519");
      agreement.init(
          keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey)));
      agreement.doPhase(point(keys, peerPublic), true);
      return agreement.generateSecret();
    } catch (InvalidKeyException e) {
      // The JDK refuses a zero secret with this exception; nothing else is left to be invalid.
      throw new AuthenticationException("key agreement gave no secret");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no X25519", e);
    }
  }

  private static PublicKey point(KeyFactory keys, byte[] bytes) throws GeneralSecurityException {
    byte[] bigEndian = new byte[Primitives.KEY];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[i] = bytes[Primitives.KEY - 1 - i];
    }
    // RFC 7748: the unused top bit is masked, not rejected.
    bigEndian[0] &= 0x7f;
    return keys.generatePublic(
        new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian)));
  }

  @Override
  public void close() {
    Arrays.fill(privateKey, (byte) 0);
  }

  /** Shows nothing of either key. */
  @Override
  public String toString() {
    return "X25519Key";
  }
}
