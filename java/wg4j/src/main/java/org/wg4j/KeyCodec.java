// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.Arrays;

/**
 * Base64 of 32-byte keys in constant time: no table look-up and no branch depends on a key's value,
 * only on its length and on whether the text is a key at all.
 */
final class KeyCodec {

  private KeyCodec() {}

  static byte[] copyOf(byte[] bytes) {
    if (bytes.length != Key.LENGTH) {
      throw new IllegalArgumentException("a key has 32 bytes, not " + bytes.length);
    }
    return bytes.clone();
  }

  static byte[] encode(byte[] key) {
    byte[] out = new byte[Key.BASE64_LENGTH];
    int at = 0;
    for (int i = 0; i < 30; i += 3) {
      int group = (key[i] & 0xff) << 16 | (key[i + 1] & 0xff) << 8 | key[i + 2] & 0xff;
      at = putGroup(out, at, group);
    }
    int last = (key[30] & 0xff) << 16 | (key[31] & 0xff) << 8;
    putGroup(out, at, last);
    out[43] = '=';
    return out;
  }

  private static int putGroup(byte[] out, int at, int group) {
    for (int shift = 18; shift >= 0; shift -= 6) {
      out[at++] = (byte) toChar(group >>> shift & 63);
    }
    return at;
  }

  static byte[] decode(CharSequence text) {
    byte[] ascii = new byte[text.length()];
    for (int i = 0; i < ascii.length; i++) {
      char c = text.charAt(i);
      // Anything beyond ASCII becomes a byte that is in no alphabet.
      ascii[i] = c < 128 ? (byte) c : 0;
    }
    try {
      return decode(ascii, 0, ascii.length);
    } finally {
      Arrays.fill(ascii, (byte) 0);
    }
  }

  static byte[] decode(byte[] ascii, int offset, int length) {
    if (length != Key.BASE64_LENGTH || ascii[offset + 43] != '=') {
      throw notAKey();
    }
    byte[] out = new byte[Key.LENGTH];
    int bad = 0;
    for (int i = 0, from = offset; i < 30; i += 3, from += 4) {
      int a = toValue(ascii[from]);
      int b = toValue(ascii[from + 1]);
      int c = toValue(ascii[from + 2]);
      int d = toValue(ascii[from + 3]);
      bad |= a | b | c | d;
      int group = a << 18 | b << 12 | c << 6 | d;
      out[i] = (byte) (group >>> 16);
      out[i + 1] = (byte) (group >>> 8);
      out[i + 2] = (byte) group;
    }
    int a = toValue(ascii[offset + 40]);
    int b = toValue(ascii[offset + 41]);
    int c = toValue(ascii[offset + 42]);
    // The last character carries four bits only; the two below them must be zero.
    bad |= a | b | c | -(c & 3);
    int group = a << 12 | b << 6 | c;
    out[30] = (byte) (group >>> 10);
    out[31] = (byte) (group >>> 2);
    if (bad < 0) {
      Arrays.fill(out, (byte) 0);
      throw notAKey();
    }
    return out;
  }

  private static IllegalArgumentException notAKey() {
    return new IllegalArgumentException("not a key: 44 characters of base64 are expected");
  }

  /** All ones if {@code low <= value <= high}, else zero. */
  private static int within(int value, int low, int high) {
    return ~((value - low | high - value) >> 31);
  }

  private static int toChar(int value) {
    return within(value, 0, 25) & value + 'A'
        | within(value, 26, 51) & value - 26 + 'a'
        | within(value, 52, 61) & value - 52 + '0'
        | within(value, 62, 62) & '+'
        | within(value, 63, 63) & '/';
  }

  /** The six bits of a character, or -1. */
  private static int toValue(int c) {
    int upper = within(c, 'A', 'Z');
    int lower = within(c, 'a', 'z');
    int digit = within(c, '0', '9');
    int plus = within(c, '+', '+');
    int slash = within(c, '/', '/');
    int value =
        upper & c - 'A' | lower & c - 'a' + 26 | digit & c - '0' + 52 | plus & 62 | slash & 63;
    return value | ~(upper | lower | digit | plus | slash);
  }
}
