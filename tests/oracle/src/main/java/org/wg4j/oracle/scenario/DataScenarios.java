// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import static org.wg4j.oracle.scenario.Conversation.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.inner.InnerPacket;
import org.wg4j.oracle.peer.Event;
import org.wg4j.oracle.peer.OraclePeer;
import org.wg4j.oracle.peer.Session;

/** Data between honest peers over an ordinary network. */
final class DataScenarios {
  /** Nobody listens on the discard port; the host says so with ICMP. */
  private static final int CLOSED_PORT = 9;

  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "data-exchange",
              "inner IPv4 and IPv6, ICMP and UDP, both ways, are carried unchanged",
              Set.of(Need.PROBE),
              DataScenarios::exchange),
          new Scenario(
              "padding",
              "the module pads with zeros to 16 bytes, but not beyond the MTU",
              Set.of(),
              DataScenarios::padding),
          new Scenario(
              "reorder-within-window-accepted",
              "packets that overtake each other are all accepted, once",
              Set.of(),
              DataScenarios::reorder),
          new Scenario(
              "window-edges",
              "the oldest counter accepted is 8128 behind the newest; counters may jump",
              Set.of(),
              DataScenarios::windowEdges),
          new Scenario(
              "roaming",
              "answers follow us to a new source port, and back",
              Set.of(),
              DataScenarios::roaming),
          new Scenario(
              "keepalive-after-data",
              "data that needs no answer draws a keepalive after 10 s",
              Set.of(Need.SLOW),
              DataScenarios::keepalive));

  private DataScenarios() {}

  private static void exchange(Conversation conversation) throws InterruptedException {
    Settings settings = conversation.settings();
    Session session = conversation.connect();
    for (int size : new int[] {0, 1, 56, 1000, 1300}) {
      for (InnerPacket request : List.of(conversation.echo4(size), conversation.echo6(size))) {
        conversation.peer().send(session, request);
        conversation.expectReply(request);
      }
    }
    conversation.step("echo over IPv4 and IPv6, to the module and back");
    unreachable(
        conversation,
        session,
        InnerPacket.udp(
            settings.inner4(), 40000, settings.innerPeer4(), CLOSED_PORT, Primitives.random(40)));
    unreachable(
        conversation,
        session,
        InnerPacket.udp(
            settings.inner6(), 40000, settings.innerPeer6(), CLOSED_PORT, Primitives.random(40)));
    conversation.step("UDP to a closed port is refused by ICMP");
    try (Probe probe = conversation.probe(settings.inner4())) {
      conversation.awaitProbe(probe);
    }
    try (Probe probe = conversation.probe(settings.inner6())) {
      conversation.awaitProbe(probe);
    }
    conversation.step("echo over IPv4 and IPv6, from the module and back");
  }

  private static void unreachable(Conversation conversation, Session session, InnerPacket udp) {
    conversation.peer().send(session, udp);
    conversation.expectData(
        data -> !data.isKeepalive() && isPortUnreachable(Conversation.packetOf(data)),
        "ICMP port unreachable");
  }

  private static boolean isPortUnreachable(InnerPacket packet) {
    int type = packet.payload()[0];
    int code = packet.payload()[1];
    return packet.protocol() == InnerPacket.ICMP && type == 3 && code == 3
        || packet.protocol() == InnerPacket.ICMPV6 && type == 1 && code == 4;
  }

  private static void padding(Conversation conversation) {
    Session session = conversation.connect();
    int mtu = conversation.settings().mtu();
    List<Integer> sizes = new ArrayList<>();
    for (int size = 0; size <= 48; size++) {
      sizes.add(size);
    }
    // An echo of this many bytes of data fills the MTU with 20 bytes of IPv4 and 8 of ICMP.
    for (int size = mtu - 28 - 16; size <= mtu - 28; size++) {
      sizes.add(size);
    }
    for (int size : sizes) {
      InnerPacket request = conversation.echo4(size);
      conversation.peer().send(session, request);
      Event.Data reply = conversation.expectReply(request);
      int length = request.length();
      int padded = Math.min(mtu, (length + 15) / 16 * 16);
      check(
          reply.plaintext().length == padded,
          "a packet of " + length + " bytes was padded to " + reply.plaintext().length);
      for (int i = length; i < padded; i++) {
        check(reply.plaintext()[i] == 0, "padding is not zeros");
      }
    }
    conversation.step(sizes.size() + " lengths up to the MTU of " + mtu);
  }

  private static void reorder(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    List<InnerPacket> requests = new ArrayList<>();
    List<byte[]> datagrams = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      InnerPacket request = conversation.echo4(16);
      requests.add(request);
      datagrams.add(session.seal(Session.pad(request.encode())).encode());
    }
    Collections.reverse(datagrams);
    datagrams.forEach(peer::send);
    requests.forEach(conversation::expectReply);
    conversation.step("64 packets in reverse order are all answered");
    datagrams.forEach(peer::send);
    conversation.requireSilenceThenPing(session, "the same packets again");
  }

  private static void windowEdges(Conversation conversation) {
    Session session = conversation.connect();
    long window = 8128;
    long high = 3 * window;
    sendAt(conversation, session, high, true);
    sendAt(conversation, session, high - window, true);
    sendAt(conversation, session, high - window - 1, false);
    sendAt(conversation, session, high - window, false);
    sendAt(conversation, session, high, false);
    sendAt(conversation, session, high - 1, true);
    session.skipTo(high + 1);
    conversation.requireSilenceThenPing(session, "counters too old or used");
    long far = 1L << 40;
    sendAt(conversation, session, far, true);
    sendAt(conversation, session, high + 2, false);
    sendAt(conversation, session, far - window, true);
    // The last counters of all are never valid (REJECT_AFTER_MESSAGES).
    sendAt(conversation, session, -1, false);
    session.skipTo(far + 1);
    conversation.requireSilenceThenPing(session, "counters left behind by a jump, or the last one");
  }

  private static void sendAt(
      Conversation conversation, Session session, long counter, boolean answered) {
    InnerPacket request = conversation.echo4(16);
    byte[] plaintext = Session.pad(request.encode());
    conversation.peer().send(session.sealAt(counter, plaintext).encode());
    if (answered) {
      conversation.expectReply(request);
    }
  }

  private static void roaming(Conversation conversation) {
    OraclePeer peer = conversation.peer();
    Session session = conversation.connect();
    int home = peer.local().getPort();
    conversation.ping(session);
    int away = peer.roam();
    check(conversation.ping(session).arrival().localPort() == away, "answer to the old port");
    conversation.step("data roams");
    peer.roam();
    Session fresh = peer.handshake(conversation.timeout()).session();
    check(
        conversation.ping(fresh).arrival().localPort() == peer.local().getPort(),
        "answer to the old port");
    conversation.step("handshakes roam");
    peer.roamHome();
    check(conversation.ping(fresh).arrival().localPort() == home, "answer to the other port");
    conversation.requireSilence("roaming");
  }

  private static void keepalive(Conversation conversation) {
    Settings settings = conversation.settings();
    Session session = conversation.connect();
    // Nobody asked for this echo reply, so the host has nothing to say to it.
    conversation
        .peer()
        .send(
            session,
            InnerPacket.echoReply(settings.inner4(), settings.innerPeer4(), 1, 1, new byte[8]));
    Event.Data keepalive = conversation.expectData(Event.Data::isKeepalive, "keepalive after data");
    check(keepalive.arrival().datagram().length == 32, "a keepalive has 32 bytes");
  }
}
