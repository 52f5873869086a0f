// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;
import org.netlink4j.transport.Transports;

/**
 * A netlink socket for requests: each is sent with a number of its own and its answer awaited.
 * Events have their own class, {@link NetlinkSubscription}.
 *
 * <p>Thread-safe: exchanges of several threads follow one another. {@link #close()} may be called
 * at any time; an exchange under way then fails with {@code EBADF}. Interrupting a thread does not
 * disturb an exchange.
 *
 * <p>Messages that are not from the kernel, not for this socket's port, or not an answer to the
 * present request are ignored.
 */
public final class NetlinkSocket implements AutoCloseable {
  /** How long an answer may take when nothing else is said. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

  /** How often a dump that was overtaken by changes is tried again when nothing else is said. */
  public static final int DEFAULT_DUMP_RETRIES = 1000;

  private final NetlinkChannel channel;
  private final Transport transport;
  private final Duration timeout;
  private final int dumpRetries;
  private final ReentrantLock exchange = new ReentrantLock();

  /** Messages of the datagram received last that nobody looked at yet. */
  private final ArrayDeque<NetlinkMessage> received = new ArrayDeque<>();

  private int sequence = ThreadLocalRandom.current().nextInt();

  private NetlinkSocket(NetlinkChannel channel, Transport transport, Builder options) {
    this.channel = channel;
    this.transport = transport;
    this.timeout = options.timeout;
    this.dumpRetries = options.dumpRetries;
  }

  /** Opens a socket for a protocol in the present namespace, with all defaults. */
  public static NetlinkSocket open(int protocol) throws NetlinkException {
    return builder(protocol).open();
  }

  /**
   * Starts to describe a socket.
   *
   * @param protocol {@link Netlink#ROUTE}, {@link Netlink#GENERIC} ...
   */
  public static Builder builder(int protocol) {
    return new Builder(protocol);
  }

  /** What a socket shall be like. Not thread-safe. */
  public static final class Builder {
    private final int protocol;
    private Optional<NetNamespace> namespace = Optional.empty();
    private Transport transport;
    private Duration timeout = DEFAULT_TIMEOUT;
    private int dumpRetries = DEFAULT_DUMP_RETRIES;
    private int receiveBufferSize;

    private Builder(int protocol) {
      this.protocol = protocol;
    }

    /** The network namespace that the socket belongs to; by default that of this process. */
    public Builder namespace(NetNamespace namespace) {
      this.namespace = Optional.of(namespace);
      return this;
    }

    /** The way to the kernel; by default {@link Transports#selected()}. */
    public Builder transport(Transport transport) {
      this.transport = Objects.requireNonNull(transport);
      return this;
    }

    /** How long to wait for each message of an answer, more than zero. */
    public Builder timeout(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("timeout must be positive: " + timeout);
      }
      this.timeout = timeout;
      return this;
    }

    /**
     * How often a dump that was overtaken by changes is tried again.
     *
     * @param retries 0 or more; -1 for without end
     */
    public Builder dumpRetries(int retries) {
      if (retries < -1) {
        throw new IllegalArgumentException("dumpRetries must be at least -1: " + retries);
      }
      this.dumpRetries = retries;
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

    /** Opens the socket. */
    public NetlinkSocket open() throws NetlinkException {
      Transport way = transport == null ? Transports.selected() : transport;
      return new NetlinkSocket(openChannel(way, protocol, namespace, receiveBufferSize), way, this);
    }
  }

  static NetlinkChannel openChannel(
      Transport transport, int protocol, Optional<NetNamespace> namespace, int receiveBufferSize)
      throws NetlinkException {
    NetlinkChannel channel = transport.open(protocol, namespace);
    try {
      tryOption(channel, NetlinkChannel.SOL_NETLINK, NetlinkChannel.NETLINK_EXT_ACK, 1);
      tryOption(channel, NetlinkChannel.SOL_NETLINK, NetlinkChannel.NETLINK_CAP_ACK, 1);
      tryOption(channel, NetlinkChannel.SOL_NETLINK, NetlinkChannel.NETLINK_GET_STRICT_CHK, 1);
      if (receiveBufferSize > 0
          && !tryOption(
              channel,
              NetlinkChannel.SOL_SOCKET,
              NetlinkChannel.SO_RCVBUFFORCE,
              receiveBufferSize)) {
        channel.setOption(NetlinkChannel.SOL_SOCKET, NetlinkChannel.SO_RCVBUF, receiveBufferSize);
      }
      return channel;
    } catch (NetlinkException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /** Sets an option that old kernels lack, or that needs a capability. */
  private static boolean tryOption(NetlinkChannel channel, int level, int option, int value)
      throws NetlinkException {
    try {
      channel.setOption(level, option, value);
      return true;
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOPROTOOPT) || e.is(Errno.EPERM)) {
        return false;
      }
      throw e;
    }
  }

