// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.netlink4j.Attribute;
import org.netlink4j.Attributes;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkMessage;

/**
 * An IP route, read from the kernel or to be added or deleted. What is empty is left to the
 * kernel's or to {@code ip route}'s defaults when adding, and matches everything when deleting.
 *
 * @param destination where it leads; {@code 0.0.0.0/0} or {@code ::/0} for the default route
 * @param table the table's number, 1 to 4294967295
 * @param linkIndex the interface to send through
 * @param gateway the next hop
 * @param source the source address that packets prefer
 * @param metric its priority, lower is preferred, 0 to 4294967295
 * @param mtu the path's MTU in bytes, when the route sets one
 * @param scope {@code RT_SCOPE_*}: 0 everywhere, 253 the link, 254 the host
 * @param type {@code RTN_*}: 1 unicast, 2 local, 6 blackhole, 7 unreachable ...
 * @param protocol {@code RTPROT_*}, who made it: 2 the kernel, 3 boot, 4 an administrator ...
 * @param attributes all that the kernel told, known to this record or not; empty when it was not
 *     read
 */
public record Route(
    IpPrefix destination,
    long table,
    OptionalInt linkIndex,
    Optional<InetAddress> gateway,
    Optional<InetAddress> source,
    OptionalLong metric,
    OptionalInt mtu,
    OptionalInt scope,
    OptionalInt type,
    OptionalInt protocol,
    Attributes attributes) {
  /** The table that packets are routed by when no rule says otherwise. */
  public static final int TABLE_MAIN = 254;

  /** The table of addresses of this host. */
  public static final int TABLE_LOCAL = 255;

  /** Scope: everywhere. */
  public static final int SCOPE_UNIVERSE = 0;

  /** Scope: the link. */
  public static final int SCOPE_LINK = 253;

  /** Scope: the host. */
  public static final int SCOPE_HOST = 254;

  /** Type: a plain route. */
  public static final int TYPE_UNICAST = 1;

  /** Type: silently drops. */
  public static final int TYPE_BLACKHOLE = 6;

  /** Type: drops with an ICMP unreachable. */
  public static final int TYPE_UNREACHABLE = 7;

  /** Protocol: made at boot, which is what {@code ip route} says when it is not told. */
  public static final int PROTOCOL_BOOT = 3;

  static final int HEADER = 12;
  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_PREFSRC = 7;
  static final int RTA_METRICS = 8;
  static final int RTA_TABLE = 15;
  static final int RTA_MARK = 16;
  static final int RTAX_MTU = 2;

  /** All components are required; absent ones are empty. Numbers must be in their ranges. */
  public Route {
    Objects.requireNonNull(destination);
    Objects.requireNonNull(linkIndex);
    Objects.requireNonNull(gateway);
    Objects.requireNonNull(source);
    Objects.requireNonNull(metric);
    Objects.requireNonNull(mtu);
    Objects.requireNonNull(scope);
    Objects.requireNonNull(type);
    Objects.requireNonNull(protocol);
    Objects.requireNonNull(attributes);
    if (table < 1 || table > 0xffffffffL) {
      throw new IllegalArgumentException("table out of range 1 to 4294967295: " + table);
    }
    metric.ifPresent(value -> RouteMessages.requireWord(value, "metric"));
    scope.ifPresent(value -> RouteMessages.requireByte(value, "scope"));
    type.ifPresent(value -> RouteMessages.requireByte(value, "type"));
    protocol.ifPresent(value -> RouteMessages.requireByte(value, "protocol"));
  }

  /** Starts to describe a route to a network, in the main table. */
  public static Builder to(IpPrefix destination) {
    return new Builder(destination);
  }

  /** The family of the destination. */
  public IpFamily family() {
    return destination.family();
  }

  /** Whether it is a default route. */
  public boolean isDefault() {
    return destination.length() == 0;
  }

  /** Reads an {@code RTM_NEWROUTE} or {@code RTM_DELROUTE} message, an answer or an event. */
  public static Route read(NetlinkMessage message) throws MalformedMessageException {
    ByteBuffer header = message.header(HEADER);
    Attributes attributes = message.attributes(HEADER);
    IpFamily family = RouteMessages.family(header.get(0) & 0xff);
    Optional<Attribute> metrics = attributes.find(RTA_METRICS);
    Optional<Attribute> table = attributes.find(RTA_TABLE);
    Optional<Attribute> priority = attributes.find(RTA_PRIORITY);
    // Some answers to a lookup name no table: it is then the main one that was meant.
    long number = table.isPresent() ? table.get().u32() : header.get(4) & 0xff;
    return new Route(
        RouteMessages.prefix(attributes, RTA_DST, header.get(1) & 0xff, family),
        number == 0 ? TABLE_MAIN : number,
        Link.number(attributes, RTA_OIF),
        RouteMessages.address(attributes, RTA_GATEWAY, family),
        RouteMessages.address(attributes, RTA_PREFSRC, family),
        priority.isPresent() ? OptionalLong.of(priority.get().u32()) : OptionalLong.empty(),
        metrics.isPresent() ? Link.number(metrics.get().nested(), RTAX_MTU) : OptionalInt.empty(),
        OptionalInt.of(header.get(6) & 0xff),
        OptionalInt.of(header.get(7) & 0xff),
        OptionalInt.of(header.get(5) & 0xff),
        attributes);
  }

  /** Describes a route. Not thread-safe. */
  public static final class Builder {
    private final IpPrefix destination;
    private long table = TABLE_MAIN;
    private OptionalInt linkIndex = OptionalInt.empty();
    private Optional<InetAddress> gateway = Optional.empty();
    private Optional<InetAddress> source = Optional.empty();
    private OptionalLong metric = OptionalLong.empty();
    private OptionalInt mtu = OptionalInt.empty();
    private OptionalInt scope = OptionalInt.empty();
    private OptionalInt type = OptionalInt.empty();
    private OptionalInt protocol = OptionalInt.empty();

    private Builder(IpPrefix destination) {
      this.destination = destination.masked();
    }

    /** Sets the table, 1 to 4294967295. */
    public Builder table(long number) {
      table = number;
      return this;
    }

    /** Sets the interface to send through. */
    public Builder linkIndex(int index) {
      linkIndex = OptionalInt.of(index);
      return this;
    }

    /** Sets the next hop. */
    public Builder gateway(InetAddress address) {
      gateway = Optional.of(address);
      return this;
    }

    /** Sets the preferred source address. */
    public Builder source(InetAddress address) {
      source = Optional.of(address);
      return this;
    }

    /** Sets the priority, 0 to 4294967295; lower is preferred. */
    public Builder metric(long value) {
      metric = OptionalLong.of(value);
      return this;
    }

    /** Sets the path's MTU in bytes. */
    public Builder mtu(int bytes) {
      mtu = OptionalInt.of(bytes);
      return this;
    }

    /** Sets the scope, {@code RT_SCOPE_*}. */
    public Builder scope(int value) {
      scope = OptionalInt.of(value);
      return this;
    }

    /** Sets the type, {@code RTN_*}. */
    public Builder type(int value) {
      type = OptionalInt.of(value);
      return this;
    }

    /** Sets who made it, {@code RTPROT_*}. */
    public Builder protocol(int value) {
      protocol = OptionalInt.of(value);
      return this;
    }

    /** The route. */
    public Route build() {
      return new Route(
          destination,
          table,
          linkIndex,
          gateway,
          source,
          metric,
          mtu,
          scope,
          type,
          protocol,
          Attributes.EMPTY);
    }
  }
}
