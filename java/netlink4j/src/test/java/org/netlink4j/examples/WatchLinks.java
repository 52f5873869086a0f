// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.examples;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.NetlinkSubscription;
import org.netlink4j.route.Link;
import org.netlink4j.route.RouteNetlink;

/** A short {@code ip monitor link}. */
public final class WatchLinks {
  private WatchLinks() {}

  // README begin
  public static void main(String[] args) throws InterruptedException {
    LinkPrinter printer = new LinkPrinter(System.out);
    NetlinkSubscription.builder(Netlink.ROUTE)
        .groups(RouteNetlink.GROUP_LINK)
        .publisher()
        .subscribe(printer);
    printer.end.await();
  }

  static final class LinkPrinter implements Flow.Subscriber<NetlinkMessage> {
    final CountDownLatch end = new CountDownLatch(1);
    private final PrintStream out;
    private Flow.Subscription subscription;

    LinkPrinter(PrintStream out) {
      this.out = out;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(1); // the kernel keeps the others, within the receive buffer
    }

    @Override
    public void onNext(NetlinkMessage event) {
      try {
        boolean gone = event.type() == RouteNetlink.RTM_DELLINK;
        out.println((gone ? "gone: " : "now: ") + Link.read(event));
        subscription.request(1);
      } catch (NetlinkException e) {
        subscription.cancel();
        onError(e);
      }
    }

    @Override
    public void onError(Throwable failure) { // EventsLostException: read the whole state again
      out.println(failure.getMessage());
      end.countDown();
    }

    @Override
    public void onComplete() {}
  }

  // README end

  static Flow.Subscription subscriptionOf(LinkPrinter printer) {
    return printer.subscription;
  }
}
