// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.Optional;

/**
 * A prefix of addresses that belong to a peer. Host bits are zero, as the kernel would make them.
 *
 * @param address the first address of the prefix
 * @param prefixLength 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record AllowedIp(IpAddress address, int prefixLength) {

  /**
   * Masks the host bits of {@code address}.
   *
   * @throws IllegalArgumentException if the prefix length does not fit the address's family
   */
  public AllowedIp {
    address = address.masked(prefixLength);
  }

  /**
   * Reads {@code ADDRESS/LENGTH}, or {@code ADDRESS} alone for a single address.
   *
   * @throws IllegalArgumentException if it is neither; nothing is looked up
   */
  public static AllowedIp parse(String text) {
    int slash = text.indexOf('/');
    IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
    if (slash < 0) {
      return new AllowedIp(address, address.bits());
    }
    return new AllowedIp(
        address,
        parseLength(text.substring(slash + 1))
            .filter(length -> length <= address.bits())
            .orElseThrow(() -> new IllegalArgumentException("not a prefix: " + text)));
  }

  /** Decimal digits only, no sign. Leading zeros are fine. Empty if over 128 or not a number. */
  static Optional<Integer> parseLength(String digits) {
    if (digits.isEmpty() || digits.length() > 1000) {
      return Optional.empty();
    }
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return Optional.empty();
      }
      value = value * 10 + c - '0';
      if (value > 128) {
        return Optional.empty();
      }
    }
    return Optional.of(value);
  }

  /** Whether {@code other} lies within this prefix. */
  public boolean contains(IpAddress other) {
    return other.isIpv6() == address.isIpv6() && other.masked(prefixLength).equals(address);
  }

  /** {@code ADDRESS/LENGTH}, with the length always written. */
  @Override
  public String toString() {
    return address + "/" + prefixLength;
  }
}
