// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.wg4j.AllowedIp;
import org.wg4j.IpAddress;

/** The next address of a network that nobody has. */
final class FreeAddress {

  private FreeAddress() {}

  /**
   * The lowest host address of a network outside all prefixes that are taken.
   *
   * @param taken of any family; those around the whole network are routes to it and take nothing
   * @return empty if the network is full, or too small to have hosts
   */
  static Optional<IpAddress> in(AllowedIp network, List<AllowedIp> taken) {
    int bits = network.address().bits();
    BigInteger first = number(network.address());
    BigInteger size = BigInteger.ONE.shiftLeft(bits - network.prefixLength());
    BigInteger end = first.add(size);
    BigInteger candidate = first;
    if (size.compareTo(BigInteger.TWO) > 0) {
      // The first address is the network's or the routers' (RFC 4291, 2.6.1), IPv4's last one is
      // for broadcasts. Networks of two have neither (RFC 3021, RFC 6164).
      candidate = candidate.add(BigInteger.ONE);
      end = network.address().isIpv6() ? end : end.subtract(BigInteger.ONE);
    }
    List<AllowedIp> within = new ArrayList<>();
    for (AllowedIp prefix : taken) {
      if (prefix.prefixLength() > network.prefixLength() && network.contains(prefix.address())) {
        within.add(prefix);
      }
    }
    within.sort(Comparator.comparing(AllowedIp::address));
    for (AllowedIp prefix : within) {
      BigInteger start = number(prefix.address());
      if (start.compareTo(candidate) > 0) {
        break;
      }
      BigInteger after = start.add(BigInteger.ONE.shiftLeft(bits - prefix.prefixLength()));
      candidate = candidate.max(after);
    }
    return candidate.compareTo(end) < 0
        ? Optional.of(address(candidate, bits / 8))
        : Optional.empty();
  }

  private static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.toBytes());
  }

  private static IpAddress address(BigInteger number, int length) {
    byte[] bytes = new byte[length];
    byte[] digits = number.toByteArray();
    int count = Math.min(length, digits.length);
    System.arraycopy(digits, digits.length - count, bytes, length - count, count);
    return IpAddress.of(bytes);
  }
}
