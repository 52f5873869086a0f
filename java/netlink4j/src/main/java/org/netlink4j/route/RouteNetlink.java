// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.netlink4j.Errno;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.MessageBuilder;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.NoSuchDeviceException;
import org.netlink4j.transport.Transport;

/**
 * Links, addresses, routes and rules of a network namespace, over rtnetlink.
 *
 * <p>Each method is one request; errors are the kernel's. For events open a {@link
 * org.netlink4j.NetlinkSubscription} for {@link Netlink#ROUTE} with the groups below and read its
 * messages with {@link Link#read}, {@link InterfaceAddress#read}, {@link Route#read} and {@link
 * Rule#read}.
 *
 * <p>Thread-safe, as its {@link NetlinkSocket} is.
 */
public final class RouteNetlink implements AutoCloseable {
  /** Message type: a link is there or has changed. */
  public static final int RTM_NEWLINK = 16;

  /** Message type: a link is gone. */
  public static final int RTM_DELLINK = 17;

  /** Message type: an address is there or has changed. */
  public static final int RTM_NEWADDR = 20;

  /** Message type: an address is gone. */
  public static final int RTM_DELADDR = 21;

  /** Message type: a route is there or has changed. */
  public static final int RTM_NEWROUTE = 24;

  /** Message type: a route is gone. */
  public static final int RTM_DELROUTE = 25;

  /** Message type: a rule is there. */
  public static final int RTM_NEWRULE = 32;

  /** Message type: a rule is gone. */
  public static final int RTM_DELRULE = 33;

  /** Multicast group: links. */
  public static final int GROUP_LINK = 1;

  /** Multicast group: IPv4 addresses. */
  public static final int GROUP_IPV4_ADDRESS = 5;

  /** Multicast group: IPv4 routes. */
  public static final int GROUP_IPV4_ROUTE = 7;

  /** Multicast group: IPv4 rules. */
  public static final int GROUP_IPV4_RULE = 8;

  /** Multicast group: IPv6 addresses. */
  public static final int GROUP_IPV6_ADDRESS = 9;

  /** Multicast group: IPv6 routes. */
  public static final int GROUP_IPV6_ROUTE = 11;

  /** Multicast group: IPv6 rules. */
  public static final int GROUP_IPV6_RULE = 19;

  private static final int RTM_GETLINK = 18;
  private static final int RTM_SETLINK = 19;
  private static final int RTM_GETADDR = 22;
  private static final int RTM_GETROUTE = 26;
  private static final int RTM_GETRULE = 34;
  private static final int VETH_INFO_PEER = 1;
  private static final int RTM_F_LOOKUP_TABLE = 0x1000;
  private static final int RT_SCOPE_NOWHERE = 255;
  private static final int IFNAMSIZ = 16;
  private static final int CREATE = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;

  private final NetlinkSocket socket;

  private RouteNetlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Opens rtnetlink in the present namespace. */
  public static RouteNetlink open() throws NetlinkException {
    return over(NetlinkSocket.open(Netlink.ROUTE));
  }

  /** Opens rtnetlink in a namespace. */
  public static RouteNetlink open(NetNamespace namespace) throws NetlinkException {
    return over(NetlinkSocket.builder(Netlink.ROUTE).namespace(namespace).open());
  }

  /** Uses a socket for {@link Netlink#ROUTE}, which is closed with this. */
  public static RouteNetlink over(NetlinkSocket socket) {
    return new RouteNetlink(socket);
  }

  /** The socket that is used. */
  public NetlinkSocket socket() {
    return socket;
  }

  @Override
  public void close() {
    socket.close();
  }

  /** All links. */
  public List<Link> links() throws NetlinkException {
    return read(link(RTM_GETLINK, 0, 0, 0, 0).describe("list links"), RTM_NEWLINK, Link::read);
  }

  /** All links of a kind; kernels that can (since 4.6) send no others. */
  public List<Link> links(String kind) throws NetlinkException {
    MessageBuilder request =
        link(RTM_GETLINK, 0, 0, 0, 0)
            .describe("list links of kind " + kind)
            .nest(Link.IFLA_LINKINFO, info -> info.string(Link.IFLA_INFO_KIND, kind));
    // The kernel ignores a kind that it does not know.
    List<Link> links = read(request, RTM_NEWLINK, Link::read);
    links.removeIf(link -> !link.kind().equals(Optional.of(kind)));
    return links;
  }

