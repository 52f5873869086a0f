// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Brings a device to a list of wanted peers without removing those that stay. */
final class Synchronization {

  private Synchronization() {}

  static DeviceConfig of(Device current, DeviceConfig.Builder change, List<PeerConfig> wanted) {
    Map<PublicKey, Peer> existing = new HashMap<>();
    for (Peer peer : current.peers()) {
      existing.put(peer.publicKey(), peer);
    }
    Set<PublicKey> kept = new HashSet<>();
    for (PeerConfig peer : wanted) {
      kept.add(peer.publicKey());
    }
    // Removals come first, so that their prefixes are free when somebody else gets them.
    for (Peer peer : current.peers()) {
      if (!kept.contains(peer.publicKey())) {
        change.addPeer(PeerConfig.removal(peer.publicKey()));
      }
    }
    for (PeerConfig peer : wanted) {
      Peer before = existing.get(peer.publicKey());
      change.addPeer(before == null ? peer : withClearings(peer, before));
    }
    return change.build();
  }

  /** What a peer has and the wish does not mention must go: the peer is not made anew. */
  private static PeerConfig withClearings(PeerConfig wish, Peer before) {
    boolean clearKey = wish.presharedKey().isKeep() && before.presharedKey().isPresent();
    boolean clearKeepalive =
        wish.persistentKeepalive().isKeep() && before.persistentKeepalive() != 0;
    return new PeerConfig(
        wish.publicKey(),
        clearKey ? Change.clear() : wish.presharedKey(),
        wish.endpoint(),
        clearKeepalive ? Change.clear() : wish.persistentKeepalive(),
        wish.replaceAllowedIps(),
        wish.allowedIps(),
        wish.removedAllowedIps(),
        wish.remove(),
        wish.updateOnly());
  }
}
