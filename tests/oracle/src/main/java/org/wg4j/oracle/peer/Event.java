// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

import java.net.InetSocketAddress;
import org.wg4j.oracle.inner.InnerPacket;
import org.wg4j.oracle.noise.HandshakeState;
import org.wg4j.oracle.wire.CookieReply;
import org.wg4j.oracle.wire.HandshakeInitiation;
import org.wg4j.oracle.wire.HandshakeResponse;
import org.wg4j.oracle.wire.Tai64n;
import org.wg4j.oracle.wire.TransportData;

/** What one received datagram meant. Every datagram gives exactly one event. */
public sealed interface Event {
  /**
   * A datagram and where it went.
   *
   * @param datagram the UDP payload
   * @param source who sent it
   * @param localPort the port of ours it came to
   */
  record Arrival(byte[] datagram, InetSocketAddress source, int localPort) {
    @Override
    public String toString() {
      return datagram.length + " bytes from " + source + " to port " + localPort;
    }
  }

  /**
   * @return the datagram
   */
  Arrival arrival();

  /**
   * A valid initiation of our peer.
   *
   * @param arrival the datagram
   * @param message its fields
   * @param timestamp the decrypted timestamp
   * @param mac2Valid whether it proves its source by our cookie
   * @param state the handshake, ready for a response
   */
  record Initiation(
      Arrival arrival,
      HandshakeInitiation message,
      Tai64n timestamp,
      boolean mac2Valid,
      HandshakeState state)
      implements Event {}

  /**
   * An initiation that we did not look into because we play a loaded peer; the reply is its answer.
   *
   * @param arrival the datagram
   * @param message its fields
   * @param reply the cookie reply to send
   */
  record Challenged(Arrival arrival, HandshakeInitiation message, CookieReply reply)
      implements Event {}

  /**
   * A valid response to an initiation of ours.
   *
   * @param arrival the datagram
   * @param message its fields
   * @param session the session it completes
   */
  record Response(Arrival arrival, HandshakeResponse message, Session session) implements Event {}

  /**
   * A valid cookie reply to our last handshake message.
   *
   * @param arrival the datagram
   * @param message its fields
   */
  record Cookie(Arrival arrival, CookieReply message) implements Event {}

  /**
   * An authentic, fresh data message.
   *
   * @param arrival the datagram
   * @param message its fields
   * @param session the session it belongs to
   * @param plaintext what was in it, padding included
   */
  record Data(Arrival arrival, TransportData message, Session session, byte[] plaintext)
      implements Event {
    /**
     * @return whether it holds nothing
     */
    public boolean isKeepalive() {
      return plaintext.length == 0;
    }

    /**
     * @return the inner packet
     * @throws IllegalArgumentException if there is no correct one
     */
    public InnerPacket packet() {
      return InnerPacket.decode(plaintext);
    }
  }

  /**
   * A datagram that a WireGuard peer would drop.
   *
   * @param arrival the datagram
   * @param reason the kind of fault
   * @param detail in words
   */
  record Rejected(Arrival arrival, Reason reason, String detail) implements Event {}

  /** Why a datagram was dropped. */
  enum Reason {
    /** Header or length. */
    MALFORMED,
    /** The first MAC of a handshake message. */
    WRONG_MAC1,
    /** No handshake or session of ours has this index. */
    UNKNOWN_INDEX,
    /** A ciphertext did not open. */
    NOT_AUTHENTIC,
    /** An initiation by another static key than our peer's. */
    WRONG_STATIC,
    /** An initiation not newer than the last one. */
    STALE_TIMESTAMP,
    /** A data message seen before or too old. */
    REPLAYED,
    /** A data message beyond the last counter of a session. */
    EXHAUSTED
  }
}
