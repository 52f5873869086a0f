// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.wg4j.oracle.inner.InnerPacket;

/**
 * A WireGuard peer on UDP that does what a test tells it, honest or not.
 *
 * <p>It has no threads: sockets are read while something is expected, and what arrived is kept, in
 * order, until a test takes it or asks that nothing be left. Not thread-safe. I/O errors come as
 * {@link UncheckedIOException}.
 */
public final class OraclePeer implements AutoCloseable {
  /** How often an initiator repeats an unanswered initiation (REKEY_TIMEOUT of the protocol). */
  private static final Duration REKEY_TIMEOUT = Duration.ofSeconds(5);

  /** Receivers take no more than 50 initiations a second from one peer; leave a margin. */
  private static final long INITIATION_INTERVAL = Duration.ofMillis(50).toNanos();

  private static final int RECEIVE_BUFFER = 4 << 20;

  private final Engine engine;
  private final Selector selector;
  private final List<DatagramChannel> channels = new ArrayList<>();
  private final List<Event> unclaimed = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
  private InetSocketAddress remote;
  private long nextInitiation = System.nanoTime();
  private boolean answerInitiations = true;
  private boolean answerEchoes = true;

  /**
   * @param engine the protocol state; closed with this peer
   * @param bind the local address; port 0 for any
   * @param remote where to send until the other side is heard from elsewhere
   */
  public OraclePeer(Engine engine, InetSocketAddress bind, InetSocketAddress remote) {
    this.engine = engine;
    this.remote = remote;
    try {
      selector = Selector.open();
      listen(bind);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on " + bind, e);
    }
  }

