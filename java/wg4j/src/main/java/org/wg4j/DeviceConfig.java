// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What should change about a WireGuard interface. A field that the builder did not name stays as it
 * is. Immutable.
 *
 * @param privateKey new identity, or none any more
 * @param listenPort new UDP port 1 to 65535, or (cleared) one that the kernel chooses
 * @param fwmark new mark of outgoing packets, not zero, unsigned; or off
 * @param replacePeers whether all peers go away before those below are applied
 * @param peers changes of peers, applied in order
 */
public record DeviceConfig(
    Change<PrivateKey> privateKey,
    Change<Integer> listenPort,
    Change<Integer> fwmark,
    boolean replacePeers,
    List<PeerConfig> peers) {

  /**
   * Checks ranges and copies the list.
   *
   * @throws IllegalArgumentException if the port is out of range
   */
  public DeviceConfig {
    Objects.requireNonNull(privateKey);
    Objects.requireNonNull(fwmark);
    peers = List.copyOf(peers);
    listenPort
        .value()
        .filter(port -> port < 1 || port > 65535)
        .ifPresent(
            port -> {
              throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
            });
  }

  /** Starts a change. */
  public static Builder builder() {
    return new Builder();
  }

  /** Whether applying this would do nothing at all. */
  public boolean isEmpty() {
    return privateKey.isKeep()
        && listenPort.isKeep()
        && fwmark.isKeep()
        && !replacePeers
        && peers.isEmpty();
  }

  /** Collects a change. Not thread-safe; may be used again after {@link #build()}. */
  public static final class Builder {
    private Change<PrivateKey> privateKey = Change.keep();
    private Change<Integer> listenPort = Change.keep();
    private Change<Integer> fwmark = Change.keep();
    private boolean replacePeers;
    private final List<PeerConfig> peers = new ArrayList<>();

    private Builder() {}

    /** Sets the identity; the key stays the caller's to destroy after the change was applied. */
    public Builder privateKey(PrivateKey key) {
      privateKey = Change.set(key);
      return this;
    }

    /** Takes the identity away. */
    public Builder clearPrivateKey() {
      privateKey = Change.clear();
      return this;
    }

    /** Sets the UDP port, 1 to 65535. */
    public Builder listenPort(int port) {
      listenPort = Change.set(port);
      return this;
    }

    /** Lets the kernel choose a port. */
    public Builder clearListenPort() {
      listenPort = Change.clear();
      return this;
    }

    /**
     * Sets the mark of outgoing packets, an unsigned 32-bit number; zero is the same as clearing.
     */
    public Builder fwmark(int mark) {
      fwmark = mark == 0 ? Change.clear() : Change.set(mark);
      return this;
    }

    /** Switches the mark off. */
    public Builder clearFwmark() {
      fwmark = Change.clear();
      return this;
    }

    /** Takes all peers away before the ones of this change are applied. */
    public Builder replacePeers() {
      replacePeers = true;
      return this;
    }

    /** Adds a change of a peer. */
    public Builder addPeer(PeerConfig peer) {
      peers.add(peer);
      return this;
    }

    /** Adds changes of peers. */
    public Builder addPeers(Iterable<PeerConfig> changes) {
      changes.forEach(peers::add);
      return this;
    }

    /**
     * The change.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public DeviceConfig build() {
      return new DeviceConfig(privateKey, listenPort, fwmark, replacePeers, peers);
    }
  }
}
