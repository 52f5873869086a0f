// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;

/**
 * A transport without a kernel, which plays the kernel's part of a recording.
 *
 * <p>The program must do what the recorded one did. Each socket must be opened with a protocol and
 * a namespace of the recording, set the recorded options in their order, and send and receive in
 * the recorded order; what it sends is compared byte for byte but for sequence numbers and the
 * port. Sockets may overlap as they like. The first deviation throws a {@link ReplayMismatchError},
 * and {@link #verifyFinished()} throws it again, in case that the program caught it.
 *
 * <p>Nothing takes time: a wait that had ended without a datagram ends at once. Only a wait that
 * lasted until the program closed its socket does so again, no longer than the program's timeout.
 *
 * <p>A recording is played once; read it again for another time. Thread-safe.
 */
public final class ReplayTransport implements Transport {
  private static final long MAX_WAIT_SECONDS = Long.MAX_VALUE / 1_000_000_000 - 1;

  private final String name;
  private final List<Step.Open> opens = new ArrayList<>();
  private final List<Step.Namespace> namespaces = new ArrayList<>();

  /** What happens on each socket, options apart; the index is its number less one. */
  private final List<Deque<Step.OnChannel>> conversations = new ArrayList<>();

  private final List<Deque<Step.Option>> options = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();
  private ReplayMismatchError mismatch;

  private ReplayTransport(List<Step> steps, String name) {
    this.name = name;
    for (Step step : steps) {
      if (step instanceof Step.Open open) {
        opens.add(open);
        if (open.errno() == 0) {
          conversations.add(new ArrayDeque<>());
          options.add(new ArrayDeque<>());
        }
      } else if (step instanceof Step.Namespace namespace) {
        namespaces.add(namespace);
      } else if (step instanceof Step.Option option) {
        options.get(option.channel() - 1).add(option);
      } else if (step instanceof Step.OnChannel part) {
        conversations.get(part.channel() - 1).add(part);
      }
    }
  }

