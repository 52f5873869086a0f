// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.route.InterfaceAddress;
import org.netlink4j.route.IpFamily;
import org.netlink4j.route.IpPrefix;
import org.netlink4j.route.Link;
import org.netlink4j.route.Route;
import org.netlink4j.route.RouteNetlink;
import org.netlink4j.route.Rule;
import org.netlink4j.transport.Transport;

/**
 * What makes a WireGuard interface part of a network: whether it is up, its MTU, addresses, the
 * routes that lead into it, and the rules that let it have the default route. Whatever is beyond
 * that {@link RouteNetlink} can do.
 *
 * <p>Failures are the kernel's, as {@link NetlinkException}: ENODEV if there is no such interface,
 * EEXIST if what should be added is there, EPERM without CAP_NET_ADMIN.
 *
 * <p>Thread-safe. Methods that ask and then change are not atomic.
 */
public final class DeviceNetwork implements AutoCloseable {

  /**
   * A route into an interface.
   *
   * @param destination addresses that it is for
   * @param table routing table that it is in, 1 to 4294967295; 254 is the main one
   */
  public record DeviceRoute(AllowedIp destination, long table) {

    /** Checks the range. */
    public DeviceRoute {
      if (table < 1 || table > 0xffffffffL) {
        throw new IllegalArgumentException("a routing table is 1 to 4294967295, not " + table);
      }
    }

    /** A route in the main table. */
    public static DeviceRoute main(AllowedIp destination) {
      return new DeviceRoute(destination, Route.TABLE_MAIN);
    }
  }

  /** {@code RTPROT_KERNEL} of linux/rtnetlink.h. */
  private static final int PROTOCOL_KERNEL = 2;

  private final RouteNetlink netlink;

  private DeviceNetwork(RouteNetlink netlink) {
    this.netlink = netlink;
  }

  /**
   * The network of this process's namespace.
   *
   * @throws IOException if no netlink socket can be opened
   */
  public static DeviceNetwork open() throws IOException {
    return new DeviceNetwork(RouteNetlink.open());
  }

  /**
   * The network of a namespace. No thread of this process moves there.
   *
   * @throws IOException if the namespace does not exist, may not be entered, or no socket can be
   *     opened
   */
  public static DeviceNetwork open(NetNamespace namespace) throws IOException {
    return new DeviceNetwork(RouteNetlink.open(namespace));
  }

  /**
   * The network that a transport leads to, as in {@link WireGuard#open(Transport)}.
   *
   * @param transport stays the caller's to close
   * @throws IOException if no netlink socket can be opened
   */
  public static DeviceNetwork open(Transport transport) throws IOException {
    return new DeviceNetwork(
        RouteNetlink.over(NetlinkSocket.builder(Netlink.ROUTE).transport(transport).open()));
  }

  /** What this is made of, for what it does not do; closed with this. */
  public RouteNetlink netlink() {
    return netlink;
  }

  /** Whether an interface is administratively up. */
  public boolean isUp(String device) throws IOException {
    return (netlink.link(device).flags() & Link.IFF_UP) != 0;
  }

  /** Sets an interface up. Routes can only lead into one that is. */
  public void setUp(String device) throws IOException {
    netlink.setUp(device);
  }

  /** Sets an interface down. It loses its routes, and its IPv6 addresses. */
  public void setDown(String device) throws IOException {
    netlink.setDown(device);
  }

  /** The largest packet that an interface takes, in bytes, with its IP header. */
  public int mtu(String device) throws IOException {
    return netlink.link(device).mtu();
  }

  /**
   * Sets the largest packet that an interface takes.
   *
   * @param bytes with the IP header; at least 1280 for IPv6
   */
  public void setMtu(String device, int bytes) throws IOException {
    netlink.setMtu(device, bytes);
  }

  // Addresses

  /**
   * The addresses of an interface, IPv4 first. IPv6 link-local ones that the kernel made are among
   * them.
   */
  public List<QuickConfig.Address> addresses(String device) throws IOException {
    List<QuickConfig.Address> addresses = new ArrayList<>();
    for (InterfaceAddress address : netlink.addresses(netlink.link(device).index())) {
      addresses.add(
          new QuickConfig.Address(
              IpAddress.of(address.address().address()),
              OptionalInt.of(address.address().length())));
    }
    return addresses;
  }

  /** Gives an interface an address. */
  public void addAddress(String device, QuickConfig.Address address) throws IOException {
    netlink.addAddress(address(device, address));
  }

  /** Takes an address away from an interface; EADDRNOTAVAIL if it does not have it. */
  public void removeAddress(String device, QuickConfig.Address address) throws IOException {
    netlink.deleteAddress(address(device, address));
  }

  private InterfaceAddress address(String device, QuickConfig.Address address) throws IOException {
    IpPrefix prefix = new IpPrefix(address.address().toInetAddress(), address.length());
    return InterfaceAddress.of(netlink.link(device).index(), prefix);
  }

