// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.examples;

import java.util.concurrent.CompletableFuture;
import org.netlink4j.AsyncNetlinkSocket;
import org.netlink4j.route.IpFamily;
import org.netlink4j.route.RouteNetlink;

/** Exchanges as futures. */
public final class Concurrently {
  private Concurrently() {}

  // README begin
  static CompletableFuture<String> summary(AsyncNetlinkSocket async) {
    CompletableFuture<Integer> links =
        async.call(socket -> RouteNetlink.over(socket).links().size());
    CompletableFuture<Integer> routes =
        async.call(socket -> RouteNetlink.over(socket).routes(IpFamily.IPV6).size());
    return links.thenCombine(routes, (l, r) -> l + " links, " + r + " IPv6 routes");
  }
  // README end
}
