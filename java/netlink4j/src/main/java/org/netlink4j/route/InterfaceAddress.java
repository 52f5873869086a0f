// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import org.netlink4j.Attribute;
import org.netlink4j.Attributes;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkMessage;

/**
 * An IP address of a network interface.
 *
 * @param linkIndex the interface's number
 * @param address the address, with the length of its network
 * @param peer the other end's address on a point-to-point interface, when it has one of its own
 * @param scope where it is valid: 0 everywhere, 253 the link, 254 the host
 * @param flags {@code IFA_F_*}
 * @param label the name that IPv4 addresses carry
 */
public record InterfaceAddress(
    int linkIndex,
    IpPrefix address,
    Optional<InetAddress> peer,
    int scope,
    int flags,
    Optional<String> label) {
  /** Scope: valid everywhere. */
  public static final int SCOPE_UNIVERSE = 0;

  /** Scope: valid on the link. */
  public static final int SCOPE_LINK = 253;

  /** Scope: valid on the host. */
  public static final int SCOPE_HOST = 254;

  /** Flag: IPv6, do not look for duplicates. */
  public static final int IFA_F_NODAD = 0x2;

  /** Flag: not yet known to be without a duplicate. */
  public static final int IFA_F_TENTATIVE = 0x40;

  /** Flag: does not expire. */
  public static final int IFA_F_PERMANENT = 0x80;

  /** Flag: make no route for the prefix. */
  public static final int IFA_F_NOPREFIXROUTE = 0x200;

  static final int HEADER = 8;
  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int IFA_LABEL = 3;
  static final int IFA_FLAGS = 8;

  /** All components are required; absent ones are empty. */
  public InterfaceAddress {
    Objects.requireNonNull(address);
    Objects.requireNonNull(peer);
    Objects.requireNonNull(label);
    RouteMessages.requireByte(scope, "scope");
    if (peer.isPresent() && IpFamily.of(peer.get()) != address.family()) {
      throw new IllegalArgumentException("address and peer are of two families");
    }
  }

  /** An address to be added, as {@code ip address add} makes it from the same text. */
  public static InterfaceAddress of(int linkIndex, IpPrefix address) {
    int scope = address.address().isLoopbackAddress() ? SCOPE_HOST : SCOPE_UNIVERSE;
    return new InterfaceAddress(linkIndex, address, Optional.empty(), scope, 0, Optional.empty());
  }

  /** The same with other flags. */
  public InterfaceAddress withFlags(int flags) {
    return new InterfaceAddress(linkIndex, address, peer, scope, flags, label);
  }

  /** Reads an {@code RTM_NEWADDR} or {@code RTM_DELADDR} message, an answer or an event. */
  public static InterfaceAddress read(NetlinkMessage message) throws MalformedMessageException {
    ByteBuffer header = message.header(HEADER);
    Attributes attributes = message.attributes(HEADER);
    IpFamily family = RouteMessages.family(header.get(0) & 0xff);
    InetAddress other =
        RouteMessages.address(attributes, IFA_ADDRESS, family)
            .orElseThrow(() -> new MalformedMessageException("an address message without one"));
    InetAddress address = RouteMessages.address(attributes, IFA_LOCAL, family).orElse(other);
    return new InterfaceAddress(
        header.getInt(4),
        RouteMessages.prefix(address, header.get(1) & 0xff),
        address.equals(other) ? Optional.empty() : Optional.of(other),
        header.get(3) & 0xff,
        Link.number(attributes, IFA_FLAGS).orElse(header.get(2) & 0xff),
        attributes.find(IFA_LABEL).map(Attribute::string));
  }
}
