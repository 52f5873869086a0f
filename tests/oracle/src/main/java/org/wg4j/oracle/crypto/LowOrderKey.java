// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.crypto;

import java.math.BigInteger;
import java.util.List;

/**
 * A forged key: its public point has a small order, so every agreement with it gives zeros, which
 * the attacker therefore knows without any private key.
 *
 * <p>Immutable and thread-safe.
 */
public final class LowOrderKey implements DhKey {
  private final byte[] publicKey;

  private LowOrderKey(byte[] publicKey) {
    this.publicKey = publicKey;
  }

  /**
   * The encodings of small-order points, canonical or not: 0, 1, the two points of order 8, and
   * p-1, p, p+1.
   *
   * @return one key for each
   */
  public static List<LowOrderKey> all() {
    BigInteger p = BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));
    return List.of(
        of(BigInteger.ZERO),
        of(BigInteger.ONE),
        of(new BigInteger("b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0", 16)),
        of(new BigInteger("57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f", 16)),
        of(p.subtract(BigInteger.ONE)),
        of(p),
        of(p.add(BigInteger.ONE)));
  }

  private static LowOrderKey of(BigInteger u) {
    byte[] bytes = new byte[Primitives.KEY];
    BigInteger rest = u;
    for (int i = 0; i < bytes.length; i++, rest = rest.shiftRight(8)) {
      bytes[i] = rest.byteValue();
    }
    return new LowOrderKey(bytes);
  }

  @Override
  public byte[] publicKey() {
    return publicKey.clone();
  }

  @Override
  public byte[] agree(byte[] peerPublic) {
    return new byte[Primitives.KEY];
  }
}