  /** The port that the kernel gave this socket, an unsigned number. */
  public int portId() {
    return channel.portId();
  }

  /** The way to the kernel that this socket uses. */
  public Transport transport() {
    return transport;
  }

  /**
   * Sends a request and waits for its acknowledgement; {@code NLM_F_REQUEST} and {@code NLM_F_ACK}
   * are set here.
   *
   * @return the messages that came before the acknowledgement, often none
   * @throws NetlinkException the kernel's refusal; {@code ETIMEDOUT} without an answer in time and
   *     {@code ENOBUFS} when the answer was lost: whether the request was carried out is then
   *     unknown
   */
  public List<NetlinkMessage> request(MessageBuilder message) throws NetlinkException {
    begin();
    try {
      String operation = message.description();
      int number = send(message, Netlink.NLM_F_REQUEST | Netlink.NLM_F_ACK);
      List<NetlinkMessage> replies = new ArrayList<>();
      while (true) {
        NetlinkMessage reply = answerTo(number, operation);
        switch (reply.type()) {
          case Netlink.NLMSG_ERROR -> {
            throwIfError(reply, message);
            return replies;
          }
          case Netlink.NLMSG_DONE -> {
            throwIfError(reply, message);
          }
          case Netlink.NLMSG_OVERRUN ->
              throw new NetlinkException(operation, Errno.ENOBUFS.number());
          default -> {
            if (reply.type() >= Netlink.NLMSG_MIN_TYPE) {
              replies.add(reply);
            }
          }
        }
      }
    } finally {
      received.clear();
      exchange.unlock();
    }
  }

  /**
   * Asks for everything and collects the answer; {@code NLM_F_REQUEST} and {@code NLM_F_DUMP} are
   * set here. See {@link #dump(MessageBuilder, Supplier)}.
   */
  public List<NetlinkMessage> dump(MessageBuilder message) throws NetlinkException {
    return dump(
        message,
        () ->
            new DumpReader<List<NetlinkMessage>>() {
              private final List<NetlinkMessage> messages = new ArrayList<>();

              @Override
              public void accept(NetlinkMessage part) {
                messages.add(part);
              }

              @Override
              public List<NetlinkMessage> finish() {
                return messages;
              }
            });
  }

  /**
   * Asks for everything and hands the answer to a reader, message by message. A dump that was
   * overtaken by changes (the kernel says so) is dropped and tried again with a new reader.
   *
   * <p>When the reader throws, the rest of the dump is received and discarded before the exception
   * goes on. When no valid answer comes, the socket is closed: the kernel would not start another
   * dump on it.
   *
   * @param readers makes a reader for each attempt
   * @return what the last reader made of it
   * @throws DumpInterruptedException when each attempt that the socket's settings allow was
   *     overtaken
   */
  public <R> R dump(MessageBuilder message, Supplier<? extends DumpReader<R>> readers)
      throws NetlinkException {
    for (int attempt = 1; ; attempt++) {
      DumpReader<R> reader = readers.get();
      boolean finished = false;
      try {
        if (dumpOnce(message, reader)) {
          R whole = reader.finish();
          finished = true;
          return whole;
        }
      } finally {
        if (!finished) {
          reader.discard();
        }
      }
      if (dumpRetries >= 0 && attempt > dumpRetries) {
        throw new DumpInterruptedException(message.description(), attempt);
      }
      if (attempt == Integer.MAX_VALUE) {
        attempt = 1;
      }
    }
  }

  /** One attempt; whether it was consistent. */
  private boolean dumpOnce(MessageBuilder message, DumpReader<?> reader) throws NetlinkException {
    begin();
    boolean answered = true;
    try {
      String operation = message.description();
      int number = send(message, Netlink.NLM_F_REQUEST | Netlink.NLM_F_DUMP);
      answered = false;
      boolean consistent = true;
      Failure failure = new Failure();
      while (true) {
        NetlinkMessage part;
        try {
          part = answerTo(number, operation);
        } catch (NetlinkException e) {
          if (!e.is(Errno.ENOBUFS)) {
            throw e;
          }
          consistent = false;
          continue;
        }
        if (part.hasFlags(Netlink.NLM_F_DUMP_INTR)) {
          consistent = false;
        }
        if (part.type() == Netlink.NLMSG_OVERRUN) {
          consistent = false;
        } else if (part.type() == Netlink.NLMSG_ERROR || part.type() == Netlink.NLMSG_DONE) {
          answered = true;
          throwIfError(part, message);
          failure.rethrow();
          return consistent;
        } else if (part.type() >= Netlink.NLMSG_MIN_TYPE && consistent && failure.isEmpty()) {
          failure.guard(() -> reader.accept(part));
        } else {
          // Nobody reads it, so nobody wipes it who knows what is in it.
          part.wipe();
        }
      }
    } finally {
      received.clear();
      exchange.unlock();
      if (!answered) {
        channel.close();
      }
    }
  }

