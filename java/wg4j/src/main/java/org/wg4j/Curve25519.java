// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.Arrays;

/**
 * X25519 of RFC 7748, as much of it as a control plane needs: the public key of a private key. The
 * JDK's own takes 50 ms to load, which is longer than everything else a command does.
 *
 * <p>A field element modulo 2^255-19 is ten signed limbs of 26 and 25 bits in turn. No branch and
 * no array index depends on the scalar.
 */
final class Curve25519 {

  private static final int LIMBS = 10;

  private Curve25519() {}

  /** The public key of {@code scalar}, which is clamped in a copy. */
  static byte[] publicKey(byte[] scalar) {
    byte[] base = new byte[32];
    base[0] = 9;
    return scalarMult(scalar, base);
  }

  /** The X25519 function of RFC 7748, section 5. */
  static byte[] scalarMult(byte[] scalar, byte[] u) {
    byte[] k = scalar.clone();
    k[0] &= (byte) 248;
    k[31] = (byte) (k[31] & 127 | 64);

    long[] x1 = decode(u);
    long[] x2 = one();
    long[] z2 = new long[LIMBS];
    long[] x3 = x1.clone();
    long[] z3 = one();
    long[] a = new long[LIMBS];
    long[] b = new long[LIMBS];
    long[] c = new long[LIMBS];
    long[] d = new long[LIMBS];
    long[] wide = new long[LIMBS];
    int swap = 0;
    for (int t = 254; t >= 0; t--) {
      int bit = k[t >>> 3] >>> (t & 7) & 1;
      swap ^= bit;
      conditionalSwap(swap, x2, x3);
      conditionalSwap(swap, z2, z3);
      swap = bit;

      add(a, x2, z2);
      subtract(b, x2, z2);
      add(c, x3, z3);
      subtract(d, x3, z3);
      multiply(d, d, a, wide);
      multiply(c, c, b, wide);
      add(x3, d, c);
      multiply(x3, x3, x3, wide);
      subtract(z3, d, c);
      multiply(z3, z3, z3, wide);
      multiply(z3, z3, x1, wide);
      multiply(a, a, a, wide);
      multiply(b, b, b, wide);
      multiply(x2, a, b, wide);
      subtract(c, a, b);
      scale(d, c, 121665, wide);
      add(d, d, a);
      multiply(z2, c, d, wide);
    }
    conditionalSwap(swap, x2, x3);
    conditionalSwap(swap, z2, z3);
    invert(c, z2, wide);
    multiply(x2, x2, c, wide);
    byte[] out = encode(x2);

    Arrays.fill(k, (byte) 0);
    for (long[] element : new long[][] {x2, z2, x3, z3, a, b, c, d, wide}) {
      Arrays.fill(element, 0);
    }
    return out;
  }

  private static long[] one() {
    long[] element = new long[LIMBS];
    element[0] = 1;
    return element;
  }

  private static void conditionalSwap(int swap, long[] f, long[] g) {
    long mask = -(long) swap;
    for (int i = 0; i < LIMBS; i++) {
      long difference = mask & (f[i] ^ g[i]);
      f[i] ^= difference;
      g[i] ^= difference;
    }
  }

  private static void add(long[] out, long[] f, long[] g) {
    for (int i = 0; i < LIMBS; i++) {
      out[i] = f[i] + g[i];
    }
  }

  private static void subtract(long[] out, long[] f, long[] g) {
    for (int i = 0; i < LIMBS; i++) {
      out[i] = f[i] - g[i];
    }
  }

  /**
   * {@code out = f * g}. Operands may be sums or differences of two reduced elements: limbs up to
   * 2^27 and 2^26, so that the ten products of a column stay below 2^63.
   */
  private static void multiply(long[] out, long[] f, long[] g, long[] wide) {
    Arrays.fill(wide, 0);
    for (int i = 0; i < LIMBS; i++) {
      long fi = f[i];
      for (int j = 0; j < LIMBS; j++) {
        // Limb i stands at bit ceil(25.5 i): two odd ones meet one bit below limb i + j.
        long product = fi * g[j] << (i & j & 1);
        int column = i + j;
        if (column >= LIMBS) {
          column -= LIMBS;
          product *= 19;
        }
        wide[column] += product;
      }
    }
    reduce(out, wide);
  }

  private static void scale(long[] out, long[] f, long factor, long[] wide) {
    for (int i = 0; i < LIMBS; i++) {
      wide[i] = f[i] * factor;
    }
    reduce(out, wide);
  }

  /** Brings limbs back to a magnitude of at most 2^25 (even) and 2^24 (odd), or a little more. */
  private static void reduce(long[] out, long[] wide) {
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < LIMBS; i++) {
        int width = 26 - (i & 1);
        long carry = wide[i] + (1L << width - 1) >> width;
        wide[i] -= carry << width;
        if (i < LIMBS - 1) {
          wide[i + 1] += carry;
        } else {
          wide[0] += carry * 19;
        }
      }
    }
    System.arraycopy(wide, 0, out, 0, LIMBS);
  }

  /** {@code out = f^(p-2)}: square and multiply; the exponent 2^255-21 is public. */
  private static void invert(long[] out, long[] f, long[] wide) {
    long[] result = f.clone();
    for (int bit = 253; bit >= 0; bit--) {
      multiply(result, result, result, wide);
      if (bit != 2 && bit != 4) {
        multiply(result, result, f, wide);
      }
    }
    System.arraycopy(result, 0, out, 0, LIMBS);
    Arrays.fill(result, 0);
  }

  private static long[] decode(byte[] bytes) {
    long[] element = new long[LIMBS];
    int position = 0;
    for (int i = 0; i < LIMBS; i++) {
      int width = 26 - (i & 1);
      for (int bit = 0; bit < width; bit++, position++) {
        if (position < 255) {
          element[i] |= (long) (bytes[position >>> 3] >>> (position & 7) & 1) << bit;
        }
      }
    }
    return element;
  }

  private static byte[] encode(long[] element) {
    long[] h = element.clone();
    // Make every limb non-negative and below its width; the value is then below 2^255 + small.
    for (int pass = 0; pass < 3; pass++) {
      for (int i = 0; i < LIMBS; i++) {
        int width = 26 - (i & 1);
        long carry = h[i] >> width;
        h[i] -= carry << width;
        if (i < LIMBS - 1) {
          h[i + 1] += carry;
        } else {
          h[0] += carry * 19;
        }
      }
    }
    // h + 19 reaches bit 255 exactly when h >= p: then h + 19 - 2^255 is the canonical value.
    long[] plus = h.clone();
    plus[0] += 19;
    long overflow = 0;
    for (int i = 0; i < LIMBS; i++) {
      int width = 26 - (i & 1);
      long carry = plus[i] >> width;
      plus[i] -= carry << width;
      if (i < LIMBS - 1) {
        plus[i + 1] += carry;
      } else {
        overflow = carry;
      }
    }
    long mask = -overflow;
    byte[] out = new byte[32];
    int position = 0;
    for (int i = 0; i < LIMBS; i++) {
      long limb = h[i] & ~mask | plus[i] & mask;
      int width = 26 - (i & 1);
      for (int bit = 0; bit < width; bit++, position++) {
        out[position >>> 3] |= (byte) ((limb >>> bit & 1) << (position & 7));
      }
    }
    Arrays.fill(h, 0);
    Arrays.fill(plus, 0);
    return out;
  }
}
