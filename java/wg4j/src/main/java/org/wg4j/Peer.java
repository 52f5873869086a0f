// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A peer as it is.
 *
 * @param publicKey who it is
 * @param presharedKey empty if none is set
 * @param endpoint where it was last seen or is configured to be; empty if unknown
 * @param allowedIps its prefixes, in the kernel's order
 * @param lastHandshake when the current session began, wall-clock; empty if there never was one
 * @param receivedBytes from the peer since it exists, unsigned
 * @param sentBytes to the peer since it exists, unsigned
 * @param persistentKeepalive seconds between keepalives, 1 to 65535; 0 if off
 * @param protocolVersion version of the WireGuard protocol; 0 if not reported
 */
public record Peer(
    PublicKey publicKey,
    Optional<PresharedKey> presharedKey,
    Optional<Endpoint> endpoint,
    List<AllowedIp> allowedIps,
    Optional<Instant> lastHandshake,
    long receivedBytes,
    long sentBytes,
    int persistentKeepalive,
    int protocolVersion) {

  /** Copies the list. */
  public Peer {
    Objects.requireNonNull(publicKey);
    Objects.requireNonNull(presharedKey);
    Objects.requireNonNull(endpoint);
    Objects.requireNonNull(lastHandshake);
    allowedIps = List.copyOf(allowedIps);
  }
}
