// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.wg4j.oracle.scenario.Conversation.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.ClaimedKey;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;
import org.wg4j.oracle.inner.InnerPacket;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.peer.OraclePeer;
import org.wg4j.oracle.peer.Session;
import org.wg4j.oracle.wire.HandshakeInitiation;
import org.wg4j.oracle.wire.MacSigner;
import org.wg4j.oracle.wire.MacVerifier;
import org.wg4j.oracle.wire.TransportData;

/**
 * Somebody stands between the module and its honest peer: sees every message, keeps it, changes it,
 * passes it on or not. The macs are no obstacle, as both public keys are known.
 */
final class MiddleScenarios {
  private static final int EPHEMERAL_AT = 8;
  private static final int STATIC_AT = 40;
  private static final int TIMESTAMP_AT = 88;
  private static final int MACS_AT = 116;
  private static final int RESPONSE_EPHEMERAL_AT = 12;
  private static final int RESPONSE_TAG_AT = 44;
  private static final int RESPONSE_MACS_AT = 60;

  /** Equal runs of so many bytes in independent messages are no accident. */
  private static final int TELLING = 6;

  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "spliced-initiations-ignored",
              "initiations put together from two honest ones draw nothing and spoil neither",
              Set.of(),
              MiddleScenarios::splicedInitiations),
          new Scenario(
              "spliced-responses-ignored",
              "responses put together from two honest ones, or to another initiation, end nothing",
              Set.of(Need.PROBE, Need.SLOW),
              MiddleScenarios::splicedResponses),
          new Scenario(
              "reflections-ignored",
              "the module believes nothing that it said itself",
              Set.of(Need.PROBE),
              MiddleScenarios::reflections),
          new Scenario(
              "initiations-reveal-nothing",
              "initiations show neither key, are like no other, and open for nobody else",
              Set.of(Need.PROBE, Need.SLOW),
              MiddleScenarios::identityHiding),
          new Scenario(
              "unknown-key-share-refused",
              "nobody is made to share a session with somebody else than it thinks",
              Set.of(),
              MiddleScenarios::unknownKeyShare),
          new Scenario(
              "stolen-key-does-not-impersonate",
              "who stole the module's private key still cannot pass for its peer to it",
              Set.of(Need.COMPROMISED, Need.PROBE, Need.SLOW),
              MiddleScenarios::keyCompromise),
          new Scenario(
              "sessions-are-unique",
              "the same initiator's keys again give another session, and keys of others open none",
              Set.of(),
              MiddleScenarios::uniqueSessions),
          new Scenario(
              "old-sessions-are-gone",
              "a session is deaf as soon as two younger ones have been used",
              Set.of(),
              MiddleScenarios::oldSessions));

  private MiddleScenarios() {}

  private static byte[] withPart(byte[] message, byte[] other, int from, int to) {
    byte[] changed = message.clone();
    System.arraycopy(other, from, changed, from, to - from);
    return changed;
  }

  private static byte[] signed(Conversation conversation, byte[] message) {
    byte[] changed = message.clone();
    new MacSigner(conversation.settings().peerPublicKey()).sign(changed);
    return changed;
  }

  private static void splicedInitiations(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    byte[] first = peer.engine().initiate(HandshakeOptions.HONEST).datagram();
    Engine.Initiated second = peer.engine().initiate(HandshakeOptions.HONEST);
    int[] fields = {EPHEMERAL_AT, STATIC_AT, TIMESTAMP_AT, MACS_AT};
    int sent = 0;
    // Every choice of the three fields but none and all of them from the second.
    for (int choice = 1; choice < 7; choice++) {
      byte[] spliced = first;
      for (int field = 0; field < 3; field++) {
        if ((choice >> field & 1) == 1) {
          spliced = withPart(spliced, second.datagram(), fields[field], fields[field + 1]);
        }
      }
      peer.send(signed(conversation, spliced));
      sent++;
    }
    conversation.requireSilenceThenPing(session, sent + " spliced initiations");
    peer.paceInitiations();
    peer.send(second.datagram());
    Event.Response response =
        peer.expect(
            Event.Response.class,
            event -> event.message().receiver() == second.index(),
            "response to a whole initiation",
            conversation.timeout());
    conversation.ping(response.session());
    conversation.step("an initiation whose parts were misused is answered");
  }

  private static void splicedResponses(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Initiation former = conversation.expectInitiation("initiation");
      byte[] answerToFormer = peer.engine().respond(former, HandshakeOptions.HONEST).datagram();
      Event.Initiation present = conversation.expectInitiation("second initiation");
      Engine.Responded honest = peer.engine().respond(present, HandshakeOptions.HONEST);
      byte[] other = peer.engine().respond(present, HandshakeOptions.HONEST).datagram();
      byte[] good = honest.datagram();
      List<byte[]> bad = new ArrayList<>();
      bad.add(withPart(good, other, RESPONSE_EPHEMERAL_AT, RESPONSE_TAG_AT));
      bad.add(withPart(good, other, RESPONSE_TAG_AT, RESPONSE_MACS_AT));
      bad.add(answerToFormer);
      // The answer to the former initiation, addressed to the present one, whole and in parts.
      bad.add(withPart(answerToFormer, good, 8, RESPONSE_EPHEMERAL_AT));
      bad.add(withPart(good, answerToFormer, RESPONSE_EPHEMERAL_AT, RESPONSE_TAG_AT));
      bad.add(withPart(good, answerToFormer, RESPONSE_TAG_AT, RESPONSE_MACS_AT));
      bad.forEach(response -> peer.send(signed(conversation, response)));
      conversation.completeAfter(present, honest, bad.size() + " spliced responses");
      conversation.awaitProbe(probe);
    }
  }

  private static void reflections(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    Engine.Responded honest;
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Initiation initiation = conversation.expectInitiation("initiation");
      peer.send(initiation.arrival().datagram());
      peer.send(signed(conversation, initiation.arrival().datagram()));
      honest = peer.engine().respond(initiation, HandshakeOptions.HONEST);
      conversation.completeAfter(initiation, honest, "its own initiation");
      conversation.awaitProbe(probe);
    }
    Event.Response response = peer.handshake(conversation.timeout());
    Session session = response.session();
    peer.sendKeepalive(session);
    Event.Data reply = conversation.ping(session);
    peer.send(response.arrival().datagram());
    peer.send(signed(conversation, response.arrival().datagram()));
    peer.send(reply.arrival().datagram());
    // To the module's own index of this session, which a data message of ours shows.
    byte[] toItself = reply.arrival().datagram().clone();
    System.arraycopy(session.seal(new byte[0]).encode(), 4, toItself, 4, 4);
    peer.send(toItself);
    conversation.requireSilenceThenPing(session, "what it said itself");
  }

  private static void identityHiding(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Initiation first = conversation.expectInitiation("initiation");
      Event.Initiation second = conversation.expectInitiation("second initiation");
      for (Event.Initiation each : List.of(first, second)) {
        byte[] seen = each.arrival().datagram();
        requireAbsent(seen, conversation.settings().peerPublicKey(), "the module's public key");
        requireAbsent(seen, conversation.identity().publicKey(), "the peer's public key");
        requireClosedToStrangers(conversation, each.arrival());
      }
      requireUnlike(first.arrival().datagram(), second.arrival().datagram());
      conversation.step("two initiations show nothing of either side, and have nothing in common");
      conversation.complete(peer.respond(second, HandshakeOptions.HONEST));
      conversation.awaitProbe(probe);
    }
  }

  private static void requireAbsent(byte[] seen, byte[] key, String what) {
    for (int at = 0; at + TELLING <= key.length; at++) {
      byte[] piece = Arrays.copyOfRange(key, at, at + TELLING);
      check(!contains(seen, piece), "an initiation shows " + what);
    }
  }

  private static boolean contains(byte[] whole, byte[] piece) {
    for (int at = 0; at + piece.length <= whole.length; at++) {
      if (Arrays.equals(Arrays.copyOfRange(whole, at, at + piece.length), piece)) {
        return true;
      }
    }
    return false;
  }

  /** A stranger can neither open an initiation nor tell by mac1 that it was not for somebody. */
  private static void requireClosedToStrangers(Conversation conversation, Event.Arrival arrival) {
    try (X25519Key stranger = X25519Key.generate();
        Engine engine =
            new Engine(
                stranger,
                conversation.settings().peerPublicKey(),
                new byte[Primitives.KEY],
                Clock.systemUTC())) {
      byte[] readdressed = arrival.datagram().clone();
      check(
          !new MacVerifier(stranger.publicKey()).mac1Valid(readdressed),
          "mac1 is right for a stranger");
      new MacSigner(stranger.publicKey()).sign(readdressed);
      Event judged =
          engine.receive(new Event.Arrival(readdressed, arrival.source(), arrival.localPort()));
      check(
          judged instanceof Event.Rejected rejected
              && rejected.reason() == Event.Reason.NOT_AUTHENTIC,
          "an initiation opens for a stranger");
    }
  }

  private static void requireUnlike(byte[] first, byte[] second) {
    // Behind the type; mac2 is zeros in both.
    byte[] one = Arrays.copyOfRange(first, 4, HandshakeInitiation.LENGTH - Primitives.TAG);
    byte[] other = Arrays.copyOfRange(second, 4, HandshakeInitiation.LENGTH - Primitives.TAG);
    for (int at = 0; at + TELLING <= one.length; at++) {
      check(
          !contains(other, Arrays.copyOfRange(one, at, at + TELLING)),
          "two initiations have bytes in common");
    }
  }

  private static void unknownKeyShare(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    try (X25519Key other = X25519Key.generate();
        Engine toOther =
            new Engine(
                conversation.identity(),
                other.publicKey(),
                new byte[Primitives.KEY],
                Clock.systemUTC())) {
      // What our honest peer sends to another responder, passed on to the module.
      byte[] forOther = toOther.initiate(HandshakeOptions.HONEST).datagram();
      peer.send(forOther);
      peer.send(signed(conversation, forOther));
      conversation.requireSilenceThenPing(session, "an initiation to somebody else");
    }
    peer.paceInitiations();
    X25519Key ephemeral = X25519Key.generate();
    try (X25519Key other = X25519Key.generate();
        Engine asOther =
            new Engine(
                other,
                conversation.settings().peerPublicKey(),
                new byte[Primitives.KEY],
                Clock.systemUTC())) {
      Engine.Initiated honest = peer.initiate(HandshakeOptions.HONEST.withEphemeral(ephemeral));
      // Another identity that even shares the ephemeral key takes the response for its own.
      asOther.initiate(
          HandshakeOptions.HONEST.withEphemeral(ephemeral).withSenderIndex(honest.index()));
      Event.Response response =
          peer.expect(
              Event.Response.class,
              event -> event.message().receiver() == honest.index(),
              "response",
              conversation.timeout());
      byte[] readdressed = response.arrival().datagram().clone();
      new MacSigner(other.publicKey()).sign(readdressed);
      Event judged =
          asOther.receive(
              new Event.Arrival(
                  readdressed, response.arrival().source(), response.arrival().localPort()));
      check(
          judged instanceof Event.Rejected rejected
              && rejected.reason() == Event.Reason.NOT_AUTHENTIC,
          "a response opens for another identity than it was made for");
      conversation.ping(response.session());
    }
    conversation.step("a response opens for the identity it was made for, and for no other");
  }

  /**
   * With the module's private key anybody can make an initiation that passes for its peer's, for
   * the pattern's first message is authenticated by the two static keys alone. It must lead
   * nowhere: the response cannot be opened, and the module does not speak first.
   */
  private static void keyCompromise(Conversation conversation)
      throws IOException, InterruptedException {
    OraclePeer peer = conversation.peer();
    byte[] privateKey =
        Settings.readKey(conversation.settings().peerPrivateKeyFile().orElseThrow());
    try (X25519Key stolen = X25519Key.of(privateKey)) {
      ClaimedKey claimed = new ClaimedKey(conversation.identity().publicKey(), stolen);
      peer.initiate(HandshakeOptions.HONEST.withIdentity(claimed));
      Event.Rejected response =
          peer.expect(
              Event.Rejected.class,
              event -> event.reason() == Event.Reason.NOT_AUTHENTIC,
              "response that the thief cannot open",
              conversation.timeout());
      conversation.step("the thief's initiation is answered, its answer stays closed");
      int index =
          ByteBuffer.wrap(response.arrival().datagram()).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
      for (int counter = 0; counter < 16; counter++) {
        peer.send(new TransportData(index, counter, Primitives.random(16)).encode());
        peer.send(new TransportData(index, counter, Primitives.random(80)).encode());
      }
      peer.answerInitiations(false);
      try (Probe probe = conversation.probe(conversation.settings().inner4())) {
        // It wants to send, and has no session it may use: the thief's is not confirmed.
        Event.Initiation initiation = conversation.expectInitiation("initiation of the module's");
        requireClosedToThief(conversation, stolen, initiation.arrival());
        conversation.complete(peer.respond(initiation, HandshakeOptions.HONEST));
        conversation.awaitProbe(probe);
      }
      conversation.step("the module starts anew, and what it says opens for its peer alone");
    } finally {
      Arrays.fill(privateKey, (byte) 0);
    }
  }

  /** The thief knows the initiator's private key; the message is sealed to the responder. */
  private static void requireClosedToThief(
      Conversation conversation, X25519Key stolen, Event.Arrival arrival) {
    try (Engine thief =
        new Engine(
            stolen,
            conversation.identity().publicKey(),
            new byte[Primitives.KEY],
            Clock.systemUTC())) {
      byte[] readdressed = signed(conversation, arrival.datagram());
      Event judged =
          thief.receive(new Event.Arrival(readdressed, arrival.source(), arrival.localPort()));
      check(
          judged instanceof Event.Rejected rejected
              && rejected.reason() == Event.Reason.NOT_AUTHENTIC,
          "the module's initiation opens with its own private key");
    }
  }

  private static void uniqueSessions(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    X25519Key ephemeral = X25519Key.generate();
    Set<String> theirs = new HashSet<>();
    List<Session> sessions = new ArrayList<>();
    List<TransportData> replies = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Engine.Initiated initiated = peer.initiate(HandshakeOptions.HONEST.withEphemeral(ephemeral));
      Event.Response response =
          peer.expect(
              Event.Response.class,
              event -> event.message().receiver() == initiated.index(),
              "response",
              conversation.timeout());
      check(
          theirs.add(Arrays.toString(response.message().ephemeral())),
          "the module used an ephemeral key twice");
      sessions.add(response.session());
      replies.add(conversation.ping(response.session()).message());
    }
    for (int one = 0; one < sessions.size(); one++) {
      for (int other = 0; other < replies.size(); other++) {
        check(
            opens(sessions.get(one), replies.get(other)) == (one == other),
            "session " + one + " and the data of session " + other);
      }
    }
    conversation.step("4 sessions with one ephemeral key of ours: none opens another's data");
  }

  private static boolean opens(Session session, TransportData data) {
    try {
      session.open(data);
      return true;
    } catch (AuthenticationException e) {
      return false;
    }
  }

  private static void oldSessions(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session first = conversation.connect();
    conversation.ping(first);
    Session second = peer.handshake(conversation.timeout()).session();
    conversation.ping(second);
    InnerPacket late = conversation.echo4(32);
    peer.send(first, late);
    conversation.expectReply(late);
    conversation.step("the session before the present one still hears");
    Session third = peer.handshake(conversation.timeout()).session();
    conversation.ping(third);
    for (int i = 0; i < 8; i++) {
      peer.send(first, conversation.echo4(32));
    }
    conversation.requireSilenceThenPing(third, "a session two handshakes old");
  }
}
