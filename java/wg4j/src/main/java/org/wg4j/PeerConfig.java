// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What should change about one peer. A field that the builder did not name stays as it is. The peer
 * is created if it does not exist, unless {@link Builder#updateOnly()} or {@link Builder#remove()}
 * says otherwise. Immutable.
 *
 * @param publicKey which peer
 * @param presharedKey new pre-shared key, or that there is none any more
 * @param endpoint new endpoint; it cannot be cleared, because the kernel has no way to say that
 * @param persistentKeepalive seconds, 1 to 65535, or off
 * @param replaceAllowedIps whether all the peer's allowed IPs go away before those below are added
 * @param allowedIps prefixes to add; a prefix that another peer has moves to this one
 * @param removedAllowedIps prefixes to take away from this peer; needs Linux 6.16 or newer
 * @param remove whether the peer goes away; everything else is then ignored
 * @param updateOnly whether nothing happens if the peer does not exist
 */
public record PeerConfig(
    PublicKey publicKey,
    Change<PresharedKey> presharedKey,
    Change<Endpoint> endpoint,
    Change<Integer> persistentKeepalive,
    boolean replaceAllowedIps,
    List<AllowedIp> allowedIps,
    List<AllowedIp> removedAllowedIps,
    boolean remove,
    boolean updateOnly) {

  /**
   * Checks ranges and copies the lists.
   *
   * @throws IllegalArgumentException if the keepalive is out of range or the endpoint is cleared
   */
  public PeerConfig {
    Objects.requireNonNull(publicKey);
    Objects.requireNonNull(presharedKey);
    allowedIps = List.copyOf(allowedIps);
    removedAllowedIps = List.copyOf(removedAllowedIps);
    persistentKeepalive
        .value()
        .filter(seconds -> seconds < 1 || seconds > 65535)
        .ifPresent(
            seconds -> {
              throw new IllegalArgumentException(
                  "a keepalive interval is 1 to 65535 seconds, not " + seconds);
            });
    if (endpoint.isClear()) {
      throw new IllegalArgumentException("an endpoint cannot be cleared");
    }
  }

  /** Starts a change of this peer. */
  public static Builder builder(PublicKey publicKey) {
    return new Builder(publicKey);
  }

  /** The change that removes this peer. */
  public static PeerConfig removal(PublicKey publicKey) {
    return builder(publicKey).remove().build();
  }

  /** Collects a change. Not thread-safe; may be used again after {@link #build()}. */
  public static final class Builder {
    private final PublicKey publicKey;
    private Change<PresharedKey> presharedKey = Change.keep();
    private Change<Endpoint> endpoint = Change.keep();
    private Change<Integer> persistentKeepalive = Change.keep();
    private boolean replaceAllowedIps;
    private final List<AllowedIp> allowedIps = new ArrayList<>();
    private final List<AllowedIp> removedAllowedIps = new ArrayList<>();
    private boolean remove;
    private boolean updateOnly;

    private Builder(PublicKey publicKey) {
      this.publicKey = publicKey;
    }

    /** Sets a pre-shared key, which stays the caller's to destroy after the change was applied. */
    public Builder presharedKey(PresharedKey key) {
      presharedKey = Change.set(key);
      return this;
    }

    /** Takes the pre-shared key away. */
    public Builder clearPresharedKey() {
      presharedKey = Change.clear();
      return this;
    }

    /** Sets where the peer is. */
    public Builder endpoint(Endpoint where) {
      endpoint = Change.set(where);
      return this;
    }

    /** Sets seconds between keepalives, 1 to 65535. */
    public Builder persistentKeepalive(int seconds) {
      persistentKeepalive = Change.set(seconds);
      return this;
    }

    /** Switches persistent keepalives off. */
    public Builder clearPersistentKeepalive() {
      persistentKeepalive = Change.clear();
      return this;
    }

    /** Takes all allowed IPs away before the ones of this change are added. */
    public Builder replaceAllowedIps() {
      replaceAllowedIps = true;
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

    /** Takes a prefix away from this peer. Kernels before 6.16 refuse it with EINVAL. */
    public Builder removeAllowedIp(AllowedIp prefix) {
      removedAllowedIps.add(prefix);
      return this;
    }

    /** Removes the peer. */
    public Builder remove() {
      remove = true;
      return this;
    }

    /** Does nothing if the peer does not exist. */
    public Builder updateOnly() {
      updateOnly = true;
      return this;
    }

    /**
     * The change.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public PeerConfig build() {
      return new PeerConfig(
          publicKey,
          presharedKey,
          endpoint,
          persistentKeepalive,
          replaceAllowedIps,
          allowedIps,
          removedAllowedIps,
          remove,
          updateOnly);
    }
  }
}
