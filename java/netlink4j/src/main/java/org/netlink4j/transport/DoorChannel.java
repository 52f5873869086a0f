// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.netlink4j.Errno;
import org.netlink4j.NetlinkException;

/**
 * A netlink socket behind a door.
 *
 * <p>A descriptor's number may be given to someone else the moment it is closed, so no call may be
 * under way then: calls are counted, closing wakes the waiting ones and the last one out closes.
 */
final class DoorChannel implements NetlinkChannel {
  private static final byte[] ZEROS = new byte[8192];

  private static final long MAX_WAIT_MS = Integer.MAX_VALUE;

  /** The longest datagram in bytes that memory is given to; the kernel's have some ten thousand. */
  static final int MAX_DATAGRAM = 16 * 1024 * 1024;

  private final Door door;
  private final int socket;
  private final int wake;
  private final int portId;

  private final ReentrantLock state = new ReentrantLock();
  private final Condition idle = state.newCondition();
  private int calls;
  private boolean closed;
  private boolean descriptorsClosed;

  private final ReentrantLock sending = new ReentrantLock();
  private final ReentrantLock receiving = new ReentrantLock();
  private final ByteBuffer sender = direct(Door.SOCKADDR_NL);
  private ByteBuffer sendBuffer;
  private ByteBuffer receiveBuffer;

  DoorChannel(Door door, int socket, int wake, int portId, int bufferSize) {
    this.door = door;
    this.socket = socket;
    this.wake = wake;
    this.portId = portId;
    this.receiveBuffer = direct(bufferSize);
  }

  @Override
  public int portId() {
    return portId;
  }

  @Override
  public void send(ByteBuffer message) throws NetlinkException {
    int length = message.remaining();
    sending.lock();
    try {
      if (sendBuffer == null || sendBuffer.capacity() < length) {
        sendBuffer = direct(Math.max(length, 4096));
      }
      sendBuffer.clear().put(message.duplicate());
      enter("send");
      try {
        int sent = door.send(socket, sendBuffer, 0, length);
        DoorTransport.check(sent, "send a netlink message of " + length + " bytes");
        if (sent != length) {
          throw new NetlinkException("send a netlink message whole", Errno.EIO.number());
        }
      } finally {
        zero(sendBuffer, length);
        leave();
      }
    } finally {
      sending.unlock();
    }
  }

  @Override
  public Optional<Datagram> receive(Duration timeout) throws NetlinkException {
    Deadline deadline = new Deadline(timeout);
    receiving.lock();
    try {
      enter("receive");
      try {
        return receiveWithin(deadline);
      } finally {
        leave();
      }
    } finally {
      receiving.unlock();
    }
  }

  private Optional<Datagram> receiveWithin(Deadline deadline) throws NetlinkException {
    while (true) {
      // A datagram that was cut cannot be had again: look at its length before taking it.
      int length = door.receive(socket, wake, receiveBuffer, 0, 0, sender, true, deadline.ms());
      if (length == -Errno.ETIMEDOUT.number()) {
        return Optional.empty();
      }
      DoorTransport.check(length, "receive a netlink message");
      if (length > receiveBuffer.capacity() && length <= MAX_DATAGRAM) {
        receiveBuffer = direct(length);
      }
      length =
          door.receive(socket, wake, receiveBuffer, 0, receiveBuffer.capacity(), sender, false, 0);
      if (length == -Errno.ETIMEDOUT.number()) {
        continue;
      }
      DoorTransport.check(length, "receive a netlink message");
      if (length > receiveBuffer.capacity()) {
        zero(receiveBuffer, receiveBuffer.capacity());
        throw new NetlinkException(
            "receive a netlink message of " + length + " bytes whole", Errno.EMSGSIZE.number());
      }
      byte[] copy = new byte[length];
      receiveBuffer.get(0, copy);
      zero(receiveBuffer, length);
      return Optional.of(
          new Datagram(
              sender.getInt(Door.SOCKADDR_NL_PORT),
              ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder())));
    }
  }

  @Override
  public void setOption(int level, int option, int value) throws NetlinkException {
    enter("set an option");
    try {
      DoorTransport.check(
          door.setOption(socket, level, option, value),
          "set option " + level + "/" + option + " of a netlink socket to " + value);
    } finally {
      leave();
    }
  }

  @Override
  public void close() {
    state.lock();
    try {
      closed = true;
      if (descriptorsClosed) {
        return;
      }
      if (calls > 0) {
        door.signal(wake);
      }
      while (calls > 0) {
        idle.awaitUninterruptibly();
      }
      if (!descriptorsClosed) {
        descriptorsClosed = true;
        door.close(socket);
        door.close(wake);
      }
    } finally {
      state.unlock();
    }
  }

  private void enter(String operation) throws NetlinkException {
    state.lock();
    try {
      if (closed) {
        throw DoorTransport.failure(operation, Errno.ECANCELED.number());
      }
      calls++;
    } finally {
      state.unlock();
    }
  }

  private void leave() {
    state.lock();
    try {
      calls--;
      if (calls == 0) {
        idle.signalAll();
      }
    } finally {
      state.unlock();
    }
  }

  private static ByteBuffer direct(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  /** Overwrites what may have been a secret. In bulk: a loop is slow before it is compiled. */
  private static void zero(ByteBuffer buffer, int length) {
    for (int at = 0; at < length; at += ZEROS.length) {
      buffer.put(at, ZEROS, 0, Math.min(ZEROS.length, length - at));
    }
  }

  /** A time limit that shrinks as calls use it up. */
  private static final class Deadline {
    private final long start = System.nanoTime();
    private final Duration timeout;

    Deadline(Duration timeout) {
      this.timeout = timeout.isNegative() ? Duration.ZERO : timeout;
    }

    int ms() {
      Duration left = timeout.minusNanos(System.nanoTime() - start);
      if (left.isNegative() || left.isZero()) {
        return 0;
      }
      if (left.getSeconds() >= MAX_WAIT_MS / 1000) {
        return (int) MAX_WAIT_MS;
      }
      // Rounded up: a wait of less than a millisecond must not become a busy loop.
      return (int) left.plusNanos(999_999).toMillis();
    }
  }
}
