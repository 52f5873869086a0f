// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.XECPrivateKey;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;

/**
 * A key pair of one tunnel end, as the tools write keys. Made by the JDK, so that no test takes its
 * keys from what it tests.
 *
 * @param privateKey base64, clamped
 * @param publicKey base64
 */
record Identity(String privateKey, String publicKey) {
  private static final int KEY_BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  static Identity generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("X25519");
      generator.initialize(NamedParameterSpec.X25519);
      KeyPair pair = generator.generateKeyPair();
      byte[] scalar = ((XECPrivateKey) pair.getPrivate()).getScalar().orElseThrow();
      scalar[0] &= (byte) 0xf8;
      scalar[31] = (byte) (scalar[31] & 0x7f | 0x40);
      return new Identity(base64(scalar), base64(bytes(((XECPublicKey) pair.getPublic()).getU())));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no X25519", e);
    }
  }

  /** A new pre-shared key, base64. */
  static String presharedKey() {
    byte[] key = new byte[KEY_BYTES];
    RANDOM.nextBytes(key);
    return base64(key);
  }

  private static byte[] bytes(BigInteger coordinate) {
    byte[] little = new byte[KEY_BYTES];
    BigInteger rest = coordinate;
    for (int i = 0; i < KEY_BYTES; i++) {
      little[i] = rest.byteValue();
      rest = rest.shiftRight(Byte.SIZE);
    }
    return little;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** Names it by its public key: these are test keys, but the habit is worth keeping. */
  @Override
  public String toString() {
    return publicKey;
  }
}
