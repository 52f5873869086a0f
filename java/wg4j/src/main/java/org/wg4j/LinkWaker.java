// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.netlink4j.Errno;
import org.netlink4j.EventsLostException;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.NetlinkSubscription;
import org.netlink4j.route.Link;
import org.netlink4j.route.RouteNetlink;

/** Events of WireGuard interfaces that come, go or change end the pause. */
final class LinkWaker implements DeviceWatch.Waker {

  private final NetlinkSubscription links;

  /** Closes the subscription, which is for links, with itself. */
  LinkWaker(NetlinkSubscription links) {
    this.links = links;
  }

  @Override
  public void await(Duration atMost) throws IOException {
    long start = System.nanoTime();
    while (true) {
      Duration left = atMost.minusNanos(System.nanoTime() - start);
      try {
        Optional<NetlinkMessage> event = links.next(left.isNegative() ? Duration.ZERO : left);
        if (event.isEmpty() || isOfWireGuard(event.get())) {
          return;
        }
      } catch (EventsLostException e) {
        return;
      } catch (NetlinkException e) {
        if (e.is(Errno.EBADF)) {
          return;
        }
        throw e;
      }
    }
  }

  private static boolean isOfWireGuard(NetlinkMessage event) throws IOException {
    return (event.type() == RouteNetlink.RTM_NEWLINK || event.type() == RouteNetlink.RTM_DELLINK)
        && Link.read(event).kind().equals(Optional.of(Uapi.WG_GENL_NAME));
  }

  @Override
  public void close() {
    links.close();
  }
}
