// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * A numeric IPv4 or IPv6 address without scope. Unlike {@link InetAddress} it never asks a name
 * server, never turns an IPv4-mapped IPv6 address into an IPv4 one, and is cheap to load.
 * Immutable.
 */
public final class IpAddress implements Comparable<IpAddress> {

  private final boolean v6;
  private final long high;
  private final long low;

  private IpAddress(boolean v6, long high, long low) {
    this.v6 = v6;
    this.high = high;
    this.low = low;
  }

  /**
   * An address of 4 or 16 bytes in network order.
   *
   * @throws IllegalArgumentException on any other length
   */
  public static IpAddress of(byte[] bytes) {
    return switch (bytes.length) {
      case 4 -> new IpAddress(false, 0, bigEndian(bytes, 0, 4));
      case 16 -> new IpAddress(true, bigEndian(bytes, 0, 8), bigEndian(bytes, 8, 8));
      default ->
          throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
    };
  }

  /** The same address; a scope is dropped. */
  public static IpAddress of(InetAddress address) {
    return of(address.getAddress());
  }

  private static long bigEndian(byte[] bytes, int offset, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | bytes[offset + i] & 0xff;
    }
    return value;
  }

  /**
   * Reads what inet_pton(3) reads: dotted quads without leading zeros, and every form of IPv6.
   *
   * @throws IllegalArgumentException if the text is no such address; nothing is looked up
   */
  public static IpAddress parse(String text) {
    return tryParse(text)
        .orElseThrow(() -> new IllegalArgumentException("not an IP address: " + text));
  }

  /** As {@link #parse}, with an empty result instead of an exception. */
  public static Optional<IpAddress> tryParse(String text) {
    if (text.indexOf(':') >= 0) {
      return parse6(text);
    }
    long quad = parse4(text, 0);
    return quad < 0 ? Optional.empty() : Optional.of(new IpAddress(false, 0, quad));
  }

  /** The dotted quad that fills {@code text} from {@code start} on, or -1. */
  private static long parse4(String text, int start) {
    long value = 0;
    int parts = 0;
    int at = start;
    while (true) {
      int part = 0;
      int digits = 0;
      while (at < text.length() && isDigit(text.charAt(at))) {
        if (digits > 0 && part == 0) {
          return -1;
        }
        part = part * 10 + text.charAt(at++) - '0';
        digits++;
        if (part > 255) {
          return -1;
        }
      }
      if (digits == 0) {
        return -1;
      }
      value = value << 8 | part;
      parts++;
      if (at == text.length()) {
        return parts == 4 ? value : -1;
      }
      if (text.charAt(at++) != '.' || parts == 4) {
        return -1;
      }
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static Optional<IpAddress> parse6(String text) {
    int[] groups = new int[8];
    int count = 0;
    int gap = -1;
    int at = 0;
    int length = text.length();
    if (text.startsWith("::")) {
      gap = 0;
      at = 2;
    } else if (text.charAt(0) == ':') {
      return Optional.empty();
    }
    while (at < length) {
      if (count == 8) {
        return Optional.empty();
      }
      int start = at;
      int value = 0;
      while (at < length && at - start < 5 && Character.digit(text.charAt(at), 16) >= 0) {
        if (text.charAt(at) > 'f') {
          return Optional.empty();
        }
        value = value << 4 | Character.digit(text.charAt(at++), 16);
      }
      if (at < length && text.charAt(at) == '.') {
        long quad = count <= 6 ? parse4(text, start) : -1;
        if (quad < 0) {
          return Optional.empty();
        }
        groups[count++] = (int) (quad >>> 16);
        groups[count++] = (int) quad & 0xffff;
        break;
      }
      if (at == start || at - start > 4) {
        return Optional.empty();
      }
      groups[count++] = value;
      if (at == length) {
        break;
      }
      if (text.charAt(at++) != ':') {
        return Optional.empty();
      }
      if (at < length && text.charAt(at) == ':') {
        if (gap >= 0) {
          return Optional.empty();
        }
        gap = count;
        at++;
      } else if (at == length) {
        return Optional.empty();
      }
    }
    if (gap < 0 ? count != 8 : count == 8) {
      return Optional.empty();
    }
    if (gap >= 0) {
      int tail = count - gap;
      for (int i = 0; i < tail; i++) {
        groups[7 - i] = groups[count - 1 - i];
      }
      for (int i = gap; i < 8 - tail; i++) {
        groups[i] = 0;
      }
    }
    return Optional.of(new IpAddress(true, join(groups, 0), join(groups, 4)));
  }

  private static long join(int[] groups, int from) {
    long value = 0;
    for (int i = from; i < from + 4; i++) {
      value = value << 16 | groups[i];
    }
    return value;
  }

  /** Whether this is an IPv6 address. */
  public boolean isIpv6() {
    return v6;
  }

  /** Width in bits: 32 or 128. */
  public int bits() {
    return v6 ? 128 : 32;
  }

  /** Whether this is an IPv6 address whose meaning depends on a link: fe80::/10 or ff02::/16. */
  public boolean needsScope() {
    return v6 && (high >>> 54 == 0xfe80 >>> 6 || high >>> 56 == 0xff && (high >>> 48 & 0xf) <= 2);
  }

  /** The address's 4 or 16 bytes in network order. */
  public byte[] toBytes() {
    byte[] out = new byte[v6 ? 16 : 4];
    for (int i = 0; i < out.length; i++) {
      out[out.length - 1 - i] = (byte) (i < 8 ? low >>> 8 * i : high >>> 8 * (i - 8));
    }
    return out;
  }

  /** The same address for the JDK's API. IPv4-mapped addresses stay IPv6. */
  public InetAddress toInetAddress() {
    try {
      return v6
          ? Inet6Address.getByAddress(null, toBytes(), -1)
          : Inet4Address.getByAddress(toBytes());
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are always an address", e);
    }
  }

  /**
   * This address with all bits after the first {@code prefixLength} zero.
   *
   * @throws IllegalArgumentException unless {@code 0 <= prefixLength <= bits()}
   */
  public IpAddress masked(int prefixLength) {
    if (prefixLength < 0 || prefixLength > bits()) {
      throw new IllegalArgumentException(
          "a prefix of this family has 0 to " + bits() + " bits, not " + prefixLength);
    }
    if (!v6) {
      return new IpAddress(false, 0, low & mask(32 + prefixLength));
    }
    return prefixLength <= 64
        ? new IpAddress(true, high & mask(prefixLength), 0)
        : new IpAddress(true, high, low & mask(prefixLength - 64));
  }

  /** The first {@code ones} of 64 bits. */
  private static long mask(int ones) {
    return ones == 0 ? 0 : -1L << 64 - ones;
  }

  /** IPv4 before IPv6, then by value. */
  @Override
  public int compareTo(IpAddress other) {
    if (v6 != other.v6) {
      return v6 ? 1 : -1;
    }
    int upper = Long.compareUnsigned(high, other.high);
    return upper != 0 ? upper : Long.compareUnsigned(low, other.low);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IpAddress that && v6 == that.v6 && high == that.high && low == that.low;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(high * 31 + low) + (v6 ? 1 : 0);
  }

  /** The text that inet_ntop(3) of glibc makes. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(v6 ? 39 : 15);
    if (v6) {
      append6(out);
    } else {
      appendQuad(out, low);
    }
    return out.toString();
  }

  private static void appendQuad(StringBuilder out, long quad) {
    out.append(quad >>> 24 & 0xff).append('.').append(quad >>> 16 & 0xff);
    out.append('.').append(quad >>> 8 & 0xff).append('.').append(quad & 0xff);
  }

  private int group(int index) {
    long half = index < 4 ? high : low;
    return (int) (half >>> 16 * (3 - (index & 3))) & 0xffff;
  }

  private void append6(StringBuilder out) {
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && group(end) == 0) {
        end++;
      }
      if (end - i > bestLength) {
        bestStart = i;
        bestLength = end - i;
      }
      i = Math.max(i, end - 1);
    }
    boolean embedded = bestStart == 0 && (bestLength == 6 || bestLength == 5 && group(5) == 0xffff);
    for (int i = 0; i < 8; i++) {
      if (i == bestStart) {
        out.append(i + bestLength == 8 ? "::" : ":");
        i += bestLength - 1;
        continue;
      }
      if (i > 0) {
        out.append(':');
      }
      if (embedded && i == 6) {
        appendQuad(out, low & 0xffffffffL);
        return;
      }
      out.append(Integer.toHexString(group(i)));
    }
  }
}
