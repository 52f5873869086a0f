// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.netlink4j.Attribute;
import org.netlink4j.Attributes;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkMessage;

/**
 * A network interface.
 *
 * @param index its number in its namespace, from 1
 * @param name its name
 * @param kind what {@code ip link add ... type} calls it; hardware and {@code lo} have none
 * @param hardwareType the ARP hardware type
 * @param flags {@code IFF_*}
 * @param mtu the largest packet in bytes
 * @param master the interface that it is a part of, by number
 * @param parent the interface that it lies on or is paired with, by number, in the namespace that
 *     {@code parentNamespaceId} names, or in its own
 * @param parentNamespaceId the number that its namespace knows the parent's namespace by
 * @param attributes all that the kernel told, known to this record or not
 */
public record Link(
    int index,
    String name,
    Optional<String> kind,
    int hardwareType,
    int flags,
    int mtu,
    OptionalInt master,
    OptionalInt parent,
    OptionalInt parentNamespaceId,
    Attributes attributes) {
  /** Flag: administratively up. */
  public static final int IFF_UP = 0x1;

  /** Flag: a loopback. */
  public static final int IFF_LOOPBACK = 0x8;

  /** Flag: operational. */
  public static final int IFF_RUNNING = 0x40;

  static final int HEADER = 16;
  static final int IFLA_ADDRESS = 1;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_LINK = 5;
  static final int IFLA_MASTER = 10;
  static final int IFLA_TXQLEN = 13;
  static final int IFLA_OPERSTATE = 16;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_STATS64 = 23;
  static final int IFLA_NET_NS_FD = 28;
  static final int IFLA_LINK_NETNSID = 37;
  static final int IFLA_ALT_IFNAME = 53;
  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_INFO_DATA = 2;

  /** All components are required; absent ones are empty. */
  public Link {
    Objects.requireNonNull(name);
    Objects.requireNonNull(kind);
    Objects.requireNonNull(master);
    Objects.requireNonNull(parent);
    Objects.requireNonNull(parentNamespaceId);
    Objects.requireNonNull(attributes);
  }

  /**
   * Counters of an interface since it was made.
   *
   * @param rxPackets packets received
   * @param txPackets packets sent
   * @param rxBytes bytes received
   * @param txBytes bytes sent
   * @param rxErrors bad packets received
   * @param txErrors packets that could not be sent
   * @param rxDropped packets dropped on receiving
   * @param txDropped packets dropped on sending
   */
  public record Statistics(
      long rxPackets,
      long txPackets,
      long rxBytes,
      long txBytes,
      long rxErrors,
      long txErrors,
      long rxDropped,
      long txDropped) {}

  /** Reads an {@code RTM_NEWLINK} or {@code RTM_DELLINK} message, an answer or an event. */
  public static Link read(NetlinkMessage message) throws MalformedMessageException {
    ByteBuffer header = message.header(HEADER);
    Attributes attributes = message.attributes(HEADER);
    Optional<String> kind = Optional.empty();
    Optional<Attribute> info = attributes.find(IFLA_LINKINFO);
    if (info.isPresent()) {
      kind = info.get().nested().find(IFLA_INFO_KIND).map(Attribute::string);
    }
    return new Link(
        header.getInt(4),
        attributes.get(IFLA_IFNAME).string(),
        kind,
        header.getShort(2) & 0xffff,
        header.getInt(8),
        number(attributes, IFLA_MTU).orElse(0),
        linkNumber(attributes, IFLA_MASTER),
        linkNumber(attributes, IFLA_LINK),
        number(attributes, IFLA_LINK_NETNSID),
        attributes);
  }

  /** Whether it is administratively up. */
  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  /** Its hardware address, of no bytes when it has none. */
  public byte[] hardwareAddress() {
    return attributes.find(IFLA_ADDRESS).map(Attribute::bytes).orElseGet(() -> new byte[0]);
  }

  /** Length of its transmit queue in packets. */
  public int txQueueLength() throws MalformedMessageException {
    return number(attributes, IFLA_TXQLEN).orElse(0);
  }

  /** Its counters, when the kernel told them. */
  public Optional<Statistics> statistics() throws MalformedMessageException {
    Optional<Attribute> stats = attributes.find(IFLA_STATS64);
    if (stats.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer data = stats.get().buffer();
    if (data.remaining() < 8 * Long.BYTES) {
      throw new MalformedMessageException("link statistics of " + data.remaining() + " bytes");
    }
    return Optional.of(
        new Statistics(
            data.getLong(),
            data.getLong(),
            data.getLong(),
            data.getLong(),
            data.getLong(),
            data.getLong(),
            data.getLong(),
            data.getLong()));
  }

  /** Its kind's own attributes, when it has any. */
  public Attributes kindData() throws MalformedMessageException {
    Optional<Attribute> info = attributes.find(IFLA_LINKINFO);
    if (info.isEmpty()) {
      return Attributes.EMPTY;
    }
    Optional<Attribute> data = info.get().nested().find(IFLA_INFO_DATA);
    return data.isEmpty() ? Attributes.EMPTY : data.get().nested();
  }

  @Override
  public String toString() {
    return "link "
        + index
        + " "
        + name
        + kind.map(k -> " (" + k + ")").orElse("")
        + " mtu "
        + mtu
        + (isUp() ? " up" : " down");
  }

  /** The number of a link; tunnels that lie on none say 0. */
  private static OptionalInt linkNumber(Attributes attributes, int type)
      throws MalformedMessageException {
    OptionalInt number = number(attributes, type);
    return number.isPresent() && number.getAsInt() == 0 ? OptionalInt.empty() : number;
  }

  static OptionalInt number(Attributes attributes, int type) throws MalformedMessageException {
    Optional<Attribute> attribute = attributes.find(type);
    return attribute.isPresent() ? OptionalInt.of(attribute.get().s32()) : OptionalInt.empty();
  }
}
