// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetlinkException;
import org.netlink4j.transport.NetlinkChannel;
import org.wg4j.lab.Background;
import org.wg4j.lab.Command;
import org.wg4j.lab.LabException;

/**
 * A netlink socket that the guest's agent holds: its command {@code @netlink}, whose frames are
 * described in tests/lab/agent/agent.c ({@code enum netlink_frame}).
 *
 * <p>What it received waits here until somebody takes it, without the limit of a kernel's socket: a
 * dump is read off the guest's as it comes, and must not be lost for being long.
 */
final class ForwardedChannel implements NetlinkChannel {
  private static final int DATAGRAM = 0;
  private static final int OPTION = 1;
  private static final int RESULT = 2;
  private static final int LOST = 3;

  /** How often the reader looks whether the guest is still there when it says nothing. */
  private static final Duration LOOK = Duration.ofSeconds(10);

  /** Past {@link Duration#toNanos()} there is no time that anybody waits for. */
  private static final Duration LONGEST = Duration.ofDays(1000);

  private record Result(int errno, int port) {}

  /** Something to receive: a datagram, or the errno of one that was lost. */
  private record Received(Datagram datagram, int errno) {}

  private final Background process;
  private final int portId;
  private final ReentrantLock asking = new ReentrantLock();

  private final ReentrantLock state = new ReentrantLock();
  private final Condition changed = state.newCondition();
  private final Deque<Received> received = new ArrayDeque<>();
  private Result result;
  private boolean closed;
  private boolean gone;

  ForwardedChannel(Background process, String operation) throws NetlinkException {
    this.process = process;
    Thread reader = new Thread(this::readAll, "wg4j-netlink");
    reader.setDaemon(true);
    reader.start();
    try {
      portId = takeResult(operation).port();
    } catch (NetlinkException e) {
      close();
      throw e;
    }
  }

  @Override
  public int portId() {
    return portId;
  }

  @Override
  public void send(ByteBuffer message) throws NetlinkException {
    ByteBuffer frame = frame(DATAGRAM, message.remaining()).put(message.duplicate());
    ask("send a netlink message of " + message.remaining() + " bytes", frame);
  }

  @Override
  public void setOption(int level, int option, int value) throws NetlinkException {
    ask(
        "set option " + level + "/" + option + " of a netlink socket to " + value,
        frame(OPTION, 12).putInt(level).putInt(option).putInt(value));
  }

  @Override
  public Optional<Datagram> receive(Duration timeout) throws NetlinkException {
    String operation = "receive a netlink message";
    Optional<Received> next = await(operation, timeout, () -> Optional.ofNullable(received.poll()));
    if (next.isPresent() && next.get().errno() != 0) {
      throw NetlinkException.of(operation, next.get().errno(), ExtAck.NONE);
    }
    return next.map(Received::datagram);
  }

  @Override
  public void close() {
    state.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      received.clear();
      changed.signalAll();
    } finally {
      state.unlock();
    }
    // The agent's command ends when its input does, and the socket with it.
    process.closeStdin();
  }

  /** A frame of a kind with room for its payload, to be sent when that has been put. */
  private static ByteBuffer frame(int kind, int payload) {
    return ByteBuffer.allocate(5 + payload).putInt(1 + payload).put((byte) kind);
  }

  private void ask(String operation, ByteBuffer frame) throws NetlinkException {
    asking.lock();
    try {
      process.send(frame.array());
      takeResult(operation);
    } catch (LabException e) {
      throw ForwardedTransport.failure(operation, Errno.EIO, e);
    } finally {
      Arrays.fill(frame.array(), (byte) 0);
      asking.unlock();
    }
  }

  private Result takeResult(String operation) throws NetlinkException {
    Optional<Result> taken =
        await(
            operation,
            Command.DEFAULT_LIMIT,
            () -> {
              Optional<Result> there = Optional.ofNullable(result);
              result = null;
              return there;
            });
    if (taken.isEmpty()) {
      // The result may come yet, and would then be taken for that of the next request.
      close();
      throw new NetlinkException(operation, Errno.ETIMEDOUT.number());
    }
    if (taken.get().errno() != 0) {
      throw NetlinkException.of(operation, taken.get().errno(), ExtAck.NONE);
    }
    return taken.get();
  }

  /** Waits until there is what is looked for, under the lock; empty when the time is over. */
  private <T> Optional<T> await(String operation, Duration timeout, Supplier<Optional<T>> look)
      throws NetlinkException {
    boolean interrupted = false;
    state.lock();
    try {
      long left = (timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST).toNanos();
      while (true) {
        if (closed) {
          throw new NetlinkException(operation + " (the socket is closed)", Errno.EBADF.number());
        }
        Optional<T> found = look.get();
        if (found.isPresent()) {
          return found;
        }
        if (gone) {
          throw new NetlinkException(operation + " (the guest's end is gone)", Errno.EIO.number());
        }
        if (left <= 0) {
          return Optional.empty();
        }
        try {
          left = changed.awaitNanos(left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      state.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void readAll() {
    byte[] rest = new byte[0];
    try {
      while (true) {
        byte[] more = process.takeStdout(LOOK);
        if (more.length == 0 && !process.isAlive()) {
          return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(rest.length + more.length).put(rest).put(more);
        take(bytes.flip());
        rest = new byte[bytes.remaining()];
        bytes.get(rest);
      }
    } finally {
      state.lock();
      try {
        gone = true;
        changed.signalAll();
      } finally {
        state.unlock();
      }
    }
  }

  /** Takes the whole frames off the start of what has come. */
  private void take(ByteBuffer bytes) {
    while (bytes.remaining() >= 4 && bytes.remaining() >= 4 + bytes.getInt(bytes.position())) {
      int length = bytes.getInt();
      ByteBuffer frame = bytes.slice(bytes.position(), length);
      bytes.position(bytes.position() + length);
      state.lock();
      try {
        dispatch(frame.get(), frame);
        changed.signalAll();
      } finally {
        state.unlock();
      }
    }
  }

  private void dispatch(int kind, ByteBuffer payload) {
    switch (kind) {
      case RESULT -> result = new Result(payload.getInt(), payload.getInt());
      case LOST -> received.add(new Received(null, payload.getInt()));
      case DATAGRAM -> {
        int sender = payload.getInt();
        byte[] data = new byte[payload.remaining()];
        payload.get(data);
        received.add(
            new Received(
                new Datagram(sender, ByteBuffer.wrap(data).order(ByteOrder.nativeOrder())), 0));
      }
      default -> throw new IllegalStateException("a frame of kind " + kind);
    }
  }
}
