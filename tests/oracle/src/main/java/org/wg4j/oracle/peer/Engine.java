// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.wg4j.oracle.crypto.AuthenticationException;
import org.wg4j.oracle.crypto.DhKey;
import org.wg4j.oracle.crypto.Primitives;
import org.wg4j.oracle.crypto.X25519Key;
import org.wg4j.oracle.noise.HandshakeState;
import org.wg4j.oracle.wire.CookieReply;
import org.wg4j.oracle.wire.HandshakeInitiation;
import org.wg4j.oracle.wire.HandshakeResponse;
import org.wg4j.oracle.wire.MacSigner;
import org.wg4j.oracle.wire.MacVerifier;
import org.wg4j.oracle.wire.MalformedMessageException;
import org.wg4j.oracle.wire.Message;
import org.wg4j.oracle.wire.Tai64n;
import org.wg4j.oracle.wire.TransportData;

/**
 * The protocol's state towards one peer, without sockets, timers or policy: datagrams and requests
 * in, datagrams and events out. It never sends by itself.
 *
 * <p>Not thread-safe. Closing zeroes the keys it derived; the identity belongs to the caller.
 */
public final class Engine implements AutoCloseable {
  private static final byte[] PROLOGUE =
      "WireGuard v1 zx2c4 Jason@zx2c4.com".getBytes(StandardCharsets.US_ASCII);

  /** 2^64 - 2^13 - 1: no session carries this counter or a greater one. */
  private static final long REJECT_AFTER_MESSAGES = -(1L << 13) - 1;

  /**
   * An initiation made.
   *
   * @param datagram what to send
   * @param index our index in it
   */
  public record Initiated(byte[] datagram, int index) {}

  /**
   * A response made.
   *
   * @param datagram what to send
   * @param session the session it completes, from our point of view
   */
  public record Responded(byte[] datagram, Session session) {}

  private final X25519Key identity;
  private final byte[] remoteStatic;
  private final byte[] psk;
  private final Clock clock;
  private final MacSigner signer;
  private final MacVerifier verifier;
  private final SecureRandom random = new SecureRandom();
  private final Map<Integer, HandshakeState> pending = new HashMap<>();
  private final Map<Integer, Session> sessions = new HashMap<>();
  private final Set<Integer> confirmed = new HashSet<>();
  private Session current;
  private Tai64n lastSent = Tai64n.ZERO;
  private Tai64n lastReceived = Tai64n.ZERO;
  private boolean underLoad;

  /**
   * @param identity our static key pair
   * @param remoteStatic the other side's static public key
   * @param psk the pre-shared key, 32 bytes, zeros for none; copied
   * @param clock for timestamps
   */
  public Engine(X25519Key identity, byte[] remoteStatic, byte[] psk, Clock clock) {
    this.identity = identity;
    this.remoteStatic = remoteStatic.clone();
    this.psk = psk.clone();
    this.clock = clock;
    this.signer = new MacSigner(remoteStatic);
    this.verifier = new MacVerifier(identity.publicKey());
  }

  /**
   * Makes an initiation and remembers it as outstanding. Others stay outstanding too: a test may
   * have several.
   *
   * @param options how it differs from an honest one
   * @return the initiation
   */
  public Initiated initiate(HandshakeOptions options) {
    int index = options.senderIndex().orElseGet(this::freshIndex);
    DhKey ephemeral = options.ephemeral() == null ? X25519Key.generate() : options.ephemeral();
    DhKey own = options.identity() == null ? identity : options.identity();
    Tai64n timestamp = options.timestamp() == null ? freshTimestamp() : options.timestamp();
    HandshakeState state = HandshakeState.initiator(PROLOGUE, own, remoteStatic, psk);
    byte[] noise;
    try {
      noise = state.write(ephemeral, timestamp.encode());
    } catch (AuthenticationException e) {
      throw new IllegalArgumentException("the keys given agree to zeros", e);
    }
    pending.put(index, state);
    HandshakeInitiation message =
        new HandshakeInitiation(
            index,
            Arrays.copyOfRange(noise, 0, 32),
            Arrays.copyOfRange(noise, 32, 80),
            Arrays.copyOfRange(noise, 80, 108),
            new byte[16],
            new byte[16]);
    return new Initiated(finish(message, options), index);
  }

  /**
   * Makes a response and the session that goes with it.
   *
   * @param initiation what is answered; it can be answered again
   * @param options how the response differs from an honest one
   * @return the response
   */
  public Responded respond(Event.Initiation initiation, HandshakeOptions options) {
    int index = options.senderIndex().orElseGet(this::freshIndex);
    int remoteIndex = initiation.message().sender();
    DhKey ephemeral = options.ephemeral() == null ? X25519Key.generate() : options.ephemeral();
    HandshakeState state =
        options.psk() == null
            ? initiation.state().copy()
            : initiation.state().copyWithPsk(options.psk());
    byte[] noise;
    try {
      noise = state.write(ephemeral, new byte[0]);
    } catch (AuthenticationException e) {
      throw new IllegalArgumentException("the keys given agree to zeros", e);
    }
    Session session = new Session(false, index, remoteIndex, state.split());
    state.close();
    sessions.put(index, session);
    HandshakeResponse message =
        new HandshakeResponse(
            index,
            options.receiverIndex().orElse(remoteIndex),
            Arrays.copyOfRange(noise, 0, 32),
            Arrays.copyOfRange(noise, 32, 48),
            new byte[16],
            new byte[16]);
    return new Responded(finish(message, options), session);
  }