  /**
   * A link by name, also an alternative one.
   *
   * @throws NoSuchDeviceException when there is none
   */
  public Link link(String name) throws NetlinkException {
    return getLink(named(RTM_GETLINK, name, 0, 0).describe("get link " + name));
  }

  /**
   * A link by number.
   *
   * @throws NoSuchDeviceException when there is none
   */
  public Link link(int index) throws NetlinkException {
    return getLink(link(RTM_GETLINK, 0, index, 0, 0).describe("get link " + index));
  }

  /** A link by name, when there is one. */
  public Optional<Link> findLink(String name) throws NetlinkException {
    try {
      return Optional.of(link(name));
    } catch (NoSuchDeviceException e) {
      return Optional.empty();
    }
  }

  private Link getLink(MessageBuilder request) throws NetlinkException {
    return Link.read(one(request, RTM_NEWLINK));
  }

  /** Makes a link. */
  public void addLink(LinkSpec spec) throws NetlinkException {
    Deque<Transport.NamespaceHandle> namespaces = new ArrayDeque<>();
    try {
      // Opened first: the message's writers cannot fail.
      openNamespaces(spec, namespaces);
      int up = spec.up() ? Link.IFF_UP : 0;
      MessageBuilder request =
          link(RTM_NEWLINK, CREATE, 0, up, up)
              .describe("add " + spec.kind() + " link " + spec.name());
      Deque<Transport.NamespaceHandle> unused = new ArrayDeque<>(namespaces);
      write(request, spec, unused);
      socket.request(request);
    } finally {
      namespaces.forEach(Transport.NamespaceHandle::close);
    }
  }

  private void openNamespaces(LinkSpec spec, Deque<Transport.NamespaceHandle> opened)
      throws NetlinkException {
    if (spec.namespace().isPresent()) {
      opened.add(socket.transport().openNamespace(spec.namespace().get()));
    }
    if (spec.peer().isPresent()) {
      openNamespaces(spec.peer().get(), opened);
    }
  }

  private static void write(
      MessageBuilder to, LinkSpec spec, Deque<Transport.NamespaceHandle> namespaces) {
    to.string(Link.IFLA_IFNAME, spec.name());
    spec.mtu().ifPresent(mtu -> to.u32(Link.IFLA_MTU, mtu));
    spec.txQueueLength().ifPresent(length -> to.u32(Link.IFLA_TXQLEN, length));
    spec.parent().ifPresent(index -> to.u32(Link.IFLA_LINK, index));
    spec.hardwareAddress().ifPresent(address -> to.bytes(Link.IFLA_ADDRESS, address));
    if (spec.namespace().isPresent()) {
      to.u32(Link.IFLA_NET_NS_FD, namespaces.remove().descriptor());
    }
    to.nest(
        Link.IFLA_LINKINFO,
        info -> {
          info.string(Link.IFLA_INFO_KIND, spec.kind());
          spec.kindData().ifPresent(data -> info.nest(Link.IFLA_INFO_DATA, data));
          spec.peer()
              .ifPresent(
                  peer ->
                      info.nest(
                          Link.IFLA_INFO_DATA,
                          data ->
                              data.nest(VETH_INFO_PEER, end -> writePeer(end, peer, namespaces))));
        });
  }

  private static void writePeer(
      MessageBuilder to, LinkSpec peer, Deque<Transport.NamespaceHandle> namespaces) {
    // Neither number nor flags.
    to.nestHeader(new byte[Link.HEADER]);
    write(to, peer, namespaces);
  }

  /** Deletes a link. */
  public void deleteLink(String name) throws NetlinkException {
    socket.request(named(RTM_DELLINK, name, 0, 0).describe("delete link " + name));
  }

  /** Deletes a link. */
  public void deleteLink(int index) throws NetlinkException {
    socket.request(link(RTM_DELLINK, 0, index, 0, 0).describe("delete link " + index));
  }

  /** Sets a link up. */
  public void setUp(String name) throws NetlinkException {
    socket.request(
        named(RTM_SETLINK, name, Link.IFF_UP, Link.IFF_UP).describe("set up link " + name));
  }

  /** Sets a link up. */
  public void setUp(int index) throws NetlinkException {
    socket.request(
        link(RTM_SETLINK, 0, index, Link.IFF_UP, Link.IFF_UP).describe("set up link " + index));
  }

  /** Sets a link down. */
  public void setDown(String name) throws NetlinkException {
    socket.request(named(RTM_SETLINK, name, 0, Link.IFF_UP).describe("set down link " + name));
  }