  /**
   * Lets an interface have these addresses and no others. Those that it has stay; new ones come
   * before old ones go. IPv6 link-local addresses that are not named stay, too.
   */
  public void setAddresses(String device, List<QuickConfig.Address> wanted) throws IOException {
    Set<String> there = new HashSet<>();
    List<QuickConfig.Address> before = addresses(device);
    before.forEach(address -> there.add(text(address)));
    Set<String> kept = new HashSet<>();
    for (QuickConfig.Address address : wanted) {
      if (kept.add(text(address)) && !there.contains(text(address))) {
        addAddress(device, address);
      }
    }
    for (QuickConfig.Address address : before) {
      boolean linkLocal = address.address().isIpv6() && address.address().needsScope();
      if (!kept.contains(text(address)) && !linkLocal) {
        removeAddress(device, address);
      }
    }
  }

  /** A missing length and the full one are the same. */
  private static String text(QuickConfig.Address address) {
    return address.address() + "/" + address.length();
  }

  // Routes

  /**
   * The routes that lead into an interface, of all tables but the local one and those that the
   * kernel made for the addresses' networks.
   */
  public List<DeviceRoute> routes(String device) throws IOException {
    return routes(netlink.link(device).index());
  }

  private List<DeviceRoute> routes(int link) throws IOException {
    List<DeviceRoute> routes = new ArrayList<>();
    for (IpFamily family : IpFamily.values()) {
      for (Route route : netlink.routes(family)) {
        if (route.linkIndex().orElse(0) == link
            && route.table() != Route.TABLE_LOCAL
            && route.protocol().orElse(0) != PROTOCOL_KERNEL) {
          IpAddress destination = IpAddress.of(route.destination().address());
          AllowedIp prefix = new AllowedIp(destination, route.destination().length());
          routes.add(new DeviceRoute(prefix, route.table()));
        }
      }
    }
    return routes;
  }

  /** Leads addresses into an interface, which must be up. */
  public void addRoute(String device, DeviceRoute route) throws IOException {
    netlink.addRoute(route(netlink.link(device).index(), route));
  }

  /** Leads addresses into an interface no more; ESRCH if they are not. */
  public void removeRoute(String device, DeviceRoute route) throws IOException {
    netlink.deleteRoute(route(netlink.link(device).index(), route));
  }

  private static Route route(int link, DeviceRoute route) {
    AllowedIp to = route.destination();
    IpPrefix destination = new IpPrefix(to.address().toInetAddress(), to.prefixLength());
    return Route.to(destination)
        .linkIndex(link)
        .table(route.table())
        .scope(to.address().isIpv6() ? Route.SCOPE_UNIVERSE : Route.SCOPE_LINK)
        .build();
  }

  /**
   * Lets these routes lead into an interface and no others. Those that do stay; new ones come
   * before old ones go.
   */
  public void setRoutes(String device, List<DeviceRoute> wanted) throws IOException {
    int link = netlink.link(device).index();
    List<DeviceRoute> before = routes(link);
    Set<DeviceRoute> there = new HashSet<>(before);
    Set<DeviceRoute> kept = new HashSet<>();
    for (DeviceRoute route : wanted) {
      if (kept.add(route) && !there.contains(route)) {
        netlink.addRoute(route(link, route));
      }
    }
    for (DeviceRoute route : before) {
      if (!kept.contains(route)) {
        netlink.deleteRoute(route(link, route));
      }
    }
  }

  // Rules

  /**
   * Lets a routing table have the default route for all packets but those of the tunnel itself:
   * what does not carry a mark is routed by the table of the same number, unless the main table has
   * a route for it that is not a default route. The device must have that {@code fwmark}, and the
   * table's default route should be added after this, so that nothing leaks meanwhile.
   *
   * @param mark a mark and the number of a table, unsigned, not zero
   * @throws IllegalArgumentException if the mark is zero
   */
  public void addDefaultRule(IpFamily family, int mark) throws IOException {
    netlink.addRule(markRule(family, mark));
    netlink.addRule(suppressRule(family));
  }

  /** Whether rules of {@link #addDefaultRule} are there. */
  public boolean hasDefaultRule(IpFamily family, int mark) throws IOException {
    Rule wanted = markRule(family, mark);
    for (Rule rule : netlink.rules(family)) {
      if (rule.inverted() && rule.mark().equals(wanted.mark()) && rule.table() == wanted.table()) {
        return true;
      }
    }
    return false;
  }

  /** Takes back what {@link #addDefaultRule} did; ENOENT if it is not there. */
  public void removeDefaultRule(IpFamily family, int mark) throws IOException {
    netlink.deleteRule(markRule(family, mark));
    netlink.deleteRule(suppressRule(family));
  }

  private static Rule markRule(IpFamily family, int mark) {
    if (mark == 0) {
      throw new IllegalArgumentException("a mark is not zero");
    }
    long number = Integer.toUnsignedLong(mark);
    return Rule.builder(family).inverted(true).mark(number).table(number).build();
  }

  private static Rule suppressRule(IpFamily family) {
    return Rule.builder(family).table(Route.TABLE_MAIN).suppressPrefixLength(0).build();
  }

  /** Closes the socket. */
  @Override
  public void close() {
    netlink.close();
  }
}
