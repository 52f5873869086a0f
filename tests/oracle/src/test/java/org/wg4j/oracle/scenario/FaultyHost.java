// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.X25519Key;
import org.wg4j.oracle.inner.InnerPacket;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.peer.Session;
import org.wg4j.oracle.wire.MalformedMessageException;
import org.wg4j.oracle.wire.Message;
import org.wg4j.oracle.wire.TransportData;

/**
 * The smallest other side: a responder that answers pings, in a thread, with one fault built in.
 *
 * <p>Its purpose is to show that scenarios notice.
 */
final class FaultyHost implements AutoCloseable {
  /** What it does wrong. */
  enum Fault {
    NONE,
    REPLIES_TO_REJECTED,
    ACCEPTS_REPLAYS,
    DROPS_REORDERED,
    DOES_NOT_PAD,
    PADS_WITH_ONES,
    STAYS_WITH_FIRST_ENDPOINT,
    SENDS_UNCONFIRMED,
    SENDS_NO_KEEPALIVE,
    CHANGES_DATA,
    ACCEPTS_ANY_TRAILER
  }

  private final Fault fault;
  private final Engine engine;
  private final InetAddress allowed;
  private final DatagramSocket socket;
  private final Thread thread;
  private InetSocketAddress remote;
  private Session session;
  private Session lastData;
  private long greatest = -1;

  FaultyHost(Fault fault, X25519Key identity, byte[] oraclePublic, byte[] psk, InetAddress allowed)
      throws SocketException {
    this.fault = fault;
    this.allowed = allowed;
    engine = new Engine(identity, oraclePublic, psk, Clock.systemUTC());
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    thread = new Thread(this::serve, "faulty host");
    thread.start();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  private void serve() {
    DatagramPacket packet = new DatagramPacket(new byte[1 << 16], 1 << 16);
    try {
      while (true) {
        packet.setLength(1 << 16);
        socket.receive(packet);
        byte[] datagram = Arrays.copyOf(packet.getData(), packet.getLength());
        InetSocketAddress source = (InetSocketAddress) packet.getSocketAddress();
        react(engine.receive(new Event.Arrival(datagram, source, 0)));
      }
    } catch (IOException e) {
      // The socket was closed, which is how this ends.
      return;
    }
  }

  private void react(Event event) throws IOException {
    if (event instanceof Event.Initiation initiation) {
      heard(event);
      Engine.Responded responded = engine.respond(initiation, HandshakeOptions.HONEST);
      if (fault == Fault.SENDS_UNCONFIRMED) {
        session = responded.session();
      }
      send(responded.datagram());
    } else if (event instanceof Event.Data data) {
      receive(data);
    } else if (event instanceof Event.Rejected rejected) {
      reject(rejected);
    }
  }

  private void heard(Event event) {
    if (remote == null || fault != Fault.STAYS_WITH_FIRST_ENDPOINT) {
      remote = event.arrival().source();
    }
  }

  private void receive(Event.Data data) throws IOException {
    boolean late = data.session() == lastData && data.message().counter() < greatest;
    lastData = data.session();
    greatest = data.message().counter();
    if (late && fault == Fault.DROPS_REORDERED) {
      return;
    }
    heard(data);
    if (fault != Fault.SENDS_UNCONFIRMED) {
      session = engine.current().orElseThrow();
    }
    if (!data.isKeepalive()) {
      deliver(data.plaintext());
    }
  }

  private void deliver(byte[] plaintext) throws IOException {
    Optional<InnerPacket> answer;
    try {
      InnerPacket packet = InnerPacket.decode(plaintext);
      answer = packet.source().equals(allowed) ? packet.answer() : Optional.empty();
    } catch (IllegalArgumentException e) {
      if (fault == Fault.REPLIES_TO_REJECTED) {
        send(new byte[] {4});
      }
      return;
    }
    if (answer.isPresent()) {
      send(session.seal(pad(answer.orElseThrow())).encode());
    } else if (fault != Fault.SENDS_NO_KEEPALIVE) {
      // A real peer would wait ten seconds; the scenario only waits for the event.
      send(session.seal(new byte[0]).encode());
    }
  }

  private byte[] pad(InnerPacket packet) {
    InnerPacket sent = packet;
    if (fault == Fault.CHANGES_DATA) {
      byte[] data = packet.echoData();
      data[0] ^= 1;
      sent =
          InnerPacket.echoReply(
              packet.source(),
              packet.destination(),
              packet.echoIdentifier(),
              packet.echoSequence(),
              data);
    }
    byte[] bytes = sent.encode();
    if (fault == Fault.DOES_NOT_PAD) {
      return bytes;
    }
    byte[] padded = Arrays.copyOf(Session.pad(bytes), Math.min(1420, (bytes.length + 15) & ~15));
    if (fault == Fault.PADS_WITH_ONES) {
      Arrays.fill(padded, bytes.length, padded.length, (byte) 1);
    }
    return padded;
  }

  private void reject(Event.Rejected rejected) throws IOException {
    if (fault == Fault.REPLIES_TO_REJECTED) {
      remote = rejected.arrival().source();
      send(new byte[] {4});
    }
    boolean replay = rejected.reason() == Event.Reason.REPLAYED;
    if (replay && fault == Fault.ACCEPTS_REPLAYS && lastData != null) {
      try {
        TransportData data = (TransportData) Message.decode(rejected.arrival().datagram());
        if (data.receiver() == lastData.localIndex()) {
          deliver(lastData.open(data));
        }
      } catch (MalformedMessageException | AuthenticationException e) {
        throw new IllegalStateException("the engine said it was authentic", e);
      }
    }
    byte[] datagram = rejected.arrival().datagram();
    if (fault == Fault.ACCEPTS_ANY_TRAILER && datagram.length > 148 && datagram[0] == 1) {
      byte[] cut = Arrays.copyOf(datagram, 148);
      react(engine.receive(new Event.Arrival(cut, rejected.arrival().source(), 0)));
    }
  }

  private void send(byte[] datagram) throws IOException {
    socket.send(new DatagramPacket(datagram, datagram.length, remote));
  }

  @Override
  public void close() {
    socket.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    engine.close();
  }
}