  /** Sets a link down. */
  public void setDown(int index) throws NetlinkException {
    socket.request(link(RTM_SETLINK, 0, index, 0, Link.IFF_UP).describe("set down link " + index));
  }

  /**
   * Sets a link's MTU.
   *
   * @param mtu in bytes
   */
  public void setMtu(String name, int mtu) throws NetlinkException {
    socket.request(
        named(RTM_SETLINK, name, 0, 0)
            .describe("set the MTU of link " + name + " to " + mtu)
            .u32(Link.IFLA_MTU, mtu));
  }

  /**
   * Sets a link's MTU.
   *
   * @param mtu in bytes
   */
  public void setMtu(int index, int mtu) throws NetlinkException {
    socket.request(
        link(RTM_SETLINK, 0, index, 0, 0)
            .describe("set the MTU of link " + index + " to " + mtu)
            .u32(Link.IFLA_MTU, mtu));
  }

  /** Gives a link another name; old kernels want it down for that. */
  public void rename(String name, String newName) throws NetlinkException {
    rename(link(name).index(), newName);
  }

  /** Gives a link another name; old kernels want it down for that. */
  public void rename(int index, String newName) throws NetlinkException {
    socket.request(
        link(RTM_SETLINK, 0, index, 0, 0)
            .describe("rename link " + index + " to " + newName)
            .string(Link.IFLA_IFNAME, newName));
  }

  /** Moves a link to another namespace. */
  public void moveLink(String name, NetNamespace target) throws NetlinkException {
    move(named(RTM_SETLINK, name, 0, 0).describe("move link " + name), target);
  }

  /** Moves a link to another namespace. */
  public void moveLink(int index, NetNamespace target) throws NetlinkException {
    move(link(RTM_SETLINK, 0, index, 0, 0).describe("move link " + index), target);
  }

  private void move(MessageBuilder request, NetNamespace target) throws NetlinkException {
    try (Transport.NamespaceHandle namespace = socket.transport().openNamespace(target)) {
      socket.request(
          request
              .describe(request.description() + " to network namespace " + target.path())
              .u32(Link.IFLA_NET_NS_FD, namespace.descriptor()));
    }
  }

  /** The addresses of all links. */
  public List<InterfaceAddress> addresses() throws NetlinkException {
    return addressesOf(0, "list addresses");
  }

  /**
   * The addresses of a link.
   *
   * @param linkIndex its number; {@link NoSuchDeviceException} when there is none on kernels that
   *     filter (since 4.20), no addresses on others
   */
  public List<InterfaceAddress> addresses(int linkIndex) throws NetlinkException {
    List<InterfaceAddress> all = addressesOf(linkIndex, "list addresses of link " + linkIndex);
    all.removeIf(address -> address.linkIndex() != linkIndex);
    return all;
  }

  private List<InterfaceAddress> addressesOf(int linkIndex, String operation)
      throws NetlinkException {
    List<InterfaceAddress> all = new ArrayList<>();
    for (IpFamily family : IpFamily.values()) {
      all.addAll(
          read(
              MessageBuilder.of(RTM_GETADDR, 0)
                  .describe(operation)
                  .header8(family.number())
                  .header8(0)
                  .header16(0)
                  .header32(linkIndex),
              RTM_NEWADDR,
              InterfaceAddress::read));
    }
    return all;
  }

  /** Adds an address. */
  public void addAddress(InterfaceAddress address) throws NetlinkException {
    socket.request(message(RTM_NEWADDR, CREATE, address, "add"));
  }

  /** Adds an address or changes it. */
  public void replaceAddress(InterfaceAddress address) throws NetlinkException {
    socket.request(
        message(RTM_NEWADDR, Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE, address, "replace"));
  }

  /** Deletes an address. */
  public void deleteAddress(InterfaceAddress address) throws NetlinkException {
    socket.request(message(RTM_DELADDR, 0, address, "delete"));
  }

  private static MessageBuilder message(
      int type, int flags, InterfaceAddress address, String verb) {
    MessageBuilder message =
        MessageBuilder.of(type, flags)
            .describe(verb + " address " + address.address() + " of link " + address.linkIndex())
            .header8(address.address().family().number())
            .header8(address.address().length())
            .header8(address.flags() & 0xff)
            .header8(address.scope())
            .header32(address.linkIndex());
    message.address(InterfaceAddress.IFA_LOCAL, address.address().address());
    message.address(
        InterfaceAddress.IFA_ADDRESS, address.peer().orElse(address.address().address()));
    if ((address.flags() & ~0xff) != 0) {
      message.u32(InterfaceAddress.IFA_FLAGS, address.flags());
    }
    address.label().ifPresent(label -> message.string(InterfaceAddress.IFA_LABEL, label));
    return message;
  }

