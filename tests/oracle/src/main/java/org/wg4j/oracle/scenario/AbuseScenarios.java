// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.wg4j.oracle.scenario.Conversation.check;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.wg4j.oracle.crypto.LowOrderKey;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;
import org.wg4j.oracle.inner.InnerPacket;
import org.wg4j.oracle.peer.Engine;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.HandshakeOptions;
import org.wg4j.oracle.peer.OraclePeer;
import org.wg4j.oracle.peer.Session;
import org.wg4j.oracle.wire.HandshakeInitiation;
import org.wg4j.oracle.wire.Tai64n;

/** What must draw no answer and change nothing. */
final class AbuseScenarios {
  /** So many datagrams are sent between two pings, so that no socket buffer overflows. */
  private static final int BATCH = 64;

  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "wrong-mac1-silent",
              "an initiation with a wrong mac1 draws nothing",
              Set.of(),
              AbuseScenarios::wrongMac1),
          new Scenario(
              "unknown-static-silent",
              "an initiation by a static key that is no peer draws nothing",
              Set.of(),
              AbuseScenarios::unknownStatic),
          new Scenario(
              "stale-timestamp-ignored",
              "an initiation that is not newer than the last one draws nothing",
              Set.of(),
              AbuseScenarios::staleTimestamp),
          new Scenario(
              "replayed-initiation-ignored",
              "an initiation sent again draws nothing and leaves the session alone",
              Set.of(),
              AbuseScenarios::replayedInitiation),
          new Scenario(
              "mutated-initiation-ignored",
              "an initiation with one byte changed and mac1 made right draws nothing",
              Set.of(),
              AbuseScenarios::mutatedInitiation),
          new Scenario(
              "low-order-ignored",
              "an initiation whose ephemeral key has a small order draws nothing",
              Set.of(),
              AbuseScenarios::lowOrder),
          new Scenario(
              "bad-responses-ignored",
              "wrong responses do not end a handshake, nor does one repeated after it",
              Set.of(Need.PROBE),
              AbuseScenarios::badResponses),
          new Scenario(
              "low-order-responses-ignored",
              "responses whose ephemeral key has a small order make no session",
              Set.of(Need.PROBE),
              AbuseScenarios::lowOrderResponses),
          new Scenario(
              "replayed-data-dropped",
              "a data packet sent again is not delivered again",
              Set.of(),
              AbuseScenarios::replayedData),
          new Scenario(
              "mutated-data-dropped",
              "a data packet with any byte changed is dropped, and the right one accepted after it",
              Set.of(),
              AbuseScenarios::mutatedData),
          new Scenario(
              "malformed-silent",
              "datagrams of unknown type, wrong length or reserved bits draw nothing",
              Set.of(),
              AbuseScenarios::malformed),
          new Scenario(
              "inner-garbage-dropped",
              "authentic data that is no whole IP packet is dropped",
              Set.of(),
              AbuseScenarios::innerGarbage),
          new Scenario(
              "outside-allowed-ips-dropped",
              "authentic data from an inner address that is not allowed is not delivered",
              Set.of(Need.WITNESS),
              AbuseScenarios::outsideAllowedIps),
          new Scenario(
              "forged-roaming-ignored",
              "forged and replayed packets from another port do not move the endpoint",
              Set.of(Need.PROBE),
              AbuseScenarios::forgedRoaming));

  private AbuseScenarios() {}

  private static UnaryOperator<byte[]> flip(int at) {
    return datagram -> {
      byte[] changed = datagram.clone();
      changed[at] ^= 1;
      return changed;
    };
  }

  private static void wrongMac1(Conversation conversation) {
    int mac1At = HandshakeInitiation.LENGTH - 32;
    for (int i = 0; i < Primitives.TAG; i++) {
      conversation.peer().initiate(HandshakeOptions.HONEST.withAfterSigning(flip(mac1At + i)));
    }
    conversation
        .peer()
        .initiate(
            HandshakeOptions.HONEST.withAfterSigning(
                datagram -> {
                  byte[] changed = datagram.clone();
                  Arrays.fill(changed, mac1At, changed.length, (byte) 0);
                  return changed;
                }));
    conversation.requireSilenceThenHandshake("initiations with a wrong mac1");
  }

  private static void unknownStatic(Conversation conversation) {
    try (X25519Key stranger = X25519Key.generate()) {
      conversation.peer().initiate(HandshakeOptions.HONEST.withIdentity(stranger));
    }
    conversation.requireSilenceThenHandshake("a stranger");
  }

  private static void staleTimestamp(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Tai64n now = Tai64n.of(Instant.now());
    Engine.Initiated honest = peer.initiate(HandshakeOptions.HONEST.withTimestamp(now));
    Session session =
        peer.expect(
                Event.Response.class,
                event -> event.message().receiver() == honest.index(),
                "response",
                conversation.timeout())
            .session();
    conversation.ping(session);
    for (Tai64n stale : List.of(now, now.plusSeconds(-1), now.plusSeconds(-86400), Tai64n.ZERO)) {
      peer.initiate(HandshakeOptions.HONEST.withTimestamp(stale));
    }
    conversation.requireSilenceThenPing(session, "old timestamps");
    conversation.requireSilenceThenHandshake("old timestamps");
  }

  private static void replayedInitiation(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Engine.Initiated first = peer.initiate(HandshakeOptions.HONEST);
    Session session =
        peer.expect(
                Event.Response.class,
                event -> event.message().receiver() == first.index(),
                "response",
                conversation.timeout())
            .session();
    conversation.ping(session);
    for (int i = 0; i < 5; i++) {
      // The limit of initiations per second must not be what refuses it.
      peer.paceInitiations();
      peer.send(first.datagram());
    }
    conversation.requireSilenceThenPing(session, "a replayed initiation");
    Event.Response second = peer.handshake(conversation.timeout());
    conversation.ping(second.session());
    peer.paceInitiations();
    peer.send(first.datagram());
    conversation.requireSilenceThenPing(second.session(), "an initiation before the last");
  }

  private static void mutatedInitiation(Conversation conversation) {
    // One byte of each field; index and type are not authenticated by more than mac1.
    for (int at : new int[] {8, 39, 40, 72, 87, 88, 100, 115}) {
      conversation.peer().initiate(HandshakeOptions.HONEST.withBeforeSigning(flip(at)));
    }
    conversation.requireSilenceThenHandshake("mutated initiations");
  }

  private static void lowOrder(Conversation conversation) {
    for (LowOrderKey key : LowOrderKey.all()) {
      conversation.peer().initiate(HandshakeOptions.HONEST.withEphemeral(key));
    }
    conversation.requireSilenceThenHandshake("ephemeral keys of small order");
  }

  private static void badResponses(Conversation conversation) throws InterruptedException {
    HandshakeOptions honest = HandshakeOptions.HONEST;
    List<HandshakeOptions> bad = new ArrayList<>();
    bad.add(honest.withPsk(Primitives.random(Primitives.KEY)));
    for (int at : new int[] {1, 8, 12, 43, 44, 59}) {
      bad.add(honest.withBeforeSigning(flip(at)));
    }
    bad.add(honest.withAfterSigning(flip(60)));
    bad.add(honest.withAfterSigning(whole -> Arrays.copyOf(whole, whole.length - 1)));
    bad.add(honest.withAfterSigning(whole -> Arrays.copyOf(whole, whole.length + 1)));
    Engine.Responded good = respondBadly(conversation, bad);
    conversation.peer().send(good.datagram());
    check(
        conversation.ping(good.session()).session() == good.session(),
        "a repeated response changed the session");
  }

  private static void lowOrderResponses(Conversation conversation) throws InterruptedException {
    respondBadly(
        conversation,
        LowOrderKey.all().stream().map(HandshakeOptions.HONEST::withEphemeral).toList());
  }

  /** Answers an initiation with bad responses and then a good one, which alone may count. */
  private static Engine.Responded respondBadly(
      Conversation conversation, List<HandshakeOptions> bad) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    peer.answerInitiations(false);
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Initiation initiation = conversation.expectInitiation("initiation");
      List<Session> badSessions = new ArrayList<>();
      for (HandshakeOptions options : bad) {
        badSessions.add(peer.respond(initiation, options).session());
      }
      // If all this took long, the other side has begun anew.
      Event.Initiation last =
          (Event.Initiation)
              peer.await(
                      event -> event instanceof Event.Initiation, conversation.settings().linger())
                  .orElse(initiation);
      Engine.Responded good = peer.respond(last, HandshakeOptions.HONEST);
      Event next = initiationOrData(conversation);
      // Or it has begun anew while the good one was on its way.
      while (next instanceof Event.Initiation anew) {
        good = peer.respond(anew, HandshakeOptions.HONEST);
        next = initiationOrData(conversation);
      }
      peer.answerInitiations(true);
      Event.Data data = (Event.Data) next;
      int which = badSessions.indexOf(data.session());
      check(which < 0, "bad response " + which + " made a session");
      check(data.session() == good.session(), "data in an unknown session");
      conversation.awaitProbe(probe);
      conversation.step("session in spite of " + bad.size() + " bad responses");
      return good;
    }
  }

  private static Event initiationOrData(Conversation conversation) {
    return conversation
        .peer()
        .expect(
            Event.class,
            event -> event instanceof Event.Initiation || event instanceof Event.Data,
            "data in the good session",
            conversation.timeout());
  }

  private static void replayedData(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    InnerPacket request = conversation.echo4(32);
    byte[] datagram = peer.send(session, request);
    conversation.expectReply(request);
    for (int i = 0; i < 10; i++) {
      peer.send(datagram);
    }
    conversation.requireSilenceThenPing(session, "replayed data");
  }

  private static void mutatedData(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    InnerPacket request = conversation.echo4(32);
    byte[] datagram = session.seal(Session.pad(request.encode())).encode();
    List<byte[]> forgeries = new ArrayList<>();
    for (int at = 0; at < datagram.length; at++) {
      forgeries.add(flip(at).apply(datagram));
    }
    for (int change : new int[] {-17, -16, -1, 1, 16, 17}) {
      forgeries.add(Arrays.copyOf(datagram, datagram.length + change));
    }
    sendInBatches(conversation, session, forgeries);
    // None of the forgeries may have used up the counter.
    peer.send(datagram);
    conversation.expectReply(request);
    conversation.requireSilenceThenPing(session, "mutated data");
  }

  private static void malformed(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    List<byte[]> bad = new ArrayList<>();
    for (int type : new int[] {0, 1, 2, 3, 4, 5, 255}) {
      for (int length = 0; length <= 192; length++) {
        bad.add(random(type, length));
      }
      for (int length : new int[] {1280, 1500, 9000, 65000}) {
        bad.add(random(type, length));
      }
    }
    for (int length : new int[] {147, 149, 116, 92}) {
      bad.add(Arrays.copyOf(peer.engine().initiate(HandshakeOptions.HONEST).datagram(), length));
    }
    for (int reserved = 1; reserved <= 3; reserved++) {
      bad.add(
          peer.engine()
              .initiate(HandshakeOptions.HONEST.withBeforeSigning(flip(reserved)))
              .datagram());
      byte[] data = session.seal(Session.pad(conversation.echo4(8).encode())).encode();
      data[reserved] = (byte) 0x80;
      bad.add(data);
    }
    sendInBatches(conversation, session, bad);
    conversation.requireSilenceThenPing(session, bad.size() + " malformed datagrams");
  }

  private static byte[] random(int type, int length) {
    byte[] datagram = Primitives.random(length);
    byte[] header = {(byte) type, 0, 0, 0};
    System.arraycopy(header, 0, datagram, 0, Math.min(length, header.length));
    return datagram;
  }

  private static void sendInBatches(
      Conversation conversation, Session session, List<byte[]> datagrams) {
    int sent = 0;
    for (byte[] datagram : datagrams) {
      conversation.peer().send(datagram);
      if (++sent % BATCH == 0 || datagram.length > 1500) {
        conversation.ping(session);
      }
    }
  }

  private static void innerGarbage(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    List<byte[]> plaintexts = new ArrayList<>();
    for (int length : new int[] {1, 2, 15, 16, 19}) {
      plaintexts.add(Arrays.copyOf(conversation.echo4(32).encode(), length));
    }
    for (int length : new int[] {1, 16, 39}) {
      plaintexts.add(Arrays.copyOf(conversation.echo6(32).encode(), length));
    }
    for (int version : new int[] {0, 1, 5, 7, 15}) {
      byte[] packet = Session.pad(conversation.echo4(32).encode());
      packet[0] = (byte) (version << 4 | 5);
      plaintexts.add(packet);
    }
    byte[] tooLong = Session.pad(conversation.echo4(32).encode());
    ByteBuffer.wrap(tooLong).putShort(2, (short) (tooLong.length + 1));
    plaintexts.add(tooLong);
    byte[] tooShort = Session.pad(conversation.echo4(32).encode());
    ByteBuffer.wrap(tooShort).putShort(2, (short) 19);
    plaintexts.add(tooShort);
    byte[] tooLong6 = Session.pad(conversation.echo6(32).encode());
    ByteBuffer.wrap(tooLong6).putShort(4, (short) (tooLong6.length - 39));
    plaintexts.add(tooLong6);
    plaintexts.add(new byte[1024]);
    plaintexts.add(Primitives.random(1024));
    for (byte[] plaintext : plaintexts) {
      peer.send(session.seal(plaintext).encode());
    }
    conversation.requireSilenceThenPing(session, plaintexts.size() + " broken inner packets");
  }

  /**
   * A reply would be no measure here: it would be routed by its destination, which is not allowed
   * either. So a socket on the module's inner address looks at what comes out of the device.
   */
  private static void outsideAllowedIps(Conversation conversation) throws IOException {
    Settings settings = conversation.settings();
    Session session = conversation.connect();
    witness(conversation, session, settings.inner4(), settings.innerPeer4());
    witness(conversation, session, settings.inner6(), settings.innerPeer6());
    conversation.requireSilence("packets from outside the allowed IPs");
  }

  private static void witness(
      Conversation conversation, Session session, InetAddress allowed, InetAddress target)
      throws IOException {
    OraclePeer peer = conversation.peer();
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(target, 0))) {
      socket.setSoTimeout((int) conversation.timeout().toMillis());
      int port = socket.getLocalPort();
      for (InetAddress outside : List.of(neighbour(allowed), unrelated(allowed), target)) {
        peer.send(session, InnerPacket.udp(outside, 40000, target, port, ascii("forged")));
      }
      peer.send(session, InnerPacket.udp(allowed, 40000, target, port, ascii("honest")));
      DatagramPacket packet = new DatagramPacket(new byte[64], 64);
      socket.receive(packet);
      String text = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
      check(
          text.equals("honest") && packet.getAddress().equals(allowed),
          "delivered a packet from " + packet.getAddress().getHostAddress());
      conversation.step("only the allowed source of four reached " + target.getHostAddress());
    }
  }

  private static InetAddress neighbour(InetAddress address) throws IOException {
    byte[] bytes = address.getAddress();
    bytes[bytes.length - 1] ^= 1 << 4;
    return InetAddress.getByAddress(bytes);
  }

  private static InetAddress unrelated(InetAddress address) throws IOException {
    return InetAddress.getByName(address.getAddress().length == 4 ? "192.0.2.7" : "2001:db8::7");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void forgedRoaming(Conversation conversation) throws InterruptedException {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    int home = peer.local().getPort();
    InnerPacket request = conversation.echo4(32);
    byte[] replay = peer.send(session, request);
    conversation.expectReply(request);
    byte[] forgery = session.seal(Session.pad(conversation.echo4(32).encode())).encode();
    forgery[forgery.length - 1] ^= 1;
    int away = peer.roam();
    peer.send(replay);
    peer.send(forgery);
    peer.send(random(1, 148));
    peer.send(random(4, 64));
    peer.roamHome();
    // The module speaks first now, so it can only use the endpoint it has kept.
    try (Probe probe = conversation.probe(conversation.settings().inner4())) {
      Event.Data data = conversation.expectData(conversation::isEchoRequest, "echo request");
      check(data.arrival().localPort() == home, "endpoint moved to port " + away);
      conversation.awaitProbe(probe);
    }
  }
}
