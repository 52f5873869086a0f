// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;
import org.wg4j.oracle.inner.InnerPacket;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.ExpectationFailedException;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.peer.OraclePeer;
import org.wg4j.oracle.peer.Session;
import org.wg4j.oracle.wire.CookieReply;

/**
 * What a scenario works with: settings, a peer, and the checks most scenarios share. Not
 * thread-safe.
 */
public final class Conversation implements AutoCloseable {
  private final Settings settings;
  private final Consumer<String> log;
  private final X25519Key identity;
  private final byte[] psk;
  private final OraclePeer peer;
  private final int echoIdentifier = Primitives.random(1)[0] & 0xff | 0x5700;
  private int echoSequence;

  /**
   * @param settings where the other side is
   * @param withPsk whether to use the pre-shared key of the settings
   * @param log takes a line for each step
   * @throws IOException if a key file cannot be read
   */
  public Conversation(Settings settings, boolean withPsk, Consumer<String> log) throws IOException {
    this.settings = settings;
    this.log = log;
    byte[] privateKey = Settings.readKey(settings.privateKeyFile());
    identity = X25519Key.of(privateKey);
    Arrays.fill(privateKey, (byte) 0);
    psk = withPsk ? Settings.readKey(settings.pskFile().orElseThrow()) : new byte[Primitives.KEY];
    peer = new OraclePeer(engine(psk), settings.bind(), settings.endpoint());
  }

  /**
   * A second protocol state with the same identity, for impostors and wrong keys.
   *
   * @param otherPsk 32 bytes
   * @return the state; the caller closes it
   */
  Engine engine(byte[] otherPsk) {
    return new Engine(identity, settings.peerPublicKey(), otherPsk, Clock.systemUTC());
  }

  X25519Key identity() {
    return identity;
  }

  OraclePeer peer() {
    return peer;
  }

  Settings settings() {
    return settings;
  }

  Duration timeout() {
    return settings.timeout();
  }

  void step(String what) {
    log.accept(what);
  }

  /** A handshake as initiator, confirmed by a keepalive. */
  Session connect() {
    Session session = peer.handshake(timeout()).session();
    peer.sendKeepalive(session);
    step("session by our initiation");
    return session;
  }

  /** A handshake as responder: a ping makes the other side initiate, and must come through. */
  Session connectAsResponder() throws InterruptedException {
    try (Probe probe = probe(settings.inner4())) {
      Event.Data first = expectData(data -> true, "data in the session it initiated");
      // Read on until ping has what it wants; each of its requests is answered on the way.
      awaitProbe(probe);
      step("session by the other side's initiation");
      return first.session();
    }
  }

  Probe probe(InetAddress target) {
    return new Probe(settings, target, 1, timeout().toSeconds());
  }

  /** Answers echo requests until the probe has ended well. */
  void awaitProbe(Probe probe) throws InterruptedException {
    long deadline = System.nanoTime() + timeout().toNanos();
    while (probe.isRunning() && System.nanoTime() < deadline) {
      peer.await(event -> false, Duration.ofMillis(20));
    }
    probe.requireSuccess(1);
    int answered = 0;
    while (peer.await(this::isEchoRequest, Duration.ZERO).isPresent()) {
      answered++;
    }
    step("the other side's ping is content; " + answered + " more of its requests were answered");
  }

  boolean isEchoRequest(Event event) {
    return event instanceof Event.Data data
        && !data.isKeepalive()
        && packetOf(data).isEchoRequest();
  }

  /**
   * Ends a handshake of the other side's honestly, after bad answers to it, which must have drawn
   * nothing but its own new tries. What was answered before is of no use once it has tried again.
   *
   * @param initiation what was answered badly
   * @param honest an answer to it, not sent yet
   * @param after what was sent instead
   */
  void completeAfter(Event.Initiation initiation, Engine.Responded honest, String after) {
    Engine.Responded good = honest;
    for (Event event : peer.drain(settings.linger())) {
      check(event instanceof Event.Initiation, "answered " + after);
      good = peer.engine().respond((Event.Initiation) event, HandshakeOptions.HONEST);
    }
    peer.send(good.datagram());
    complete(good);
    step("session in spite of " + after);
  }