  /** All routes of a family, of all tables. */
  public List<Route> routes(IpFamily family) throws NetlinkException {
    return read(
        route(RTM_GETROUTE, 0, family, 0, 0, 0, 0, 0, 0).describe("list routes"),
        RTM_NEWROUTE,
        Route::read);
  }

  /**
   * The routes of a table; of one that does not exist, none.
   *
   * @param table its number, 1 to 4294967295
   */
  public List<Route> routes(IpFamily family, long table) throws NetlinkException {
    MessageBuilder request =
        route(RTM_GETROUTE, 0, family, 0, 0, 0, 0, 0, 0)
            .describe("list routes of table " + table)
            .u32(Route.RTA_TABLE, table);
    try {
      List<Route> routes = read(request, RTM_NEWROUTE, Route::read);
      routes.removeIf(route -> route.table() != table);
      return routes;
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        return new ArrayList<>();
      }
      throw e;
    }
  }

  /** Adds a route. */
  public void addRoute(Route route) throws NetlinkException {
    socket.request(message(RTM_NEWROUTE, CREATE, route, "add"));
  }

  /** Adds a route, in place of one with the same destination, table and metric. */
  public void replaceRoute(Route route) throws NetlinkException {
    socket.request(
        message(RTM_NEWROUTE, Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE, route, "replace"));
  }

  /** Deletes the first route that matches; {@code ESRCH} when none does. */
  public void deleteRoute(Route route) throws NetlinkException {
    socket.request(message(RTM_DELROUTE, 0, route, "delete"));
  }

  /** The route that a packet of this host to an address takes now. */
  public Route lookup(InetAddress destination) throws NetlinkException {
    return lookup(destination, OptionalLong.empty());
  }

  /**
   * The route that a packet of this host to an address takes now.
   *
   * @param mark the packet's firewall mark
   */
  public Route lookup(InetAddress destination, OptionalLong mark) throws NetlinkException {
    IpFamily family = IpFamily.of(destination);
    // IPv6 always tells the route's own table and refuses to be asked for it.
    int flags = family == IpFamily.IPV4 ? RTM_F_LOOKUP_TABLE : 0;
    MessageBuilder request =
        route(RTM_GETROUTE, 0, family, family.bits(), 0, 0, 0, 0, flags)
            .describe("look up the route to " + IpPrefix.format(destination))
            .address(Route.RTA_DST, destination);
    if (mark.isPresent()) {
      request.u32(Route.RTA_MARK, mark.getAsLong());
    }
    return Route.read(one(request, RTM_NEWROUTE));
  }

  private static MessageBuilder message(int type, int flags, Route route, String verb) {
    boolean delete = type == RTM_DELROUTE;
    int routeType = route.type().orElse(delete ? 0 : Route.TYPE_UNICAST);
    int scope = route.scope().orElse(delete ? RT_SCOPE_NOWHERE : defaultScope(route, routeType));
    MessageBuilder message =
        route(
                type,
                flags,
                route.family(),
                route.destination().length(),
                route.table() < 256 ? (int) route.table() : 0,
                route.protocol().orElse(delete ? 0 : Route.PROTOCOL_BOOT),
                scope,
                routeType,
                0)
            .describe(verb + " route to " + route.destination() + " in table " + route.table());
    if (!route.isDefault()) {
      message.address(Route.RTA_DST, route.destination().address());
    }
    message.u32(Route.RTA_TABLE, route.table());
    route.linkIndex().ifPresent(index -> message.u32(Route.RTA_OIF, index));
    route.gateway().ifPresent(address -> message.address(Route.RTA_GATEWAY, address));
    route.source().ifPresent(address -> message.address(Route.RTA_PREFSRC, address));
    route.metric().ifPresent(value -> message.u32(Route.RTA_PRIORITY, value));
    route
        .mtu()
        .ifPresent(
            mtu -> message.nest(Route.RTA_METRICS, metrics -> metrics.u32(Route.RTAX_MTU, mtu)));
    return message;
  }

  /** What ip(8) chooses: an IPv4 destination without a gateway is on the link. */
  private static int defaultScope(Route route, int type) {
    boolean onLink =
        route.family() == IpFamily.IPV4 && type == Route.TYPE_UNICAST && route.gateway().isEmpty();
    return onLink ? Route.SCOPE_LINK : Route.SCOPE_UNIVERSE;
  }

  /** All rules of a family, in order. */
  public List<Rule> rules(IpFamily family) throws NetlinkException {
    return read(
        route(RTM_GETRULE, 0, family, 0, 0, 0, 0, 0, 0).describe("list rules"),
        RTM_NEWRULE,
        Rule::read);
  }

  /**
   * Adds a rule; {@code EEXIST} when the same is there. One without a priority gets a new one from
   * the kernel and is never the same.
   */
  public void addRule(Rule rule) throws NetlinkException {
    socket.request(message(RTM_NEWRULE, CREATE, rule, "add"));
  }

  /** Deletes the first rule that matches; {@code ENOENT} when none does. */
  public void deleteRule(Rule rule) throws NetlinkException {
    socket.request(message(RTM_DELRULE, 0, rule, "delete"));
  }

  private static MessageBuilder message(int type, int flags, Rule rule, String verb) {
    MessageBuilder message =
        MessageBuilder.of(type, flags)
            .describe(verb + " rule for table " + rule.table())
            .header8(rule.family().number())
            .header8(rule.to().map(IpPrefix::length).orElse(0))
            .header8(rule.from().map(IpPrefix::length).orElse(0))
            .header8(0)
            .header8(rule.table() < 256 ? (int) rule.table() : 0)
            .header8(0)
            .header8(0)
            .header8(rule.action())
            .header32(rule.inverted() ? Rule.FIB_RULE_INVERT : 0);
    if (rule.table() != 0) {
      message.u32(Rule.FRA_TABLE, rule.table());
    }
    rule.priority().ifPresent(value -> message.u32(Rule.FRA_PRIORITY, value));
    rule.mark().ifPresent(value -> message.u32(Rule.FRA_FWMARK, value));
    rule.mask().ifPresent(value -> message.u32(Rule.FRA_FWMASK, value));
    rule.suppressPrefixLength()
        .ifPresent(length -> message.u32(Rule.FRA_SUPPRESS_PREFIXLEN, length));
    rule.from().ifPresent(prefix -> message.address(Rule.FRA_SRC, prefix.address()));
    rule.to().ifPresent(prefix -> message.address(Rule.FRA_DST, prefix.address()));
    rule.inputInterface().ifPresent(name -> message.string(Rule.FRA_IIFNAME, name));
    rule.outputInterface().ifPresent(name -> message.string(Rule.FRA_OIFNAME, name));
    if (type == RTM_NEWRULE) {
      message.u8(Rule.FRA_PROTOCOL, rule.protocol().orElse(Route.PROTOCOL_BOOT));
    } else {
      rule.protocol().ifPresent(value -> message.u8(Rule.FRA_PROTOCOL, value));
    }
    return message;
  }

  private interface Reader<T> {
    T read(NetlinkMessage message) throws MalformedMessageException;
  }

  private <T> List<T> read(MessageBuilder request, int type, Reader<T> reader)
      throws NetlinkException {
    List<T> items = new ArrayList<>();
    for (NetlinkMessage message : socket.dump(request)) {
      if (message.type() == type) {
        items.add(reader.read(message));
      }
    }
    return items;
  }

  /** The one answer of a type to a request. */
  private NetlinkMessage one(MessageBuilder request, int type) throws NetlinkException {
    for (NetlinkMessage message : socket.request(request)) {
      if (message.type() == type) {
        return message;
      }
    }
    throw new MalformedMessageException("no answer to: " + request.description());
  }

  private static MessageBuilder link(int type, int flags, int index, int ifFlags, int change) {
    return MessageBuilder.of(type, flags)
        .header32(0)
        .header32(index)
        .header32(ifFlags)
        .header32(change);
  }

  private static MessageBuilder named(int type, String name, int ifFlags, int change) {
    boolean fits = name.getBytes(StandardCharsets.UTF_8).length < IFNAMSIZ;
    return link(type, 0, 0, ifFlags, change)
        .string(fits ? Link.IFLA_IFNAME : Link.IFLA_ALT_IFNAME, name);
  }

  private static MessageBuilder route(
      int messageType,
      int flags,
      IpFamily family,
      int length,
      int table,
      int protocol,
      int scope,
      int type,
      int routeFlags) {
    return MessageBuilder.of(messageType, flags)
        .header8(family.number())
        .header8(length)
        .header8(0)
        .header8(0)
        .header8(table)
        .header8(protocol)
        .header8(scope)
        .header8(type)
        .header32(routeFlags);
  }
}