  private void listen(InetSocketAddress bind) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
    channel.bind(bind);
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ);
    channels.add(channel);
  }

  /**
   * Moves to a new local port. The old ones are still read, so that what goes there is seen.
   *
   * @return the new port
   */
  public int roam() {
    try {
      listen(new InetSocketAddress(local().getAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot roam", e);
    }
    return local().getPort();
  }

  /** Moves back to the first local port, keeping the others open. */
  public void roamHome() {
    channels.add(channels.remove(0));
  }

  /**
   * @return the address we send from
   */
  public InetSocketAddress local() {
    try {
      return (InetSocketAddress) sending().getLocalAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DatagramChannel sending() {
    return channels.get(channels.size() - 1);
  }

  /**
   * @return the protocol state
   */
  public Engine engine() {
    return engine;
  }

  /**
   * @param on whether initiations are answered at once (true at first)
   */
  public void answerInitiations(boolean on) {
    answerInitiations = on;
  }

  /**
   * @param on whether inner echo requests are answered at once (true at first)
   */
  public void answerEchoes(boolean on) {
    answerEchoes = on;
  }

  /**
   * Sends any bytes.
   *
   * @param datagram a UDP payload
   */
  public void send(byte[] datagram) {
    try {
      int sent = sending().send(ByteBuffer.wrap(datagram), remote);
      // A full socket buffer makes a non-blocking send give up; wait until there is room.
      while (sent == 0 && datagram.length > 0) {
        try (Selector writable = Selector.open()) {
          sending().register(writable, SelectionKey.OP_WRITE);
          writable.select();
        }
        sent = sending().send(ByteBuffer.wrap(datagram), remote);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot send to " + remote, e);
    }
  }

  /**
   * Sends an inner packet, padded, in a session.
   *
   * @param session which
   * @param packet the packet
   * @return the datagram, for replaying
   */
  public byte[] send(Session session, InnerPacket packet) {
    byte[] datagram = session.seal(Session.pad(packet.encode())).encode();
    send(datagram);
    return datagram;
  }

  /**
   * Sends a keepalive.
   *
   * @param session in which session
   */
  public void sendKeepalive(Session session) {
    send(session.seal(new byte[0]).encode());
  }

  /**
   * Sends one initiation, no sooner after the last one than receivers accept.
   *
   * @param options how it differs from an honest one
   * @return the initiation
   */
  public Engine.Initiated initiate(HandshakeOptions options) {
    paceInitiations();
    Engine.Initiated initiated = engine.initiate(options);
    send(initiated.datagram());
    return initiated;
  }

  /** Waits until receivers would take another initiation of this identity; reads meanwhile. */
  public void paceInitiations() {
    await(event -> false, Duration.ofNanos(nextInitiation - System.nanoTime()));
    nextInitiation = System.nanoTime() + INITIATION_INTERVAL;
  }

  /**
   * Sends one response.
   *
   * @param initiation what is answered
   * @param options how it differs from an honest one
   * @return the response
   */
  public Engine.Responded respond(Event.Initiation initiation, HandshakeOptions options) {
    Engine.Responded responded = engine.respond(initiation, options);
    send(responded.datagram());
    return responded;
  }

  /**
   * Completes a handshake as initiator, repeating the initiation as the protocol does, and leaves
   * it unconfirmed: the other side may not send in the session before we have.
   *
   * @param limit how long to try
   * @return the response
   * @throws ExpectationFailedException if there is none
   */
  public Event.Response handshake(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      Engine.Initiated initiated = initiate(HandshakeOptions.HONEST);
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      Duration wait = left.compareTo(REKEY_TIMEOUT) < 0 ? left : REKEY_TIMEOUT;
      Optional<Event> answer = await(event -> answers(event, initiated.index()), wait);
      if (answer.isPresent()) {
        return (Event.Response) answer.get();
      }
      if (System.nanoTime() - deadline >= 0) {
        throw new ExpectationFailedException("no handshake response" + leftovers());
      }
    }
  }

  private static boolean answers(Event event, int index) {
    return event instanceof Event.Response response && response.message().receiver() == index;
  }

  /**
   * Waits for an event of one kind, leaving others for later.
   *
   * @param <T> the kind
   * @param kind the kind
   * @param condition which of that kind
   * @param what for the error message
   * @param limit how long
   * @return the first that fits
   * @throws ExpectationFailedException if none comes in time
   */
  public <T extends Event> T expect(
      Class<T> kind, Predicate<? super T> condition, String what, Duration limit) {
    return await(event -> kind.isInstance(event) && condition.test(kind.cast(event)), limit)
        .map(kind::cast)
        .orElseThrow(
            () ->
                new ExpectationFailedException(
                    "no " + what + " within " + limit.toSeconds() + " s" + leftovers()));
  }

  /**
   * Waits for an event.
   *
   * @param condition which
   * @param limit how long
   * @return the first that fits, or nothing if none came in time
   */
  public Optional<Event> await(Predicate<Event> condition, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      for (Iterator<Event> events = unclaimed.iterator(); events.hasNext(); ) {
        Event event = events.next();
        if (condition.test(event)) {
          events.remove();
          return Optional.of(event);
        }
      }
      long left = deadline - System.nanoTime();
      // One last look without waiting, so that a limit of zero still reads what is there.
      if (!pump(Math.max(left, 0)) && left <= 0) {
        return Optional.empty();
      }
    }
  }

  /**
   * Reads for a while and gives up everything nobody expected.
   *
   * @param linger how long to listen
   * @return the events left over, which are then forgotten
   */
  public List<Event> drain(Duration linger) {
    await(event -> false, linger);
    List<Event> rest = List.copyOf(unclaimed);
    unclaimed.clear();
    return rest;
  }

  private String leftovers() {
    return unclaimed.isEmpty() ? "; nothing came" : "; what came instead: " + describe(unclaimed);
  }

  /**
   * @param events some events
   * @return a line about them that shows no keys
   */
  public static String describe(List<Event> events) {
    List<String> lines = new ArrayList<>();
    for (Event event : events) {
      String why =
          event instanceof Event.Rejected rejected
              ? " (" + rejected.reason() + ", " + rejected.detail() + ")"
              : "";
      lines.add(event.getClass().getSimpleName() + why + ", " + event.arrival());
    }
    return String.join("; ", lines);
  }

  /** Reads what is there, waiting at most so long; false if nothing was. */
  private boolean pump(long nanos) {
    try {
      selector.selectedKeys().clear();
      // select(0) would wait for ever.
      long millis = nanos / 1_000_000;
      int ready = millis == 0 ? selector.selectNow() : selector.select(millis);
      boolean any = false;
      for (DatagramChannel channel : ready == 0 ? List.<DatagramChannel>of() : channels) {
        while (readOne(channel)) {
          any = true;
        }
      }
      return any;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot receive", e);
    }
  }

  private boolean readOne(DatagramChannel channel) throws IOException {
    buffer.clear();
    InetSocketAddress source = (InetSocketAddress) channel.receive(buffer);
    if (source == null) {
      return false;
    }
    buffer.flip();
    byte[] datagram = new byte[buffer.remaining()];
    buffer.get(datagram);
    int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
    Event event = engine.receive(new Event.Arrival(datagram, source, port));
    unclaimed.add(event);
    react(event);
    return true;
  }

  private void react(Event event) {
    if (event instanceof Event.Challenged challenged) {
      send(challenged.reply().encode());
    } else if (event instanceof Event.Initiation initiation) {
      remote = event.arrival().source();
      if (answerInitiations) {
        respond(initiation, HandshakeOptions.HONEST);
      }
    } else if (event instanceof Event.Response) {
      remote = event.arrival().source();
      // Receivers count from when they took the initiation, which on a slow machine is late.
      nextInitiation = System.nanoTime() + INITIATION_INTERVAL;
    } else if (event instanceof Event.Data data) {
      remote = event.arrival().source();
      if (answerEchoes && !data.isKeepalive()) {
        answerEcho(data);
      }
    }
  }

  private void answerEcho(Event.Data data) {
    try {
      data.packet().answer().ifPresent(answer -> send(data.session(), answer));
    } catch (IllegalArgumentException e) {
      // Not a whole packet: the event is there for the test to judge.
      return;
    }
  }

  @Override
  public void close() {
    engine.close();
    try {
      for (DatagramChannel channel : channels) {
        channel.close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
