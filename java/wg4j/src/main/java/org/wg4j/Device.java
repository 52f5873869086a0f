// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A WireGuard interface as it is.
 *
 * <p>It holds the private key and the pre-shared keys of its peers. {@link #close()} wipes them;
 * the rest of the value stays usable. Who does not need the keys longer than a block uses
 * try-with-resources.
 *
 * @param name of the interface
 * @param index of the interface in its network namespace; 0 if it has none (user-space sockets)
 * @param privateKey empty if none is set
 * @param publicKey the private key's other half; empty if none is set
 * @param listenPort UDP port, 0 if none was chosen yet
 * @param fwmark mark of outgoing packets, an unsigned 32-bit number; 0 if off
 * @param peers in the kernel's order
 */
public record Device(
    String name,
    int index,
    Optional<PrivateKey> privateKey,
    Optional<PublicKey> publicKey,
    int listenPort,
    int fwmark,
    List<Peer> peers)
    implements AutoCloseable {

  /** Copies the list. */
  public Device {
    Objects.requireNonNull(name);
    Objects.requireNonNull(privateKey);
    Objects.requireNonNull(publicKey);
    peers = List.copyOf(peers);
  }

  /** Wipes the private key and the peers' pre-shared keys. */
  @Override
  public void close() {
    privateKey.ifPresent(PrivateKey::destroy);
    for (Peer peer : peers) {
      peer.presharedKey().ifPresent(PresharedKey::destroy);
    }
  }
}
