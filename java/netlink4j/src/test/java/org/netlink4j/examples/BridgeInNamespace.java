// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.examples;

import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;
import org.netlink4j.NotPermittedException;
import org.netlink4j.route.InterfaceAddress;
import org.netlink4j.route.IpPrefix;
import org.netlink4j.route.LinkSpec;
import org.netlink4j.route.Route;
import org.netlink4j.route.RouteNetlink;

/** A bridge with an address and a route, in a network namespace. */
public final class BridgeInNamespace {
  private BridgeInNamespace() {}

  // README begin
  public static void main(String[] args) throws NetlinkException {
    NetNamespace namespace = NetNamespace.named(args[0]); // as ip netns knows it
    try (RouteNetlink route = RouteNetlink.open(namespace)) {
      route.addLink(LinkSpec.builder("bridge0", "bridge").mtu(1400).up(true).build());
      int index = route.link("bridge0").index();
      route.addAddress(InterfaceAddress.of(index, IpPrefix.parse("192.0.2.1/24")));
      route.addRoute(Route.to(IpPrefix.parse("198.51.100.0/24")).linkIndex(index).build());
    } catch (NotPermittedException e) {
      System.err.println("needs CAP_NET_ADMIN: " + e.getMessage());
    }
  }
  // README end
}
