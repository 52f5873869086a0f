// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;

/**
 * An IP address and how many of its leading bits count. The other bits are kept as they are: an
 * interface's address has them, a network's are zero (see {@link #masked()}).
 *
 * @param address the address
 * @param length how many leading bits count, 0 to 32 or 0 to 128
 */
public record IpPrefix(InetAddress address, int length) {
  /** The length must suit the address. */
  public IpPrefix {
    Objects.requireNonNull(address);
    int bits = IpFamily.of(address).bits();
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException("prefix length " + length + " is not in 0 to " + bits);
    }
  }

  /** An address with all bits counting. */
  public static IpPrefix host(InetAddress address) {
    return new IpPrefix(address, IpFamily.of(address).bits());
  }

  /** Every address of a family: {@code 0.0.0.0/0} or {@code ::/0}. */
  public static IpPrefix any(IpFamily family) {
    return new IpPrefix(address(new byte[family.bits() / 8]), 0);
  }

  /**
   * Reads {@code address/length}, or an address alone, which means all its bits.
   *
   * @throws IllegalArgumentException when the text is neither
   */
  public static IpPrefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return host(parseAddress(text));
    }
    return new IpPrefix(parseAddress(text.substring(0, slash)), number(text, slash + 1, 128));
  }

  /**
   * Reads an address. Names are not looked up, and IPv4-mapped addresses stay IPv6.
   *
   * @throws IllegalArgumentException when the text is no plain IPv4 or IPv6 address
   */
  public static InetAddress parseAddress(String text) {
    if (text.indexOf(':') < 0) {
      return parseIpv4(text);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // No scope, and nothing that could be a name.
      if (c > 'f' || Character.digit(c, 16) < 0 && c != ':' && c != '.') {
        throw notAnAddress(text);
      }
    }
    // The JDK takes more digits than a group has, and zeros before the numbers of a quad.
    for (int start = 0, end; start <= text.length(); start = end + 1) {
      end = text.indexOf(':', start);
      end = end < 0 ? text.length() : end;
      if (text.indexOf('.', start) >= 0 && end == text.length()) {
        parseIpv4(text.substring(start));
      } else if (end - start > 4) {
        throw notAnAddress(text);
      }
    }
    try {
      InetAddress address = InetAddress.getByName("[" + text + "]");
      return address instanceof Inet4Address ? address(mapped(address.getAddress())) : address;
    } catch (UnknownHostException e) {
      throw notAnAddress(text);
    }
  }

  private static InetAddress parseIpv4(String text) {
    byte[] bytes = new byte[4];
    int start = 0;
    for (int i = 0; i < 4; i++) {
      int end = i < 3 ? text.indexOf('.', start) : text.length();
      if (end < 0) {
        throw notAnAddress(text);
      }
      bytes[i] = (byte) number(text.substring(0, end), start, 255);
      start = end + 1;
    }
    return address(bytes);
  }

  /** The decimal number that is the rest of a text, without leading zeros. */
  private static int number(String text, int start, int max) {
    int value = 0;
    int digits = text.length() - start;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9' || digits > 3 || digits > 1 && text.charAt(start) == '0') {
        throw notAnAddress(text);
      }
      value = 10 * value + (c - '0');
    }
    if (digits == 0 || value > max) {
      throw notAnAddress(text);
    }
    return value;
  }

  private static IllegalArgumentException notAnAddress(String text) {
    return new IllegalArgumentException("not an IP address: \"" + text + "\"");
  }

  /** The family of the address. */
  public IpFamily family() {
    return IpFamily.of(address);
  }

  /** The same with the bits that do not count set to zero. */
  public IpPrefix masked() {
    byte[] bytes = address.getAddress();
    for (int i = 0; i < bytes.length; i++) {
      int counting = Math.max(0, Math.min(8, length - 8 * i));
      bytes[i] &= (byte) (0xff00 >> counting);
    }
    return new IpPrefix(address(bytes), length);
  }

  /** {@code address/length}, IPv6 in the short form of RFC 5952. */
  @Override
  public String toString() {
    return format(address) + "/" + length;
  }

  /** An address as text, IPv6 in the short form of RFC 5952, without a scope. */
  public static String format(InetAddress address) {
    if (address instanceof Inet4Address) {
      return address.getHostAddress();
    }
    byte[] bytes = address.getAddress();
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > bestLength) {
        bestStart = i;
        bestLength = end - i;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == bestStart) {
        text.append("::");
        i += bestLength - 1;
        continue;
      }
      if (i > 0 && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }

  private static byte[] mapped(byte[] ipv4) {
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    System.arraycopy(ipv4, 0, bytes, 12, 4);
    return bytes;
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return bytes.length == 4
          ? InetAddress.getByAddress(bytes)
          : Inet6Address.getByAddress(null, bytes, -1);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
