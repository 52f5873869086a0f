// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.wg4j.oracle.scenario.Conversation.check;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.peer.OraclePeer;
import org.wg4j.oracle.wire.MacVerifier;

/** Cookies, from both sides. */
final class LoadScenarios {
  /** More than any implementation lets wait before it thinks itself under load. */
  private static final int FLOOD = 4096;

  private static final int FLOOD_ROUNDS = 64;

  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "cookie",
              "the module answers our cookie reply with an initiation that has a valid mac2",
              Set.of(Need.PROBE, Need.SLOW),
              LoadScenarios::cookie),
          new Scenario(
              "forged-cookie-ignored",
              "cookie replies that are not sealed to the module's message give it no mac2",
              Set.of(Need.PROBE, Need.SLOW),
              LoadScenarios::forgedCookie),
          new Scenario(
              "under-load-cookie",
              "a flooded module answers with cookie replies, and a valid mac2 gets us through",
              Set.of(Need.FLOOD),
              LoadScenarios::underLoad));

  private LoadScenarios() {}

  private static void cookie(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.engine().underLoad(true);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Challenged first =
          peer.expect(Event.Challenged.class, any -> true, "initiation", conversation.timeout());
      check(
          Arrays.equals(first.message().mac2(), new byte[Primitives.TAG]),
          "mac2 before there was a cookie");
      conversation.step("first initiation got a cookie reply");
      Event.Initiation second = conversation.expectInitiation("initiation with a valid mac2");
      check(second.mac2Valid(), "mac2 does not verify");
      conversation.step("second initiation proves its source");
      conversation.awaitProbe(probe);
    }
  }

  private static void forgedCookie(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Initiation first = conversation.expectInitiation("initiation");
      int sender = first.message().sender();
      InetSocketAddress source = first.arrival().source();
      peer.send(Conversation.forgedCookie(sender).encode());
      // The right key, but for another message than the one sent.
      byte[] other = first.arrival().datagram().clone();
      other[other.length - 32] ^= 1;
      peer.send(peer.engine().verifier().reply(other, sender, source).encode());
      // The right message, but another responder's key.
      MacVerifier stranger = new MacVerifier(Primitives.random(Primitives.KEY));
      peer.send(stranger.reply(first.arrival().datagram(), sender, source).encode());
      Event.Initiation second = conversation.expectInitiation("second initiation");
      check(
          Arrays.equals(second.message().mac2(), new byte[Primitives.TAG]),
          "a forged cookie reply was believed");
      peer.respond(second, HandshakeOptions.HONEST);
      peer.answerInitiations(true);
      conversation.awaitProbe(probe);
    }
  }

  private static void underLoad(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Engine.Initiated flood = peer.initiate(HandshakeOptions.HONEST);
    Optional<Event> cookie = Optional.empty();
    for (int round = 0; round < FLOOD_ROUNDS && cookie.isEmpty(); round++) {
      for (int i = 0; i < FLOOD; i++) {
        peer.send(flood.datagram());
      }
      cookie = peer.await(event -> event instanceof Event.Cookie, Duration.ofMillis(100));
    }
    check(cookie.isPresent(), "no cookie reply in spite of " + FLOOD * FLOOD_ROUNDS + " messages");
    conversation.step("cookie reply under load");
    check(peer.engine().signer().hasCookie(), "no cookie");
    // Keep the load up, and ask with the cookie. What is left of the flood only gets more cookies.
    for (int i = 0; i < FLOOD; i++) {
      peer.send(flood.datagram());
    }
    Event.Response response = peer.handshake(conversation.timeout());
    check(response.session().initiator(), "no session");
    conversation.ping(response.session());
    conversation.step("handshake with mac2");
    for (Event event : peer.drain(conversation.settings().linger())) {
      check(
          event.arrival().datagram()[0] == 3 || event instanceof Event.Response,
          "answered a flood with more than cookie replies: " + OraclePeer.describe(List.of(event)));
    }
  }
}
