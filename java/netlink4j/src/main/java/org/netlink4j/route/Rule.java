// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.netlink4j.Attribute;
import org.netlink4j.Attributes;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkMessage;

/**
 * A rule of policy routing: which packets use which table. What is empty is left to the kernel's
 * defaults when adding, and matches everything when deleting.
 *
 * @param family the version of IP
 * @param priority its place, lower comes first, 0 to 4294967295
 * @param table the table that it sends packets to, 0 for none
 * @param mark the firewall mark that packets must have, 0 to 4294967295
 * @param mask which bits of the mark count
 * @param inverted whether it is for the packets that do <em>not</em> match
 * @param suppressPrefixLength routes found whose prefix has this length or less are ignored
 * @param from the packets' source
 * @param to the packets' destination
 * @param inputInterface the interface that packets come from
 * @param outputInterface the interface that their socket is bound to
 * @param action {@code FR_ACT_*}, 1 for a table
 * @param protocol who made it, {@code RTPROT_*}
 */
public record Rule(
    IpFamily family,
    OptionalLong priority,
    long table,
    OptionalLong mark,
    OptionalLong mask,
    boolean inverted,
    OptionalInt suppressPrefixLength,
    Optional<IpPrefix> from,
    Optional<IpPrefix> to,
    Optional<String> inputInterface,
    Optional<String> outputInterface,
    int action,
    OptionalInt protocol) {
  /** Action: use a table. */
  public static final int ACTION_TO_TABLE = 1;

  static final int HEADER = 12;
  static final int FIB_RULE_INVERT = 0x2;
  static final int FRA_DST = 1;
  static final int FRA_SRC = 2;
  static final int FRA_IIFNAME = 3;
  static final int FRA_PRIORITY = 6;
  static final int FRA_FWMARK = 10;
  static final int FRA_SUPPRESS_PREFIXLEN = 14;
  static final int FRA_TABLE = 15;
  static final int FRA_FWMASK = 16;
  static final int FRA_OIFNAME = 17;
  static final int FRA_PROTOCOL = 21;

  /** All components are required; absent ones are empty. Numbers must be in their ranges. */
  public Rule {
    Objects.requireNonNull(family);
    Objects.requireNonNull(priority);
    Objects.requireNonNull(mark);
    Objects.requireNonNull(mask);
    Objects.requireNonNull(suppressPrefixLength);
    Objects.requireNonNull(from);
    Objects.requireNonNull(to);
    Objects.requireNonNull(inputInterface);
    Objects.requireNonNull(outputInterface);
    Objects.requireNonNull(protocol);
    RouteMessages.requireWord(table, "table");
    priority.ifPresent(value -> RouteMessages.requireWord(value, "priority"));
    mark.ifPresent(value -> RouteMessages.requireWord(value, "mark"));
    mask.ifPresent(value -> RouteMessages.requireWord(value, "mask"));
    RouteMessages.requireByte(action, "action");
    protocol.ifPresent(value -> RouteMessages.requireByte(value, "protocol"));
    for (Optional<IpPrefix> prefix : List.of(from, to)) {
      if (prefix.isPresent() && prefix.get().family() != family) {
        throw new IllegalArgumentException(prefix.get() + " is not of " + family);
      }
    }
  }

  /** Starts to describe a rule that sends all packets to the main table. */
  public static Builder builder(IpFamily family) {
    return new Builder(family);
  }

  /** Reads an {@code RTM_NEWRULE} or {@code RTM_DELRULE} message, an answer or an event. */
  public static Rule read(NetlinkMessage message) throws MalformedMessageException {
    ByteBuffer header = message.header(HEADER);
    Attributes attributes = message.attributes(HEADER);
    IpFamily family = RouteMessages.family(header.get(0) & 0xff);
    Optional<Attribute> table = attributes.find(FRA_TABLE);
    OptionalInt suppress = Link.number(attributes, FRA_SUPPRESS_PREFIXLEN);
    Optional<Attribute> protocol = attributes.find(FRA_PROTOCOL);
    return new Rule(
        family,
        OptionalLong.of(number(attributes, FRA_PRIORITY).orElse(0)),
        table.isPresent() ? table.get().u32() : header.get(4) & 0xff,
        number(attributes, FRA_FWMARK),
        number(attributes, FRA_FWMASK),
        (header.getInt(8) & FIB_RULE_INVERT) != 0,
        suppress.isPresent() && suppress.getAsInt() < 0 ? OptionalInt.empty() : suppress,
        prefix(attributes, FRA_SRC, header.get(2) & 0xff, family),
        prefix(attributes, FRA_DST, header.get(1) & 0xff, family),
        attributes.find(FRA_IIFNAME).map(Attribute::string),
        attributes.find(FRA_OIFNAME).map(Attribute::string),
        header.get(7) & 0xff,
        protocol.isPresent() ? OptionalInt.of(protocol.get().u8()) : OptionalInt.empty());
  }

  private static OptionalLong number(Attributes attributes, int type)
      throws MalformedMessageException {
    Optional<Attribute> attribute = attributes.find(type);
    return attribute.isPresent() ? OptionalLong.of(attribute.get().u32()) : OptionalLong.empty();
  }

  private static Optional<IpPrefix> prefix(
      Attributes attributes, int type, int length, IpFamily family)
      throws MalformedMessageException {
    return length == 0 && !attributes.has(type)
        ? Optional.empty()
        : Optional.of(RouteMessages.prefix(attributes, type, length, family));
  }

  /** Describes a rule. Not thread-safe. */
  public static final class Builder {
    private final IpFamily family;
    private OptionalLong priority = OptionalLong.empty();
    private long table = Route.TABLE_MAIN;
    private OptionalLong mark = OptionalLong.empty();
    private OptionalLong mask = OptionalLong.empty();
    private boolean inverted;
    private OptionalInt suppressPrefixLength = OptionalInt.empty();
    private Optional<IpPrefix> from = Optional.empty();
    private Optional<IpPrefix> to = Optional.empty();
    private Optional<String> inputInterface = Optional.empty();
    private Optional<String> outputInterface = Optional.empty();
    private int action = ACTION_TO_TABLE;
    private OptionalInt protocol = OptionalInt.empty();

    private Builder(IpFamily family) {
      this.family = family;
    }

    /** Sets its place; by default the kernel puts it before all rules but the first. */
    public Builder priority(long value) {
      priority = OptionalLong.of(value);
      return this;
    }

    /** Sets the table, 0 to 4294967295. */
    public Builder table(long number) {
      table = number;
      return this;
    }

    /** Sets the firewall mark, 0 to 4294967295. */
    public Builder mark(long value) {
      mark = OptionalLong.of(value);
      return this;
    }

    /** Sets which bits of the mark count; by default all. */
    public Builder mask(long value) {
      mask = OptionalLong.of(value);
      return this;
    }

    /** Makes it for the packets that do not match. */
    public Builder inverted(boolean inverted) {
      this.inverted = inverted;
      return this;
    }

    /** Ignores routes found whose prefix has this length or less. */
    public Builder suppressPrefixLength(int length) {
      suppressPrefixLength = OptionalInt.of(length);
      return this;
    }

    /** Sets the packets' source. */
    public Builder from(IpPrefix prefix) {
      from = Optional.of(prefix);
      return this;
    }

    /** Sets the packets' destination. */
    public Builder to(IpPrefix prefix) {
      to = Optional.of(prefix);
      return this;
    }

    /** Sets the interface that packets come from. */
    public Builder inputInterface(String name) {
      inputInterface = Optional.of(name);
      return this;
    }

    /** Sets the interface that the packets' socket is bound to. */
    public Builder outputInterface(String name) {
      outputInterface = Optional.of(name);
      return this;
    }

    /** Sets the action, {@code FR_ACT_*}. */
    public Builder action(int value) {
      action = value;
      return this;
    }

    /** Sets who made it, {@code RTPROT_*}. */
    public Builder protocol(int value) {
      protocol = OptionalInt.of(value);
      return this;
    }

    /** The rule. */
    public Rule build() {
      return new Rule(
          family,
          priority,
          table,
          mark,
          mask,
          inverted,
          suppressPrefixLength,
          from,
          to,
          inputInterface,
          outputInterface,
          action,
          protocol);
    }
  }
}
