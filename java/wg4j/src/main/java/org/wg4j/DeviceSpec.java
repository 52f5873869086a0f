// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a WireGuard interface should be: its configuration without what happens to it. {@link
 * Device} says what is, {@link DeviceConfig} what should change, this what should be in the end;
 * {@link Plan} finds the way there.
 *
 * <p>What is not mentioned counts as the {@link ApplyMode} says. Of several specifications of one
 * peer later values win, and a prefix belongs to the last peer that names it: as the kernel would
 * have it if they came one after the other.
 *
 * <p>Immutable; keys stay the property of whoever made them.
 *
 * @param privateKey identity; empty if not mentioned; a key of zeros says that there is none
 * @param listenPort UDP port, 1 to 65535; empty or 0 if the kernel may choose, and then a port that
 *     it has chosen is right
 * @param fwmark mark of outgoing packets, an unsigned 32-bit number; 0 for off; empty if not
 *     mentioned
 * @param peers each once
 */
public record DeviceSpec(
    Optional<PrivateKey> privateKey,
    OptionalInt listenPort,
    OptionalInt fwmark,
    List<PeerSpec> peers) {

  /**
   * Checks the range and merges what is said of the same peer and of the same prefix.
   *
   * @throws IllegalArgumentException if the port is out of range
   */
  public DeviceSpec {
    Objects.requireNonNull(privateKey);
    Objects.requireNonNull(fwmark);
    if (listenPort.isPresent() && (listenPort.getAsInt() < 0 || listenPort.getAsInt() > 65535)) {
      throw new IllegalArgumentException("a port is 0 to 65535, not " + listenPort.getAsInt());
    }
    peers = merged(peers);
  }

  private static List<PeerSpec> merged(List<PeerSpec> peers) {
    Map<PublicKey, PeerSpec> last = new LinkedHashMap<>();
    for (PeerSpec peer : peers) {
      PeerSpec earlier = last.remove(peer.publicKey());
      last.put(peer.publicKey(), earlier == null ? peer : earlier.overriddenBy(peer));
    }
    Map<AllowedIp, PublicKey> owners = new HashMap<>();
    boolean unique = true;
    for (PeerSpec peer : last.values()) {
      for (AllowedIp prefix : peer.allowedIps()) {
        unique &= owners.put(prefix, peer.publicKey()) == null;
      }
    }
    if (unique) {
      return List.copyOf(last.values());
    }
    List<PeerSpec> result = new ArrayList<>(last.size());
    for (PeerSpec peer : last.values()) {
      List<AllowedIp> own = new ArrayList<>(peer.allowedIps());
      own.removeIf(prefix -> !owners.get(prefix).equals(peer.publicKey()));
      result.add(peer.withAllowedIps(own));
    }
    return List.copyOf(result);
  }

  /** The configuration of a device as it is. The two share their keys. */
  public static DeviceSpec of(Device device) {
    List<PeerSpec> peers = new ArrayList<>(device.peers().size());
    for (Peer peer : device.peers()) {
      peers.add(PeerSpec.of(peer));
    }
    return new DeviceSpec(
        device.privateKey(),
        OptionalInt.of(device.listenPort()),
        OptionalInt.of(device.fwmark()),
        peers);
  }

  /** Starts a specification. */
  public static Builder builder() {
    return new Builder();
  }

  /** The private key, unless there is none or it says so. */
  Optional<PrivateKey> effectivePrivateKey() {
    return privateKey.filter(key -> !key.isZero());
  }

  /** Collects a specification. Not thread-safe; may be used again after {@link #build()}. */
  public static final class Builder {
    private Optional<PrivateKey> privateKey = Optional.empty();
    private OptionalInt listenPort = OptionalInt.empty();
    private OptionalInt fwmark = OptionalInt.empty();
    private final List<PeerSpec> peers = new ArrayList<>();

    private Builder() {}

    /** Sets the identity; the key stays the caller's to destroy after it was applied. */
    public Builder privateKey(PrivateKey key) {
      privateKey = Optional.of(key);
      return this;
    }

    /** Sets the UDP port, 1 to 65535; 0 if the kernel may choose. */
    public Builder listenPort(int port) {
      listenPort = OptionalInt.of(port);
      return this;
    }

    /** Sets the mark of outgoing packets, an unsigned 32-bit number; 0 for off. */
    public Builder fwmark(int mark) {
      fwmark = OptionalInt.of(mark);
      return this;
    }

    /** Adds a peer. */
    public Builder addPeer(PeerSpec peer) {
      peers.add(peer);
      return this;
    }

    /** Adds peers. */
    public Builder addPeers(Iterable<PeerSpec> more) {
      more.forEach(peers::add);
      return this;
    }

    /**
     * The specification.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public DeviceSpec build() {
      return new DeviceSpec(privateKey, listenPort, fwmark, peers);
    }
  }
}
