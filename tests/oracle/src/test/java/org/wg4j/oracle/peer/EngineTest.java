// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.wg4j.oracle.crypto.LowOrderKey;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;
import org.wg4j.oracle.wire.Tai64n;

/** Two engines against each other, with bytes for a network. */
class EngineTest {
  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1000), ZoneOffset.UTC);
  private static final InetSocketAddress ALICE = new InetSocketAddress("192.0.2.1", 1);
  private static final InetSocketAddress BOB = new InetSocketAddress("192.0.2.2", 2);

  private final X25519Key aliceKey = X25519Key.generate();
  private final X25519Key bobKey = X25519Key.generate();
  private final byte[] psk = Primitives.random(32);
  private final Engine alice = new Engine(aliceKey, bobKey.publicKey(), psk, CLOCK);
  private final Engine bob = new Engine(bobKey, aliceKey.publicKey(), psk, CLOCK);

  private static Event give(Engine engine, byte[] datagram, InetSocketAddress source) {
    return engine.receive(new Event.Arrival(datagram, source, 0));
  }

  private Event toBob(byte[] datagram) {
    return give(bob, datagram, ALICE);
  }

  private Event toAlice(byte[] datagram) {
    return give(alice, datagram, BOB);
  }

  private static void assertRejected(Event event, Event.Reason reason) {
    assertThat(event).isInstanceOf(Event.Rejected.class);
    assertThat(((Event.Rejected) event).reason()).isEqualTo(reason);
  }

  private record Pair(Session alice, Session bob) {}

  private Pair connect() {
    Event.Initiation initiation =
        (Event.Initiation) toBob(alice.initiate(HandshakeOptions.HONEST).datagram());
    Engine.Responded responded = bob.respond(initiation, HandshakeOptions.HONEST);
    Event.Response response = (Event.Response) toAlice(responded.datagram());
    return new Pair(response.session(), responded.session());
  }

  @Test
  void bothWays() {
    Pair pair = connect();
    assertThat(bob.current()).isEmpty();
    byte[] text = Primitives.random(48);
    Event.Data data = (Event.Data) toBob(pair.alice().seal(text).encode());
    assertThat(data.plaintext()).isEqualTo(text);
    assertThat(bob.current()).contains(pair.bob());
    Event.Data back = (Event.Data) toAlice(pair.bob().seal(new byte[0]).encode());
    assertThat(back.isKeepalive()).isTrue();
    Event.Initiation other =
        (Event.Initiation) toAlice(bob.initiate(HandshakeOptions.HONEST).datagram());
    assertThat(toBob(alice.respond(other, HandshakeOptions.HONEST).datagram()))
        .isInstanceOf(Event.Response.class);
  }

  @Test
  void anotherPskFails() {
    Event.Initiation initiation =
        (Event.Initiation) toBob(alice.initiate(HandshakeOptions.HONEST).datagram());
    byte[] wrong =
        bob.respond(initiation, HandshakeOptions.HONEST.withPsk(new byte[32])).datagram();
    assertRejected(toAlice(wrong), Event.Reason.NOT_AUTHENTIC);
    byte[] right = bob.respond(initiation, HandshakeOptions.HONEST).datagram();
    assertThat(toAlice(right)).isInstanceOf(Event.Response.class);
    assertRejected(toAlice(right), Event.Reason.UNKNOWN_INDEX);
  }

  @Test
  void staleAndReplayedInitiations() {
    byte[] first = alice.initiate(HandshakeOptions.HONEST).datagram();
    byte[] second = alice.initiate(HandshakeOptions.HONEST).datagram();
    assertThat(toBob(second)).isInstanceOf(Event.Initiation.class);
    assertRejected(toBob(second), Event.Reason.STALE_TIMESTAMP);
    assertRejected(toBob(first), Event.Reason.STALE_TIMESTAMP);
    byte[] old = alice.initiate(HandshakeOptions.HONEST.withTimestamp(Tai64n.ZERO)).datagram();
    assertRejected(toBob(old), Event.Reason.STALE_TIMESTAMP);
  }

  @Test
  void strangersAndForgeries() {
    assertRejected(
        toBob(
            alice.initiate(HandshakeOptions.HONEST.withIdentity(X25519Key.generate())).datagram()),
        Event.Reason.WRONG_STATIC);
    for (LowOrderKey key : LowOrderKey.all()) {
      assertRejected(
          toBob(alice.initiate(HandshakeOptions.HONEST.withEphemeral(key)).datagram()),
          Event.Reason.NOT_AUTHENTIC);
    }
    byte[] datagram = alice.initiate(HandshakeOptions.HONEST).datagram();
    datagram[120] ^= 1;
    assertRejected(toBob(datagram), Event.Reason.WRONG_MAC1);
  }

  @Test
  void lowOrderResponsesAreRefused() {
    Event.Initiation initiation =
        (Event.Initiation) toBob(alice.initiate(HandshakeOptions.HONEST).datagram());
    for (LowOrderKey key : LowOrderKey.all()) {
      byte[] forged =
          bob.respond(initiation, HandshakeOptions.HONEST.withEphemeral(key)).datagram();
      assertRejected(toAlice(forged), Event.Reason.NOT_AUTHENTIC);
    }
  }

  @Test
  void cookies() {
    bob.underLoad(true);
    Event.Challenged challenged =
        (Event.Challenged) toBob(alice.initiate(HandshakeOptions.HONEST).datagram());
    byte[] reply = challenged.reply().encode();
    byte[] forged = reply.clone();
    forged[40] ^= 1;
    assertRejected(toAlice(forged), Event.Reason.NOT_AUTHENTIC);
    assertThat(toAlice(reply)).isInstanceOf(Event.Cookie.class);
    assertRejected(toAlice(reply), Event.Reason.NOT_AUTHENTIC);
    byte[] second = alice.initiate(HandshakeOptions.HONEST).datagram();
    assertThat(give(bob, second, new InetSocketAddress("192.0.2.9", 1)))
        .isInstanceOf(Event.Challenged.class);
    assertThat(toBob(second))
        .isInstanceOfSatisfying(
            Event.Initiation.class, event -> assertThat(event.mac2Valid()).isTrue());
  }

  @Test
  void replayedAndReorderedData() {
    Pair pair = connect();
    byte[] first = pair.alice().seal(new byte[16]).encode();
    byte[] second = pair.alice().seal(new byte[16]).encode();
    assertThat(toBob(second)).isInstanceOf(Event.Data.class);
    assertThat(toBob(first)).isInstanceOf(Event.Data.class);
    assertRejected(toBob(first), Event.Reason.REPLAYED);
    byte[] far = pair.alice().sealAt(9000, new byte[0]).encode();
    assertThat(toBob(far)).isInstanceOf(Event.Data.class);
    assertRejected(toBob(pair.alice().sealAt(2, new byte[0]).encode()), Event.Reason.REPLAYED);
  }

  @Test
  void forgedDataDoesNotUseUpItsCounter() {
    Pair pair = connect();
    byte[] datagram = pair.alice().seal(new byte[16]).encode();
    for (int at = 16; at < datagram.length; at++) {
      byte[] forged = datagram.clone();
      forged[at] ^= 1;
      assertRejected(toBob(forged), Event.Reason.NOT_AUTHENTIC);
    }
    assertThat(toBob(datagram)).isInstanceOf(Event.Data.class);
  }

  @Test
  void noiseIsRejectedAndNothingElse() {
    Random random = new Random(3);
    Pair pair = connect();
    for (int i = 0; i < 5000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      if (bytes.length >= 4) {
        Arrays.fill(bytes, 0, 4, (byte) 0);
        bytes[0] = (byte) (1 + random.nextInt(4));
      }
      assertThat(toBob(bytes)).isInstanceOf(Event.Rejected.class);
    }
    assertThat(toBob(pair.alice().seal(new byte[0]).encode())).isInstanceOf(Event.Data.class);
  }

  @Test
  void nothingShowsKeys() {
    Pair pair = connect();
    assertThat(pair.alice().toString()).matches("Session\\[[0-9a-f]{8} -> [0-9a-f]{8}]");
    assertThat(HandshakeOptions.HONEST.withPsk(psk).toString()).isEqualTo("HandshakeOptions");
  }
}
