// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An IP address and how many of its leading bits count. The other bits are kept as they are: an
 * interface's address has them, a network's are zero (see {@link #masked()}).
 *
 * @param address the address
 * @param length how many leading bits count, 0 to 32 or 0 to 128
 */
public record IpPrefix(InetAddress address, int length) {
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern LENGTH = Pattern.compile("0|[1-9]\\d{0,2}");

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
    String length = text.substring(slash + 1);
    if (!LENGTH.matcher(length).matches()) {
      throw new IllegalArgumentException("not a prefix length: \"" + length + "\"");
    }
    return new IpPrefix(parseAddress(text.substring(0, slash)), Integer.parseInt(length));
  }

  /**
   * Reads an address. Names are not looked up, and IPv4-mapped addresses stay IPv6.
   *
   * @throws IllegalArgumentException when the text is no plain IPv4 or IPv6 address
   */
  public static InetAddress parseAddress(String text) {
    try {
      if (IPV4.matcher(text).matches()) {
        return InetAddress.getByName(text);
      }
      if (IPV6.matcher(text).matches()) {
        // The brackets keep the JDK from taking anything for a name.
        InetAddress address = InetAddress.getByName("[" + text + "]");
        return address instanceof Inet4Address ? address(mapped(address.getAddress())) : address;
      }
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an IP address: \"" + text + "\"", e);
    }
    throw new IllegalArgumentException("not an IP address: \"" + text + "\"");
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
