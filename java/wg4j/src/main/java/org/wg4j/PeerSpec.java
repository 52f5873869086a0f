// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a peer should be: its configuration without what happens to it. Immutable; the pre-shared
 * key stays the property of whoever made it.
 *
 * @param publicKey who it is
 * @param presharedKey empty if not mentioned; a key of zeros says that there is none
 * @param endpoint empty if not mentioned, or if the peer is to call first; an endpoint cannot be
 *     taken away from a peer
 * @param persistentKeepalive seconds between keepalives, 1 to 65535; 0 for off; empty if not
 *     mentioned
 * @param allowedIps its prefixes, each once, the order of no importance
 */
public record PeerSpec(
    PublicKey publicKey,
    Optional<PresharedKey> presharedKey,
    Optional<Endpoint> endpoint,
    OptionalInt persistentKeepalive,
    List<AllowedIp> allowedIps) {

  /**
   * Checks the range and copies the list, without repetitions.
   *
   * @throws IllegalArgumentException if the keepalive is out of range
   */
  public PeerSpec {
    Objects.requireNonNull(publicKey);
    Objects.requireNonNull(presharedKey);
    Objects.requireNonNull(endpoint);
    if (persistentKeepalive.isPresent()
        && (persistentKeepalive.getAsInt() < 0 || persistentKeepalive.getAsInt() > 65535)) {
      throw new IllegalArgumentException(
          "a keepalive interval is 0 to 65535 seconds, not " + persistentKeepalive.getAsInt());
    }
    allowedIps = List.copyOf(allowedIps.size() < 2 ? allowedIps : new LinkedHashSet<>(allowedIps));
  }

  /** The configuration of a peer as it is. The two share the pre-shared key. */
  public static PeerSpec of(Peer peer) {
    return new PeerSpec(
        peer.publicKey(),
        peer.presharedKey(),
        peer.endpoint(),
        OptionalInt.of(peer.persistentKeepalive()),
        peer.allowedIps());
  }

  /** Starts a specification. */
  public static Builder builder(PublicKey publicKey) {
    return new Builder(publicKey);
  }

  /** The pre-shared key, unless there is none or it says so. */
  Optional<PresharedKey> effectivePresharedKey() {
    return presharedKey.filter(key -> !key.isZero());
  }

  PeerSpec withAllowedIps(List<AllowedIp> prefixes) {
    return new PeerSpec(publicKey, presharedKey, endpoint, persistentKeepalive, prefixes);
  }

  /** This, with what a later word on the same peer mentions. */
  PeerSpec overriddenBy(PeerSpec later) {
    return new PeerSpec(
        publicKey,
        later.presharedKey.or(() -> presharedKey),
        later.endpoint.or(() -> endpoint),
        later.persistentKeepalive.isPresent() ? later.persistentKeepalive : persistentKeepalive,
        later.allowedIps);
  }

  /** Collects a specification. Not thread-safe; may be used again after {@link #build()}. */
  public static final class Builder {
    private final PublicKey publicKey;
    private Optional<PresharedKey> presharedKey = Optional.empty();
    private Optional<Endpoint> endpoint = Optional.empty();
    private OptionalInt persistentKeepalive = OptionalInt.empty();
    private final List<AllowedIp> allowedIps = new ArrayList<>();

    private Builder(PublicKey publicKey) {
      this.publicKey = Objects.requireNonNull(publicKey);
    }

    /** Sets a pre-shared key, which stays the caller's to destroy after it was applied. */
    public Builder presharedKey(PresharedKey key) {
      presharedKey = Optional.of(key);
      return this;
    }

    /** Sets where the peer is. */
    public Builder endpoint(Endpoint where) {
      endpoint = Optional.of(where);
      return this;
    }

    /** Sets seconds between keepalives, 1 to 65535; 0 for off. */
    public Builder persistentKeepalive(int seconds) {
      persistentKeepalive = OptionalInt.of(seconds);
      return this;
    }

    /** Adds a prefix. */
    public Builder addAllowedIp(AllowedIp prefix) {
      allowedIps.add(prefix);
      return this;
    }

    /** Adds prefixes. */
    public Builder addAllowedIps(Iterable<AllowedIp> prefixes) {
      prefixes.forEach(allowedIps::add);
      return this;
    }

    /**
     * The specification.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public PeerSpec build() {
      return new PeerSpec(publicKey, presharedKey, endpoint, persistentKeepalive, allowedIps);
    }
  }
}
