// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Opens a socket for each subscriber. {@link NetlinkSubscription.Builder#publisher()} promises. */
final class EventPublisher implements Flow.Publisher<NetlinkMessage> {
  private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final NetlinkSubscription.Builder options;

  EventPublisher(NetlinkSubscription.Builder options) {
    this.options = options;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super NetlinkMessage> subscriber) {
    Objects.requireNonNull(subscriber);
    NetlinkSubscription events;
    try {
      events = options.open();
    } catch (NetlinkException e) {
      subscriber.onSubscribe(new Nothing());
      subscriber.onError(e);
      return;
    }
    Delivery delivery = new Delivery(events, subscriber);
    try {
      subscriber.onSubscribe(delivery);
      Thread thread = new Thread(delivery, "netlink4j-events");
      thread.setDaemon(true);
      thread.start();
    } catch (RuntimeException | Error e) {
      delivery.cancel();
      throw e;
    }
  }

  /** What a subscriber gets before the error that nothing could be opened. */
  private static final class Nothing implements Flow.Subscription {
    @Override
    public void request(long n) {}

    @Override
    public void cancel() {}
  }

  private static final class Delivery implements Flow.Subscription, Runnable {
    private final NetlinkSubscription events;
    private final Flow.Subscriber<? super NetlinkMessage> subscriber;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long demand;
    private boolean cancelled;
    private IllegalArgumentException misuse;

    Delivery(NetlinkSubscription events, Flow.Subscriber<? super NetlinkMessage> subscriber) {
      this.events = events;
      this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
      lock.lock();
      try {
        if (n > 0) {
          demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
        } else if (misuse == null) {
          misuse =
              new IllegalArgumentException("requested " + n + " events; at least 1 is a request");
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      if (n <= 0) {
        // Wakes the thread if it waits for an event.
        events.close();
      }
    }

    @Override
    public void cancel() {
      lock.lock();
      try {
        cancelled = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      events.close();
    }

    @Override
    public void run() {
      try {
        deliver();
      } finally {
        events.close();
      }
    }

    private void deliver() {
      while (true) {
        Throwable end = null;
        Optional<NetlinkMessage> event = Optional.empty();
        try {
          if (!awaitDemand()) {
            return;
          }
          event = events.next(FOREVER);
        } catch (NetlinkException | RuntimeException | Error e) {
          end = e;
        }
        if (isCancelled()) {
          return;
        }
        if (misuse() != null) {
          end = misuse();
        }
        if (end != null) {
          // Closed first: the subscriber may open the next one.
          events.close();
          subscriber.onError(end);
          return;
        }
        if (event.isPresent()) {
          subscriber.onNext(event.get());
        }
      }
    }

    /** Waits until an event is wanted, and counts it as delivered; false when there is no need. */
    private boolean awaitDemand() {
      lock.lock();
      try {
        while (demand == 0 && !cancelled && misuse == null) {
          changed.awaitUninterruptibly();
        }
        demand--;
        return !cancelled;
      } finally {
        lock.unlock();
      }
    }

    private boolean isCancelled() {
      lock.lock();
      try {
        return cancelled;
      } finally {
        lock.unlock();
      }
    }

    private IllegalArgumentException misuse() {
      lock.lock();
      try {
        return misuse;
      } finally {
        lock.unlock();
      }
    }
  }
}
