// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.wg4j.oracle.scenario.Conversation.check;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.inner.InnerPacket;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.peer.OraclePeer;
import org.wg4j.oracle.peer.Session;
import org.wg4j.oracle.wire.TransportData;

/** Handshakes between honest peers, and what may and may not follow them. */
final class HandshakeScenarios {
  /** Timestamps are rounded down to this many nanoseconds, so as not to show the sender's clock. */
  private static final int TIMESTAMP_GRAIN = 1 << 24;

  private static final Duration REKEY_LIMIT = Duration.ofSeconds(240);

  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "initiate-no-psk",
              "a handshake by the oracle completes and carries data, without a PSK",
              Set.of(Need.NO_PSK),
              HandshakeScenarios::initiate),
          new Scenario(
              "initiate-psk",
              "a handshake by the oracle completes and carries data, with a PSK",
              Set.of(Need.PSK),
              HandshakeScenarios::initiate),
          new Scenario(
              "respond-no-psk",
              "a handshake by the module completes and carries data, without a PSK",
              Set.of(Need.NO_PSK, Need.PROBE),
              HandshakeScenarios::respond),
          new Scenario(
              "respond-psk",
              "a handshake by the module completes and carries data, with a PSK",
              Set.of(Need.PSK, Need.PROBE),
              HandshakeScenarios::respond),
          new Scenario(
              "wrong-psk-fails",
              "the module's response does not open with another PSK, and does with the right one",
              Set.of(),
              HandshakeScenarios::wrongPsk),
          new Scenario(
              "wrong-psk-response-fails",
              "the module sends nothing in a session made with another PSK, and tries again",
              Set.of(Need.PROBE, Need.SLOW),
              HandshakeScenarios::wrongPskResponse),
          new Scenario(
              "retransmit",
              "unanswered initiations are repeated, each with a fresh ephemeral key and a later,"
                  + " coarse timestamp",
              Set.of(Need.PROBE, Need.SLOW),
              HandshakeScenarios::retransmit),
          new Scenario(
              "handshake-index",
              "any index of ours is echoed, the module's own differ, an unknown one is not heard",
              Set.of(),
              HandshakeScenarios::index),
          new Scenario(
              "session-rotation",
              "a new session is used only after we confirmed it; the old one still receives",
              Set.of(),
              HandshakeScenarios::rotation),
          new Scenario(
              "module-rekeys",
              "a session older than 120 s is renewed by the module that began it",
              Set.of(Need.PROBE, Need.VERY_SLOW),
              HandshakeScenarios::rekey));

  private HandshakeScenarios() {}

  private static void initiate(Conversation conversation) {
    Session session = conversation.connect();
    Event.Data reply = conversation.ping(session);
    check(reply.session() == session, "reply in another session");
    conversation.requireSilence("a handshake and a ping");
  }

  private static void respond(Conversation conversation) throws InterruptedException {
    Session session = conversation.connectAsResponder();
    Event.Data reply = conversation.ping(session);
    check(reply.session() == session, "reply in another session");
  }

  private static void wrongPsk(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    try (Engine other = conversation.engine(Primitives.random(Primitives.KEY))) {
      Engine.Initiated initiated = other.initiate(HandshakeOptions.HONEST);
      peer.paceInitiations();
      peer.send(initiated.datagram());
      // To our own engine the answer belongs to no initiation; the other one must not open it.
      Event.Rejected answer =
          peer.expect(
              Event.Rejected.class,
              event -> event.reason() == Event.Reason.UNKNOWN_INDEX,
              "response to the initiation with another PSK",
              conversation.timeout());
      Event judged = other.receive(answer.arrival());
      check(
          judged instanceof Event.Rejected rejected
              && rejected.reason() == Event.Reason.NOT_AUTHENTIC,
          "the response opened with another PSK");
    }
    conversation.step("response does not open with another PSK");
    peer.paceInitiations();
    conversation.requireSilenceThenHandshake("our failure");
  }

  private static void wrongPskResponse(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Initiation first = conversation.expectInitiation("initiation");
      byte[] other = Primitives.random(Primitives.KEY);
      peer.respond(first, HandshakeOptions.HONEST.withPsk(other));
      Event.Initiation second = conversation.expectInitiation("second initiation");
      // Data must come in the session of this response, or of one to a still newer initiation.
      conversation.complete(peer.respond(second, HandshakeOptions.HONEST));
      conversation.awaitProbe(probe);
    }
  }

  private static void retransmit(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Set<String> ephemerals = new HashSet<>();
      for (int i = 1; i <= 3; i++) {
        // The engine rejects a timestamp that is not later than the one before.
        Event.Initiation initiation = conversation.expectInitiation("initiation " + i);
        check(
            ephemerals.add(Arrays.toString(initiation.message().ephemeral())),
            "an ephemeral key was used twice");
        check(
            initiation.timestamp().nanos() % TIMESTAMP_GRAIN == 0,
            "timestamp shows the clock finer than 2^24 ns");
        check(
            Arrays.equals(initiation.message().mac2(), new byte[Primitives.TAG]),
            "mac2 without a cookie");
        conversation.step("initiation " + i);
        if (i == 3) {
          peer.respond(initiation, HandshakeOptions.HONEST);
        }
      }
      peer.answerInitiations(true);
      conversation.awaitProbe(probe);
    }
  }

  private static void index(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Set<Integer> theirs = new HashSet<>();
    Session session = null;
    for (int ours : new int[] {0, 1, -1, Integer.MIN_VALUE}) {
      Engine.Initiated initiated = peer.initiate(HandshakeOptions.HONEST.withSenderIndex(ours));
      Event.Response response =
          peer.expect(
              Event.Response.class,
              event -> event.message().receiver() == initiated.index(),
              "response to index " + ours,
              conversation.timeout());
      check(theirs.add(response.message().sender()), "the module used an index twice");
      session = response.session();
      Event.Data reply = conversation.ping(session);
      check(reply.message().receiver() == ours, "data for another index than ours");
    }
    InnerPacket request = conversation.echo4(32);
    TransportData sealed = session.seal(Session.pad(request.encode()));
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      int wrong = sealed.receiver() ^ 1 << bit;
      peer.send(new TransportData(wrong, sealed.counter(), sealed.ciphertext()).encode());
    }
    conversation.requireSilenceThenPing(session, "data for indices it did not give");
  }

  private static void rotation(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session old = conversation.connect();
    conversation.ping(old);
    Session fresh = peer.handshake(conversation.timeout()).session();
    InnerPacket early = conversation.echo4(32);
    peer.send(old, early);
    check(
        conversation.expectReply(early).session() == old,
        "the module sent in a session that we had not confirmed");
    conversation.step("unconfirmed session is not used");
    check(conversation.ping(fresh).session() == fresh, "confirmed session is not used");
    conversation.step("confirmed session is used");
    InnerPacket late = conversation.echo4(32);
    peer.send(old, late);
    check(
        conversation.expectReply(late).session() == fresh,
        "data in the previous session drew the module back to it");
    conversation.step("previous session still receives");
    conversation.requireSilence("rotation");
  }

  private static void rekey(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    try (Probe probe =
        new Probe(
            conversation.settings(),
            conversation.settings().inner4(),
            Short.MAX_VALUE,
            REKEY_LIMIT.toSeconds())) {
      conversation.expectInitiation("initiation");
      Event.Data first = conversation.expectData(any -> true, "data");
      conversation.step("first session");
      Optional<Event> second = peer.await(event -> event instanceof Event.Initiation, REKEY_LIMIT);
      check(second.isPresent() && probe.isRunning(), "no second initiation");
      Event.Data renewed =
          conversation.expectData(
              data -> data.session() != first.session(), "data in a second session");
      conversation.ping(renewed.session());
      conversation.step("second session");
    }
  }
}