  private byte[] finish(Message message, HandshakeOptions options) {
    byte[] datagram = options.beforeSigning().apply(message.encode());
    signer.sign(datagram);
    return options.afterSigning().apply(datagram);
  }

  private int freshIndex() {
    int index;
    do {
      index = random.nextInt();
    } while (pending.containsKey(index) || sessions.containsKey(index));
    return index;
  }

  /** Two initiations within the clock's resolution still need ascending timestamps. */
  private Tai64n freshTimestamp() {
    Tai64n now = Tai64n.of(clock.instant());
    lastSent = now.compareTo(lastSent) > 0 ? now : lastSent.next();
    return lastSent;
  }

  /**
   * Judges a datagram as a WireGuard peer would.
   *
   * @param arrival the datagram
   * @return what it meant
   */
  public Event receive(Event.Arrival arrival) {
    Message message;
    try {
      message = Message.decode(arrival.datagram());
    } catch (MalformedMessageException e) {
      return reject(arrival, Event.Reason.MALFORMED, e.getMessage());
    }
    boolean handshake =
        message instanceof HandshakeInitiation || message instanceof HandshakeResponse;
    if (handshake && !verifier.mac1Valid(arrival.datagram())) {
      return reject(arrival, Event.Reason.WRONG_MAC1, "mac1");
    }
    try {
      if (message instanceof HandshakeInitiation initiation) {
        return receiveInitiation(arrival, initiation);
      } else if (message instanceof HandshakeResponse response) {
        return receiveResponse(arrival, response);
      } else if (message instanceof CookieReply reply) {
        signer.consume(reply);
        return new Event.Cookie(arrival, reply);
      } else {
        return receiveData(arrival, (TransportData) message);
      }
    } catch (AuthenticationException e) {
      return reject(arrival, Event.Reason.NOT_AUTHENTIC, e.getMessage());
    }
  }

  private Event receiveInitiation(Event.Arrival arrival, HandshakeInitiation message)
      throws AuthenticationException {
    boolean mac2Valid = verifier.mac2Valid(arrival.datagram(), arrival.source());
    if (underLoad && !mac2Valid) {
      return new Event.Challenged(
          arrival, message, verifier.reply(arrival.datagram(), message.sender(), arrival.source()));
    }
    HandshakeState state = HandshakeState.responder(PROLOGUE, identity, psk);
    Tai64n timestamp =
        Tai64n.decode(
            state.read(
                concat(
                    message.ephemeral(), message.encryptedStatic(), message.encryptedTimestamp())));
    if (!Primitives.equal(state.remoteStatic(), remoteStatic)) {
      return reject(arrival, Event.Reason.WRONG_STATIC, "a stranger's static key");
    }
    if (timestamp.compareTo(lastReceived) <= 0) {
      return reject(arrival, Event.Reason.STALE_TIMESTAMP, "timestamp not newer");
    }
    lastReceived = timestamp;
    return new Event.Initiation(arrival, message, timestamp, mac2Valid, state);
  }

  private Event receiveResponse(Event.Arrival arrival, HandshakeResponse message)
      throws AuthenticationException {
    HandshakeState outstanding = pending.get(message.receiver());
    if (outstanding == null) {
      return reject(arrival, Event.Reason.UNKNOWN_INDEX, "response to no initiation");
    }
    HandshakeState state = outstanding.copy();
    state.read(concat(message.ephemeral(), message.encryptedNothing()));
    pending.remove(message.receiver()).close();
    Session session = new Session(true, message.receiver(), message.sender(), state.split());
    state.close();
    sessions.put(session.localIndex(), session);
    current = session;
    return new Event.Response(arrival, message, session);
  }

  private Event receiveData(Event.Arrival arrival, TransportData message)
      throws AuthenticationException {
    Session session = sessions.get(message.receiver());
    if (session == null) {
      return reject(arrival, Event.Reason.UNKNOWN_INDEX, "data for no session");
    }
    if (Long.compareUnsigned(message.counter(), REJECT_AFTER_MESSAGES) >= 0) {
      return reject(arrival, Event.Reason.EXHAUSTED, "counter " + message.counter());
    }
    byte[] plaintext = session.open(message);
    if (!session.accept(message.counter())) {
      return reject(arrival, Event.Reason.REPLAYED, "counter " + message.counter());
    }
    // A responder may send only once the initiator has shown that it has the keys.
    if (!session.initiator() && confirmed.add(session.localIndex())) {
      current = session;
    }
    return new Event.Data(arrival, message, session, plaintext);
  }

  private static Event reject(Event.Arrival arrival, Event.Reason reason, String detail) {
    return new Event.Rejected(arrival, reason, detail);
  }

  private static byte[] concat(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    byte[] out = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return out;
  }

  /**
   * @return the session to send with, if there is one that may be used
   */
  public Optional<Session> current() {
    return Optional.ofNullable(current);
  }

  /**
   * @param on whether initiations without a valid mac2 get a cookie reply instead of work
   */
  public void underLoad(boolean on) {
    underLoad = on;
  }

  /**
   * @return the MACs of what we send
   */
  public MacSigner signer() {
    return signer;
  }

  /**
   * @return the MACs of what we receive
   */
  public MacVerifier verifier() {
    return verifier;
  }

  @Override
  public void close() {
    pending.values().forEach(HandshakeState::close);
    sessions.values().forEach(Session::close);
    Arrays.fill(psk, (byte) 0);
  }
}
