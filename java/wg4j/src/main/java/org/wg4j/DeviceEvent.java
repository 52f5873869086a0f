// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Something that changed about a WireGuard interface between two looks at it. Holds no secrets. */
public sealed interface DeviceEvent {

  /** Name of the interface. */
  String device();

  /**
   * There is a new interface. Events for its peers follow.
   *
   * @param device name of the interface
   */
  record DeviceAdded(String device) implements DeviceEvent {}

  /**
   * An interface is gone. Events for its peers came before.
   *
   * @param device name of the interface
   */
  record DeviceRemoved(String device) implements DeviceEvent {}

  /**
   * An interface has another identity, port or mark.
   *
   * @param device name of the interface
   * @param publicKey what it is now; empty if there is none
   * @param listenPort what it is now, 0 for none
   * @param fwmark what it is now, unsigned; 0 for off
   */
  record DeviceChanged(String device, Optional<PublicKey> publicKey, int listenPort, int fwmark)
      implements DeviceEvent {}

  /** Something that changed about one peer. */
  sealed interface OfPeer extends DeviceEvent {
    /** Which peer. */
    PublicKey peer();
  }

  /**
   * There is a new peer.
   *
   * @param device name of the interface
   * @param peer who it is
   */
  record PeerAdded(String device, PublicKey peer) implements OfPeer {}

  /**
   * A peer is gone.
   *
   * @param device name of the interface
   * @param peer who it was
   */
  record PeerRemoved(String device, PublicKey peer) implements OfPeer {}

  /**
   * A peer has other allowed IPs or another interval of keepalives.
   *
   * @param device name of the interface
   * @param peer who it is
   * @param allowedIps what they are now
   * @param persistentKeepalive what it is now, seconds; 0 for off
   */
  record PeerChanged(
      String device, PublicKey peer, List<AllowedIp> allowedIps, int persistentKeepalive)
      implements OfPeer {
    /** Copies the list. */
    public PeerChanged {
      allowedIps = List.copyOf(allowedIps);
    }
  }

  /**
   * A peer is somewhere else: it roamed, or somebody said so.
   *
   * @param device name of the interface
   * @param peer who it is
   * @param from where it was; empty if that was not known
   * @param to where it is; empty if that is not known any more
   */
  record EndpointChanged(
      String device, PublicKey peer, Optional<Endpoint> from, Optional<Endpoint> to)
      implements OfPeer {}

  /**
   * A peer has a new session. Of several between two looks only the last is seen.
   *
   * @param device name of the interface
   * @param peer who it is
   * @param at when the session began, wall-clock
   */
  record HandshakeCompleted(String device, PublicKey peer, Instant at) implements OfPeer {}

  /**
   * Bytes went to or came from a peer.
   *
   * @param device name of the interface
   * @param peer who it is
   * @param receivedBytes since the last look, unsigned
   * @param sentBytes since the last look, unsigned
   */
  record BytesTransferred(String device, PublicKey peer, long receivedBytes, long sentBytes)
      implements OfPeer {}
}
