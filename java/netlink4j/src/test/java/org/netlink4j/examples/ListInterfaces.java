// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.examples;

import static java.util.stream.Collectors.joining;

import java.io.PrintStream;
import org.netlink4j.NetlinkException;
import org.netlink4j.route.Link;
import org.netlink4j.route.RouteNetlink;

/** A short {@code ip address}. */
public final class ListInterfaces {
  private ListInterfaces() {}

  // README begin
  public static void main(String[] args) throws NetlinkException {
    try (RouteNetlink route = RouteNetlink.open()) {
      list(route, System.out);
    }
  }

  static void list(RouteNetlink route, PrintStream out) throws NetlinkException {
    for (Link link : route.links()) {
      String addresses =
          route.addresses(link.index()).stream()
              .map(address -> address.address().toString())
              .collect(joining(" "));
      out.println(link.name() + (link.isUp() ? " up " : " down ") + addresses);
    }
  }
  // README end
}
