// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.wg4j.oracle.scenario.Conversation.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.inner.InnerPacket;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.peer.OraclePeer;
import org.wg4j.oracle.peer.Session;
import org.wg4j.oracle.wire.CookieReply;
import org.wg4j.oracle.wire.HandshakeInitiation;
import org.wg4j.oracle.wire.HandshakeResponse;
import org.wg4j.oracle.wire.MacSigner;
import org.wg4j.oracle.wire.TransportData;

/**
 * Every length from 0 to 1600 of every type. What is sent is no random bytes, which any judge would
 * throw away later for another reason, but the first or last bytes of messages that are right in
 * all but their length and have not been sent before: to look into one of them is to answer it, and
 * to have used it up.
 */
final class LengthScenarios {
  private static final int LONGEST = 1600;
  private static final int HEADER = 4;
  private static final int COOKIE_TRIES = 5;

  /** Datagrams between two pings, so that no queue overflows and hides what would be answered. */
  private static final int BATCH = 64;

  /** Words in the place of the type that are none, some only if one looks at a single byte. */
  private static final int[] NO_TYPES = {
    0,
    5,
    6,
    255,
    0x0100_0001,
    0x0001_0001,
    0x0000_0101,
    0x8000_0004,
    0x0100_0000,
    0x0400_0000,
    0xffff_ffff
  };

  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "every-length-of-initiations",
              "of all lengths to 1600 only one makes an initiation; no other word is a type",
              Set.of(),
              LengthScenarios::initiations),
          new Scenario(
              "every-length-of-data",
              "no length below 32 makes a data message, none above is cut, no other word is a type",
              Set.of(),
              LengthScenarios::data),
          new Scenario(
              "every-length-of-responses",
              "of all lengths to 1600 only one makes a response",
              Set.of(Need.PROBE),
              LengthScenarios::responses),
          new Scenario(
              "every-length-of-cookies",
              "of all lengths to 1600 only one makes a cookie reply",
              Set.of(Need.PROBE, Need.SLOW),
              LengthScenarios::cookies));

  private LengthScenarios() {}

  /** Sends what must not be looked into, and asks between for a sign that all was read. */
  private static final class Sender {
    private final OraclePeer peer;
    private final Runnable sign;
    private int sent;

    Sender(OraclePeer peer, Runnable sign) {
      this.peer = peer;
      this.sign = sign;
    }

    void send(byte[] datagram) {
      peer.send(datagram);
      if (++sent % BATCH == 0) {
        sign.run();
      }
    }

    int sent() {
      return sent;
    }
  }

  /** The message cut off or followed by more, as it would be read by who takes what it needs. */
  private static byte[] resized(byte[] message, int length) {
    return Arrays.copyOf(message, length);
  }

  /** Both macs where a reader would look who takes the last 32 bytes, whatever the length. */
  private static byte[] signedAtItsEnd(Conversation conversation, byte[] message, int length) {
    byte[] datagram = resized(message, length);
    if (length >= MacSigner.MACS + HEADER) {
      new MacSigner(conversation.settings().peerPublicKey()).sign(datagram);
    }
    return datagram;
  }

  private static byte[] withType(byte[] message, int type) {
    byte[] changed = message.clone();
    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(type);
    return changed;
  }

  private static void initiations(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    peer.paceInitiations();
    Engine.Initiated honest = peer.engine().initiate(HandshakeOptions.HONEST);
    Sender sender = new Sender(peer, () -> conversation.ping(session));
    for (int length = 0; length <= LONGEST; length++) {
      if (length != HandshakeInitiation.LENGTH) {
        sender.send(resized(honest.datagram(), length));
        sender.send(signedAtItsEnd(conversation, honest.datagram(), length));
      }
    }
    for (int type : NO_TYPES) {
      byte[] other = withType(honest.datagram(), type);
      for (int length = 0; length <= LONGEST; length++) {
        // At the length of an initiation the macs cover the wrong word too.
        sender.send(
            length == HandshakeInitiation.LENGTH
                ? signedAtItsEnd(conversation, other, length)
                : resized(other, length));
      }
    }
    conversation.requireSilenceThenPing(session, sender.sent() + " datagrams of wrong length");
    peer.send(honest.datagram());
    Event.Response response =
        peer.expect(
            Event.Response.class,
            event -> event.message().receiver() == honest.index(),
            "response to the one whole initiation",
            conversation.timeout());
    conversation.ping(response.session());
    conversation.step("the whole initiation was not used up by its pieces");
  }

  private static void data(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    Sender sender = new Sender(peer, () -> conversation.ping(session));
    for (int length = 0; length < TransportData.MINIMUM_LENGTH; length++) {
      sender.send(resized(session.seal(new byte[0]).encode(), length));
    }
    InnerPacket request = conversation.echo4(32);
    byte[] honest = session.seal(Session.pad(request.encode())).encode();
    for (int length = 0; length <= LONGEST; length++) {
      if (length != honest.length) {
        sender.send(resized(honest, length));
      }
    }
    for (int type : NO_TYPES) {
      byte[] other = withType(honest, type);
      for (int length = 0; length <= LONGEST; length++) {
        sender.send(resized(other, length));
      }
    }
    conversation.requireSilenceThenPing(session, sender.sent() + " datagrams of wrong length");
    peer.send(honest);
    conversation.expectReply(request);
    conversation.step("the whole packet was not used up by its pieces");
    everyWholeLength(conversation, session);
  }

  /** The other half of the judgement: no length that is right is refused. */
  private static void everyWholeLength(Conversation conversation, Session session) {
    int mtu = conversation.settings().mtu();
    int count = 0;
    for (int length = 28; length <= mtu; length += 29) {
      InnerPacket request = conversation.echo4(length - 28);
      // Unpadded: a sender need not pad.
      conversation.peer().send(session.seal(request.encode()).encode());
      conversation.expectReply(request);
      count++;
    }
    conversation.step(count + " lengths up to the MTU are answered");
  }

  private static void responses(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Initiation first = conversation.expectInitiation("initiation");
      Engine.Responded honest = peer.engine().respond(first, HandshakeOptions.HONEST);
      int sent = 0;
      for (int length = 0; length <= LONGEST; length++) {
        if (length != HandshakeResponse.LENGTH) {
          peer.send(resized(honest.datagram(), length));
          peer.send(signedAtItsEnd(conversation, honest.datagram(), length));
          sent += 2;
        }
      }
      conversation.completeAfter(first, honest, sent + " datagrams of wrong length");
      conversation.awaitProbe(probe);
    }
  }

  private static void cookies(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Initiation first = conversation.expectInitiation("initiation");
      byte[] honest = cookieFor(peer, first);
      for (int length = 0; length <= LONGEST; length++) {
        if (length != CookieReply.LENGTH) {
          peer.send(resized(honest, length));
        }
      }
      Event.Initiation next = conversation.expectInitiation("second initiation");
      check(
          Arrays.equals(next.message().mac2(), new byte[Primitives.TAG]),
          "a cookie reply of a wrong length was believed");
      // A reply that comes later than the module's next try is to a message it has forgotten.
      for (int tries = 0; !next.mac2Valid() && tries < COOKIE_TRIES; tries++) {
        peer.send(cookieFor(peer, next));
        next = conversation.expectInitiation("initiation with a cookie");
      }
      check(next.mac2Valid(), "the whole cookie reply was not believed");
      conversation.step("only a whole cookie reply is believed");
      conversation.complete(peer.respond(next, HandshakeOptions.HONEST));
      conversation.awaitProbe(probe);
    }
  }

  private static byte[] cookieFor(OraclePeer peer, Event.Initiation initiation) {
    CookieReply reply =
        peer.engine()
            .verifier()
            .reply(
                initiation.arrival().datagram(),
                initiation.message().sender(),
                initiation.arrival().source());
    return reply.encode();
  }
}
