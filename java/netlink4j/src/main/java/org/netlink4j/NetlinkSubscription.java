// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;
import org.netlink4j.transport.Transports;

/**
 * A netlink socket that receives the events of multicast groups, and sends nothing. Events are
 * waited for with {@link #next}, or delivered by a {@link Builder#publisher()}.
 *
 * <p>Thread-safe: each event goes to one of the threads that wait. {@link #close()} may be called
 * at any time; whoever waits then gets {@code EBADF}.
 */
public final class NetlinkSubscription implements AutoCloseable {
  private static final long MAX_WAIT_SECONDS = Long.MAX_VALUE / 1_000_000_000 - 1;

  private final NetlinkChannel channel;
  private final ReentrantLock reading = new ReentrantLock();
  private final ArrayDeque<NetlinkMessage> received = new ArrayDeque<>();

  private NetlinkSubscription(NetlinkChannel channel) {
    this.channel = channel;
  }

  /**
   * Starts to describe a subscription.
   *
   * @param protocol {@link Netlink#ROUTE}, {@link Netlink#GENERIC} ...
   */
  public static Builder builder(int protocol) {
    return new Builder(protocol);
  }

  /** What a subscription shall be like. Not thread-safe. */
  public static final class Builder {
    private final int protocol;
    private Optional<NetNamespace> namespace = Optional.empty();
    private Transport transport;
    private int receiveBufferSize;
    private int[] groups = {};

    private Builder(int protocol) {
      this.protocol = protocol;
    }

    private Builder copy() {
      Builder copy = new Builder(protocol);
      copy.namespace = namespace;
      copy.transport = transport;
      copy.receiveBufferSize = receiveBufferSize;
      copy.groups = groups;
      return copy;
    }

    /** The network namespace whose events are wanted; by default that of this process. */
    public Builder namespace(NetNamespace namespace) {
      this.namespace = Optional.of(namespace);
      return this;
    }

    /** The way to the kernel; by default {@link Transports#selected()}. */
    public Builder transport(Transport transport) {
      this.transport = Objects.requireNonNull(transport);
      return this;
    }

    /** Size of the kernel's receive buffer in bytes; by default the system's. */
    public Builder receiveBufferSize(int bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("receiveBufferSize must be positive: " + bytes);
      }
      this.receiveBufferSize = bytes;
      return this;
    }

    /** The groups to join, by number from 1. */
    public Builder groups(int... groups) {
      this.groups = groups.clone();
      return this;
    }

    /**
     * A publisher of these events, as this builder describes them now. Each of its subscribers has
     * a socket of its own, which is opened and has joined the groups when {@code onSubscribe} is
     * called: who reads the present state after that misses no change. When it cannot be opened,
     * {@code onError} follows {@code onSubscribe} at once.
     *
     * <p>Events are delivered one after the other by a daemon thread of the subscriber's own, and
     * none is taken from the socket before it was requested: the kernel keeps the others, within
     * the receive buffer. When that overflows, {@code onError} gets an {@link EventsLostException};
     * like every other error it ends the subscription, and who wants to go on subscribes anew and
     * reads the whole state again. There is no {@code onComplete}.
     *
     * <p>The socket is closed when the subscription is cancelled, from any thread and also while an
     * event is awaited; when it ends by an error; and when a method of the subscriber throws, which
     * counts as cancelling and is left to the thread's uncaught-exception handler. A subscriber
     * that goes without cancelling leaves socket and thread behind.
     */
    public Flow.Publisher<NetlinkMessage> publisher() {
      return new EventPublisher(copy());
    }

    /** Opens the socket and joins the groups. */
    public NetlinkSubscription open() throws NetlinkException {
      NetlinkChannel channel =
          NetlinkSocket.openChannel(
              transport == null ? Transports.selected() : transport,
              protocol,
              namespace,
              receiveBufferSize);
      try {
        for (int group : groups) {
          channel.join(group);
        }
        return new NetlinkSubscription(channel);
      } catch (NetlinkException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
    }
  }

  /** Joins one more group. */
  public void join(int group) throws NetlinkException {
    channel.join(group);
  }

  /** Leaves a group; events that were queued before still come. */
  public void leave(int group) throws NetlinkException {
    channel.leave(group);
  }

  /**
   * Waits for the next event.
   *
   * @param timeout how long to wait; zero only looks
   * @return the event, or empty when none came in time
   * @throws EventsLostException when some were lost; later calls go on with those that follow
   */
  public Optional<NetlinkMessage> next(Duration timeout) throws NetlinkException {
    long start = System.nanoTime();
    if (!lockWithin(timeout)) {
      return Optional.empty();
    }
    try {
      while (true) {
        for (NetlinkMessage m = received.poll(); m != null; m = received.poll()) {
          if (m.type() == Netlink.NLMSG_OVERRUN) {
            throw new EventsLostException("receive events");
          }
          if (m.type() >= Netlink.NLMSG_MIN_TYPE) {
            return Optional.of(m);
          }
        }
        Duration left = timeout.minusNanos(System.nanoTime() - start);
        Optional<NetlinkChannel.Datagram> datagram = receive(left);
        if (datagram.isEmpty()) {
          return Optional.empty();
        }
        if (datagram.get().senderPort() == 0) {
          received.addAll(NetlinkMessage.parse(datagram.get().data()));
        }
      }
    } finally {
      reading.unlock();
    }
  }

  /** Waits for this thread's turn, whether it is interrupted meanwhile or not. */
  private boolean lockWithin(Duration timeout) {
    long start = System.nanoTime();
    boolean interrupted = false;
    try {
      while (true) {
        Duration left = timeout.minusNanos(System.nanoTime() - start);
        try {
          // More than 292 years do not fit.
          return reading.tryLock(
              left.getSeconds() > MAX_WAIT_SECONDS ? Long.MAX_VALUE : left.toNanos(),
              TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Optional<NetlinkChannel.Datagram> receive(Duration left) throws NetlinkException {
    try {
      return channel.receive(left);
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOBUFS)) {
        throw new EventsLostException("receive events");
      }
      throw e;
    }
  }

  /** Closes the socket. Closing twice is harmless. */
  @Override
  public void close() {
    channel.close();
  }
}