  /** Closes the socket. Closing twice is harmless. */
  @Override
  public void close() {
    channel.close();
  }

  private void begin() {
    if (exchange.isHeldByCurrentThread()) {
      // It would take the dump's messages for strangers and drop them.
      throw new IllegalStateException("a dump's reader uses the socket that dumps");
    }
    exchange.lock();
  }

  private int send(MessageBuilder message, int flags) throws NetlinkException {
    received.clear();
    sequence++;
    if (sequence == 0) {
      // Events carry this number.
      sequence++;
    }
    ByteBuffer bytes = message.build(flags, sequence, channel.portId());
    try {
      channel.send(bytes);
    } catch (NetlinkException e) {
      throw NetlinkException.of(
          message.description() + ": " + e.operation(), e.errno(), ExtAck.NONE);
    }
    return sequence;
  }

  /** The next message of the kernel's answer to a request. */
  private NetlinkMessage answerTo(int number, String operation) throws NetlinkException {
    long start = System.nanoTime();
    while (true) {
      for (NetlinkMessage m = received.poll(); m != null; m = received.poll()) {
        if (m.sequence() == number && m.portId() == channel.portId()) {
          return m;
        }
      }
      Duration left = timeout.minusNanos(System.nanoTime() - start);
      Optional<NetlinkChannel.Datagram> datagram;
      try {
        datagram = channel.receive(left);
      } catch (NetlinkException e) {
        throw NetlinkException.of(operation + ": " + e.operation(), e.errno(), ExtAck.NONE);
      }
      if (datagram.isEmpty()) {
        throw new NetlinkException(
            operation + " (no answer in " + timeout.toMillis() + " ms)", Errno.ETIMEDOUT.number());
      }
      if (datagram.get().senderPort() == 0) {
        received.addAll(NetlinkMessage.parse(datagram.get().data()));
      }
    }
  }

  /** Throws what an error or done message says; returns when it says that all went well. */
  private static void throwIfError(NetlinkMessage message, MessageBuilder request)
      throws NetlinkException {
    ByteBuffer payload = message.payload();
    boolean isError = message.type() == Netlink.NLMSG_ERROR;
    if (payload.remaining() < Integer.BYTES) {
      if (isError) {
        throw new MalformedMessageException("an error message without an error number");
      }
      return;
    }
    int result = payload.getInt(0);
    if (isError ? result == 0 : result >= 0) {
      return;
    }
    if (result > 0 || result == Integer.MIN_VALUE) {
      throw new MalformedMessageException("an error message with the error number " + result);
    }
    throw NetlinkException.of(
        request.description(), -result, extAck(message, payload, isError, request));
  }

  private static ExtAck extAck(
      NetlinkMessage message, ByteBuffer payload, boolean isError, MessageBuilder request) {
    if (!message.hasFlags(Netlink.NLM_F_ACK_TLVS)) {
      return ExtAck.NONE;
    }
    long start = Integer.BYTES;
    if (isError) {
      if (payload.limit() < Integer.BYTES + Netlink.MESSAGE_HEADER) {
        return ExtAck.NONE;
      }
      // The request is quoted, its header only when the acknowledgement is capped.
      long quoted = Integer.toUnsignedLong(payload.getInt(Integer.BYTES));
      start += message.hasFlags(Netlink.NLM_F_CAPPED) ? Netlink.MESSAGE_HEADER : (quoted + 3) & ~3L;
    }
    if (start > payload.limit()) {
      return ExtAck.NONE;
    }
    return ExtAck.parse(payload.slice((int) start, payload.limit() - (int) start), request);
  }

  /** Keeps the first exception of a reader until the dump is received. */
  private static final class Failure {
    private NetlinkException checked;
    private RuntimeException unchecked;

    interface Action {
      void run() throws NetlinkException;
    }

    void guard(Action action) {
      try {
        action.run();
      } catch (NetlinkException e) {
        checked = e;
      } catch (RuntimeException e) {
        unchecked = e;
      }
    }

    boolean isEmpty() {
      return checked == null && unchecked == null;
    }

    void rethrow() throws NetlinkException {
      if (checked != null) {
        throw checked;
      }
      if (unchecked != null) {
        throw unchecked;
      }
    }
  }
}