  /** Waits for data in the session of a response just sent, or of one to a newer initiation. */
  void complete(Engine.Responded sent) {
    Engine.Responded good = sent;
    while (true) {
      Event next =
          peer.await(
                  event -> event instanceof Event.Data || event instanceof Event.Initiation,
                  timeout())
              .orElseThrow(() -> new ExpectationFailedException("no data in the session"));
      if (next instanceof Event.Data data) {
        check(data.session() == good.session(), "data in another session than the honest one");
        peer.answerInitiations(true);
        return;
      }
      good = peer.respond((Event.Initiation) next, HandshakeOptions.HONEST);
    }
  }

  Event.Data expectData(Predicate<Event.Data> condition, String what) {
    return peer.expect(Event.Data.class, condition, what, timeout());
  }

  Event.Initiation expectInitiation(String what) {
    return peer.expect(Event.Initiation.class, any -> true, what, timeout());
  }

  /** An echo request that nobody has sent before. */
  InnerPacket echo4(int size) {
    return echo(settings.inner4(), settings.innerPeer4(), size);
  }

  InnerPacket echo6(int size) {
    return echo(settings.inner6(), settings.innerPeer6(), size);
  }

  InnerPacket echo(InetAddress from, InetAddress to, int size) {
    return InnerPacket.echoRequest(
        from, to, echoIdentifier, echoSequence++ & 0xffff, Primitives.random(size));
  }

  /** Waits for the answer to an echo request and checks every byte of it. */
  Event.Data expectReply(InnerPacket request) {
    Event.Data data =
        expectData(
            event -> isReplyTo(event, request), "reply to echo request " + request.echoSequence());
    InnerPacket reply = packetOf(data);
    check(reply.source().equals(request.destination()), "echo reply from another address");
    check(reply.destination().equals(request.source()), "echo reply to another address");
    check(Arrays.equals(reply.echoData(), request.echoData()), "echo reply with other data");
    return data;
  }

  static boolean isReplyTo(Event event, InnerPacket request) {
    if (!(event instanceof Event.Data data) || data.isKeepalive()) {
      return false;
    }
    InnerPacket packet = packetOf(data);
    return packet.isEchoReply()
        && packet.echoIdentifier() == request.echoIdentifier()
        && packet.echoSequence() == request.echoSequence();
  }

  static InnerPacket packetOf(Event.Data data) {
    try {
      return data.packet();
    } catch (IllegalArgumentException e) {
      throw new ExpectationFailedException("the other side sent a broken " + e.getMessage());
    }
  }

  /** Asks and waits for the answer. */
  Event.Data ping(Session session) {
    InnerPacket request = echo4(32);
    peer.send(session, request);
    return expectReply(request);
  }

  /**
   * Fails if anything came that nobody expected. Silence cannot be awaited; callers first make the
   * other side answer something sent later, so that this wait only catches stragglers.
   */
  void requireSilence(String after) {
    List<Event> rest = new ArrayList<>(peer.drain(settings.linger()));
    rest.removeIf(event -> event instanceof Event.Data data && data.isKeepalive());
    rest.removeIf(Conversation::isOldKeepalive);
    check(rest.isEmpty(), "answered " + after + ": " + OraclePeer.describe(rest));
  }

  /** A scenario run before this one, by the same identity, may still have a keepalive coming. */
  private static boolean isOldKeepalive(Event event) {
    return event instanceof Event.Rejected rejected
        && rejected.reason() == Event.Reason.UNKNOWN_INDEX
        && rejected.arrival().datagram()[0] == 4
        && rejected.arrival().datagram().length == 32;
  }

  /** Proves that the other side still works and that what was sent before drew no answer. */
  void requireSilenceThenHandshake(String after) {
    Event.Response response = peer.handshake(timeout());
    peer.sendKeepalive(response.session());
    ping(response.session());
    requireSilence(after);
    step("silent to " + after + ", answers an honest initiation");
  }

  /** Proves that a session still works and that what was sent before drew no answer. */
  void requireSilenceThenPing(Session session, String after) {
    ping(session);
    requireSilence(after);
    step("silent to " + after + ", answers an honest ping");
  }

  static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new ExpectationFailedException(otherwise);
    }
  }

  /** A cookie reply that only somebody without the cookie key would make. */
  static CookieReply forgedCookie(int receiver) {
    return new CookieReply(receiver, Primitives.random(24), Primitives.random(32));
  }

  @Override
  public void close() {
    // The last word: without it the other side would soon start a handshake with nobody.
    peer.engine().current().ifPresent(peer::sendKeepalive);
    peer.close();
    identity.close();
    Arrays.fill(psk, (byte) 0);
  }
}
