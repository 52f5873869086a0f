// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.net.InetAddress;
import java.util.Optional;
import org.netlink4j.Attribute;
import org.netlink4j.Attributes;
import org.netlink4j.MalformedMessageException;

/** What the readers of routes, rules and addresses share. */
final class RouteMessages {
  private RouteMessages() {}

  /** For fields that have eight bits in a message. */
  static void requireByte(int value, String what) {
    if (value < 0 || value > 255) {
      throw new IllegalArgumentException(what + " out of range 0 to 255: " + value);
    }
  }

  /** For fields that have 32 bits in a message. */
  static void requireWord(long value, String what) {
    if (value < 0 || value > 0xffffffffL) {
      throw new IllegalArgumentException(what + " out of range 0 to 4294967295: " + value);
    }
  }

  static IpPrefix prefix(InetAddress address, int length) throws MalformedMessageException {
    if (length > IpFamily.of(address).bits()) {
      throw new MalformedMessageException(
          "a prefix length of " + length + " for " + IpPrefix.format(address));
    }
    return new IpPrefix(address, length);
  }

  /** A prefix whose address is an attribute and absent when it is all zero. */
  static IpPrefix prefix(Attributes attributes, int type, int length, IpFamily family)
      throws MalformedMessageException {
    Optional<InetAddress> address = address(attributes, type, family);
    return prefix(address.orElse(IpPrefix.any(family).address()), length);
  }

  static Optional<InetAddress> address(Attributes attributes, int type, IpFamily family)
      throws MalformedMessageException {
    Optional<Attribute> attribute = attributes.find(type);
    if (attribute.isEmpty()) {
      return Optional.empty();
    }
    InetAddress address = attribute.get().address();
    if (IpFamily.of(address) != family) {
      throw new MalformedMessageException(
          "attribute " + type + " has an address of another family than its message");
    }
    return Optional.of(address);
  }

  static IpFamily family(int number) throws MalformedMessageException {
    for (IpFamily family : IpFamily.values()) {
      if (family.number() == number) {
        return family;
      }
    }
    throw new MalformedMessageException("address family " + number + " is not of IP");
  }
}
