// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.netlink4j.Errno;
import org.netlink4j.NetlinkException;
import org.netlink4j.route.IpFamily;
import org.netlink4j.route.LinkSpec;
import org.netlink4j.route.Route;
import org.netlink4j.route.RouteNetlink;
import org.netlink4j.route.Rule;
import org.wg4j.AllowedIp;
import org.wg4j.DeviceNetwork;
import org.wg4j.IpAddress;
import org.wg4j.QuickConfig;

/** The network of this process's namespace, over rtnetlink. */
final class RouteNetwork implements Network {

  private static final String KIND = "wireguard";

  /**
   * RTPROT_UNSPEC: ip(8) does not say who made a rule, and lists of rules look the same with it.
   */
  private static final int UNNAMED = 0;

  /** {@code RT_TABLE_DEFAULT} of linux/rtnetlink.h; the main and the local one follow it. */
  private static final int TABLE_DEFAULT = 253;

  private static final Path SOURCE_MARK = Path.of("/proc/sys/net/ipv4/conf/all/src_valid_mark");

  private final DeviceNetwork network;
  private final RouteNetlink netlink;

  RouteNetwork() throws IOException {
    this(DeviceNetwork.open());
  }

  RouteNetwork(DeviceNetwork network) {
    this.network = network;
    this.netlink = network.netlink();
  }

  @Override
  public boolean exists(String name) throws IOException {
    return netlink.findLink(name).isPresent();
  }

  @Override
  public void addWireGuard(String name) throws IOException {
    netlink.addLink(LinkSpec.builder(name, KIND).build());
  }

  @Override
  public void delete(String name) throws IOException {
    netlink.deleteLink(name);
  }

  private int index(String name) throws IOException {
    return netlink.link(name).index();
  }

  @Override
  public void addAddress(String name, QuickConfig.Address address) throws IOException {
    network.addAddress(name, address);
  }

  @Override
  public List<QuickConfig.Address> addresses(String name) throws IOException {
    return network.addresses(name);
  }

  @Override
  public int mtu(String name) throws IOException {
    return network.mtu(name);
  }

  @Override
  public void setMtuAndUp(String name, int mtu) throws IOException {
    network.setMtu(name, mtu);
    network.setUp(name);
  }

  @Override
  public OptionalInt pathMtu(IpAddress destination) {
    try {
      return mtu(netlink.lookup(destination.toInetAddress()));
    } catch (NetlinkException unreachable) {
      return OptionalInt.empty();
    }
  }

  private OptionalInt mtu(Route route) throws NetlinkException {
    if (route.mtu().isPresent() && route.mtu().getAsInt() > 0) {
      return route.mtu();
    }
    return route.linkIndex().isPresent()
        ? OptionalInt.of(netlink.link(route.linkIndex().getAsInt()).mtu())
        : OptionalInt.empty();
  }

  @Override
  public OptionalInt defaultMtu() {
    for (IpFamily family : IpFamily.values()) {
      try {
        for (Route route : netlink.routes(family, Route.TABLE_MAIN)) {
          if (route.isDefault()) {
            OptionalInt mtu = mtu(route);
            if (mtu.isPresent()) {
              return mtu;
            }
          }
        }
      } catch (NetlinkException noSuchFamily) {
        continue;
      }
    }
    return OptionalInt.empty();
  }

  @Override
  public boolean hasRoute(String name, AllowedIp prefix) throws IOException {
    int index = index(name);
    for (Route route : netlink.routes(family(prefix.address()), Route.TABLE_MAIN)) {
      if (route.linkIndex().equals(OptionalInt.of(index))
          && route.destination().length() <= prefix.prefixLength()) {
        AllowedIp destination =
            new AllowedIp(
                IpAddress.of(route.destination().address()), route.destination().length());
        if (destination.contains(prefix.address())) {
          return true;
        }
      }
    }
    return false;
  }

  private static IpFamily family(IpAddress address) {
    return family(address.isIpv6());
  }

  private static IpFamily family(boolean v6) {
    return v6 ? IpFamily.IPV6 : IpFamily.IPV4;
  }

  @Override
  public void addRoute(String name, AllowedIp prefix, int table) throws IOException {
    long number = table == 0 ? Route.TABLE_MAIN : Integer.toUnsignedLong(table);
    network.addRoute(name, new DeviceNetwork.DeviceRoute(prefix, number));
  }

  @Override
  public boolean isTableUsed(int table) throws IOException {
    for (IpFamily family : IpFamily.values()) {
      try {
        if (!netlink.routes(family, Integer.toUnsignedLong(table)).isEmpty()) {
          return true;
        }
      } catch (NetlinkException e) {
        // A table that never existed.
        if (!e.is(Errno.ENOENT) && !isFamilyMissing(e)) {
          throw e;
        }
      }
    }
    return false;
  }

  /** A kernel without IPv6 has no routes and no rules of it, which is no error. */
  private static boolean isFamilyMissing(NetlinkException e) {
    return e.is(Errno.EOPNOTSUPP) || e.is(Errno.EAFNOSUPPORT);
  }

  @Override
  public void addMarkRule(boolean v6, int mark) throws IOException {
    long number = Integer.toUnsignedLong(mark);
    netlink.addRule(
        Rule.builder(family(v6))
            .inverted(true)
            .mark(number)
            .table(number)
            .protocol(UNNAMED)
            .build());
  }

  @Override
  public void addSuppressRule(boolean v6) throws IOException {
    netlink.addRule(
        Rule.builder(family(v6))
            .table(Route.TABLE_MAIN)
            .suppressPrefixLength(0)
            .protocol(UNNAMED)
            .build());
  }

  private List<Rule> rules(boolean v6) throws IOException {
    try {
      return netlink.rules(family(v6));
    } catch (NetlinkException e) {
      if (isFamilyMissing(e)) {
        return List.of();
      }
      throw e;
    }
  }

  private static boolean isKernelTable(int table) {
    return table >= TABLE_DEFAULT && table <= Route.TABLE_LOCAL;
  }

  private Optional<Rule> ruleOfTable(boolean v6, int table) throws IOException {
    for (Rule rule : rules(v6)) {
      // The kernel's own rules lead to the tables that it has from the start.
      boolean ours = rule.inverted() && rule.mark().isPresent();
      if (rule.table() == Integer.toUnsignedLong(table) && (ours || !isKernelTable(table))) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }

  @Override
  public boolean hasRuleOfTable(boolean v6, int table) throws IOException {
    return ruleOfTable(v6, table).isPresent();
  }

  @Override
  public boolean deleteRuleOfTable(boolean v6, int table) throws IOException {
    Optional<Rule> rule = ruleOfTable(v6, table);
    if (rule.isPresent()) {
      netlink.deleteRule(rule.get());
    }
    return rule.isPresent();
  }

  @Override
  public boolean deleteSuppressRule(boolean v6) throws IOException {
    for (Rule rule : rules(v6)) {
      if (rule.table() == Route.TABLE_MAIN
          && rule.suppressPrefixLength().equals(OptionalInt.of(0))
          && rule.mark().isEmpty()
          && rule.from().isEmpty()
          && rule.to().isEmpty()) {
        netlink.deleteRule(rule);
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean isSourceMarkValid() throws IOException {
    return Files.readString(SOURCE_MARK, StandardCharsets.US_ASCII).strip().equals("1");
  }

  @Override
  public void setSourceMarkValid() throws IOException {
    Files.writeString(SOURCE_MARK, "1\n", StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    network.close();
  }
}
