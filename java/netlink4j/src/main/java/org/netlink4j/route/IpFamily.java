// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The two versions of IP. */
public enum IpFamily {
  /** IPv4. */
  IPV4(2, 32),

  /** IPv6. */
  IPV6(10, 128);

  private final int number;
  private final int bits;

  IpFamily(int number, int bits) {
    this.number = number;
    this.bits = bits;
  }

  /** The address family's number, {@code AF_INET} or {@code AF_INET6}. */
  public int number() {
    return number;
  }

  /** Length of an address in bits. */
  public int bits() {
    return bits;
  }

  /** The family of an address; an IPv4-mapped {@link java.net.Inet6Address} is IPv6. */
  public static IpFamily of(InetAddress address) {
    return address instanceof Inet4Address ? IPV4 : IPV6;
  }
}