  /**
   * Reads a recording.
   *
   * @throws IOException when the file cannot be read or is no recording, or one of a machine with
   *     another byte order; the message names the line
   */
  public static ReplayTransport read(Path file) throws IOException {
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return read(in, file.toString());
    }
  }

  /**
   * Reads a recording, to its end.
   *
   * @param name what it is called in messages
   * @throws IOException when it cannot be read or is no recording, or one of a machine with another
   *     byte order; the message names the line
   */
  public static ReplayTransport read(Reader in, String name) throws IOException {
    return new ReplayTransport(RecordingReader.read(in, Objects.requireNonNull(name)), name);
  }

  @Override
  public String name() {
    return "replay";
  }

  /**
   * Throws unless the program did all that the recorded one did. Waits for a datagram that had none
   * as their outcome may be left over.
   */
  public void verifyFinished() {
    lock.lock();
    try {
      if (mismatch != null) {
        throw new ReplayMismatchError(mismatch.getMessage());
      }
      List<Step> left = new ArrayList<>(opens);
      left.addAll(namespaces);
      options.forEach(left::addAll);
      conversations.forEach(left::addAll);
      left.removeIf(step -> step instanceof Step.Timeout || step instanceof Step.Closed);
      if (!left.isEmpty()) {
        Step first = left.get(0);
        for (Step step : left) {
          first = step.line() < first.line() ? step : first;
        }
        throw new ReplayMismatchError(
            at(first)
                + "the program did not "
                + describe(first)
                + (left.size() == 1 ? "" : ", nor do " + (left.size() - 1) + " later steps"));
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace)
      throws NetlinkException {
    String path = namespace.map(ns -> ns.path().toString()).orElse("");
    String operation =
        "open a netlink socket for protocol "
            + protocol
            + (path.isEmpty() ? "" : " in network namespace " + path);
    lock.lock();
    try {
      for (Iterator<Step.Open> all = opens.iterator(); all.hasNext(); ) {
        Step.Open open = all.next();
        if (open.protocol() == protocol && open.namespace().equals(path)) {
          all.remove();
          if (open.errno() != 0) {
            throw NetlinkException.of(operation, open.errno(), ExtAck.NONE);
          }
          return new Channel(open);
        }
      }
      throw mismatch(name + ": no further step of the recording is to " + operation);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public NamespaceHandle openNamespace(NetNamespace namespace) throws NetlinkException {
    String path = namespace.path().toString();
    lock.lock();
    try {
      for (Iterator<Step.Namespace> all = namespaces.iterator(); all.hasNext(); ) {
        Step.Namespace step = all.next();
        if (step.path().equals(path)) {
          all.remove();
          if (step.errno() != 0) {
            throw NetlinkException.of("open network namespace " + path, step.errno(), ExtAck.NONE);
          }
          return new Handle(step.descriptor());
        }
      }
      throw mismatch(name + ": no further step of the recording is to open namespace " + path);
    } finally {
      lock.unlock();
    }
  }

  /** The recorded descriptor: it is compared with what was sent then, and never used. */
  private record Handle(int descriptor) implements NamespaceHandle {
    @Override
    public void close() {}
  }

  private ReplayMismatchError mismatch(String message) {
    ReplayMismatchError error = new ReplayMismatchError(message);
    if (mismatch == null) {
      mismatch = error;
    }
    return error;
  }

  private String at(Step step) {
    return name + ":" + step.line() + ": ";
  }

  private static String describe(Step step) {
    if (step instanceof Step.Open open) {
      String in = open.namespace().isEmpty() ? "" : " in " + open.namespace();
      return "open a socket for protocol " + open.protocol() + in;
    } else if (step instanceof Step.Namespace namespace) {
      return "open namespace " + namespace.path();
    } else if (step instanceof Step.Option option) {
      return describe(option.channel(), option.level(), option.name(), option.value());
    } else if (step instanceof Step.Send send) {
      return "send " + send.data().length + " bytes on socket " + send.channel();
    } else if (step instanceof Step.OnChannel other) {
      return "receive on socket " + other.channel();
    }
    throw new AssertionError(step);
  }

  private static String describe(int channel, int level, int name, int value) {
    return "set option " + level + "/" + name + " of socket " + channel + " to " + value;
  }

  private final class Channel implements NetlinkChannel {
    private final int number;
    private final int protocol;
    private final Deque<Step.OnChannel> conversation;
    private final Deque<Step.Option> settings;
    private final Sequences sequences;
    private boolean closed;

    Channel(Step.Open open) {
      number = open.channel();
      protocol = open.protocol();
      conversation = conversations.get(number - 1);
      settings = options.get(number - 1);
      sequences = new Sequences(number, Sequences.portOf(number));
    }

    @Override
    public int portId() {
      return Sequences.portOf(number);
    }

    @Override
    public void send(ByteBuffer message) throws NetlinkException {
      byte[] live = new byte[message.remaining()];
      message.get(message.position(), live);
      lock.lock();
      try {
        checkOpen("send");
        byte[] sent = sequences.requestToRecorded(live);
        Step.OnChannel next = conversation.peek();
        String what = "the program sends " + sent.length + " bytes on socket " + number;
        if (next == null) {
          throw mismatch(name + ": " + what + ", for which nothing more is recorded");
        }
        if (!(next instanceof Step.Send recorded)) {
          throw mismatch(at(next) + what + ", but the recorded one did " + describe(next));
        }
        if (!Arrays.equals(recorded.data(), sent)) {
          String difference = Difference.of(protocol, recorded.data(), sent);
          throw mismatch(
              at(next)
                  + "the program sends another request on socket "
                  + number
                  + ": "
                  + difference);
        }
        conversation.remove();
        if (recorded.errno() != 0) {
          throw NetlinkException.of(
              "send a netlink message of " + sent.length + " bytes", recorded.errno(), ExtAck.NONE);
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public Optional<Datagram> receive(Duration timeout) throws NetlinkException {
      long start = System.nanoTime();
      lock.lock();
      try {
        while (true) {
          checkOpen("receive");
          Step.OnChannel next = conversation.peek();
          if (next == null) {
            throw mismatch(
                name
                    + ": the program receives on socket "
                    + number
                    + ", for which nothing more is recorded");
          }
          if (next instanceof Step.Closed) {
            if (!awaitClosing(timeout.minusNanos(System.nanoTime() - start))) {
              return Optional.empty();
            }
            continue;
          }
          if (next instanceof Step.Send) {
            throw mismatch(
                at(next) + "the program receives, but the recorded one did " + describe(next));
          }
          conversation.remove();
          if (next instanceof Step.Receive receive) {
            return Optional.of(
                new Datagram(
                    receive.senderPort(),
                    ByteBuffer.wrap(sequences.answerToLive(receive.data()))
                        .order(ByteOrder.nativeOrder())));
          }
          if (next instanceof Step.ReceiveFailed failed) {
            throw NetlinkException.of("receive a netlink message", failed.errno(), ExtAck.NONE);
          }
          return Optional.empty();
        }
      } finally {
        lock.unlock();
      }
    }

    /** Whether anything was closed in that time; interruption does not shorten it. */
    private boolean awaitClosing(Duration left) {
      long end = System.nanoTime() + nanos(left);
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return closing.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
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

    @Override
    public void setOption(int level, int option, int value) throws NetlinkException {
      lock.lock();
      try {
        checkOpen("set an option");
        Step.Option next = settings.peek();
        String what = "the program does " + describe(number, level, option, value);
        if (next == null) {
          throw mismatch(name + ": " + what + ", the recorded one set no further option");
        }
        if (next.level() != level || next.name() != option || next.value() != value) {
          throw mismatch(at(next) + what + ", the recorded one did " + describe(next));
        }
        settings.remove();
        if (next.errno() != 0) {
          throw NetlinkException.of(
              "set option " + level + "/" + option + " of a netlink socket to " + value,
              next.errno(),
              ExtAck.NONE);
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        closed = true;
        closing.signalAll();
      } finally {
        lock.unlock();
      }
    }

    private void checkOpen(String operation) throws NetlinkException {
      if (closed) {
        throw new NetlinkException(operation + " (the socket is closed)", Errno.EBADF.number());
      }
    }
  }

  private static long nanos(Duration duration) {
    return duration.getSeconds() > MAX_WAIT_SECONDS ? Long.MAX_VALUE / 2 : duration.toNanos();
  }
}
