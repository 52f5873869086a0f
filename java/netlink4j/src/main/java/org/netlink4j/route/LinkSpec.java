// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.route;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.netlink4j.MessageBuilder;
import org.netlink4j.NetNamespace;

/** What a new network interface shall be like. Immutable. */
public final class LinkSpec {
  private final String name;
  private final String kind;
  private final OptionalInt mtu;
  private final OptionalInt txQueueLength;
  private final OptionalInt parent;
  private final Optional<byte[]> hardwareAddress;
  private final Optional<NetNamespace> namespace;
  private final Optional<LinkSpec> peer;
  private final Optional<Consumer<? super MessageBuilder>> kindData;
  private final boolean up;

  private LinkSpec(Builder builder) {
    name = builder.name;
    kind = builder.kind;
    mtu = builder.mtu;
    txQueueLength = builder.txQueueLength;
    parent = builder.parent;
    hardwareAddress = builder.hardwareAddress;
    namespace = builder.namespace;
    peer = builder.peer;
    kindData = builder.kindData;
    up = builder.up;
  }

  /**
   * Starts to describe an interface.
   *
   * @param name its name; the kernel replaces {@code %d} by a free number
   * @param kind what {@code ip link add ... type} calls it
   */
  public static Builder builder(String name, String kind) {
    return new Builder(name, kind);
  }

  /** A pair of virtual Ethernet interfaces. */
  public static LinkSpec veth(String name, String peerName) {
    return builder(name, "veth").peer(builder(peerName, "veth").build()).build();
  }

  /** The name wanted. */
  public String name() {
    return name;
  }

  /** The kind. */
  public String kind() {
    return kind;
  }

  /** The largest packet in bytes, when it is not the kind's default. */
  public OptionalInt mtu() {
    return mtu;
  }

  /** The transmit queue's length in packets, when it is not the kind's default. */
  public OptionalInt txQueueLength() {
    return txQueueLength;
  }

  /** The number of the interface that it lies on. */
  public OptionalInt parent() {
    return parent;
  }

  /** The hardware address, when it is not the kernel's choice. */
  public Optional<byte[]> hardwareAddress() {
    return hardwareAddress.map(byte[]::clone);
  }

  /** The namespace that it shall be in, when not the socket's. */
  public Optional<NetNamespace> namespace() {
    return namespace;
  }

  /** The other end, for kinds that come in pairs ({@code veth}). */
  public Optional<LinkSpec> peer() {
    return peer;
  }

  /** What writes the kind's own attributes. */
  public Optional<Consumer<? super MessageBuilder>> kindData() {
    return kindData;
  }

  /** Whether it shall be up at once. */
  public boolean up() {
    return up;
  }

  /** Describes an interface to be made. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private final String kind;
    private OptionalInt mtu = OptionalInt.empty();
    private OptionalInt txQueueLength = OptionalInt.empty();
    private OptionalInt parent = OptionalInt.empty();
    private Optional<byte[]> hardwareAddress = Optional.empty();
    private Optional<NetNamespace> namespace = Optional.empty();
    private Optional<LinkSpec> peer = Optional.empty();
    private Optional<Consumer<? super MessageBuilder>> kindData = Optional.empty();
    private boolean up;

    private Builder(String name, String kind) {
      this.name = Objects.requireNonNull(name);
      this.kind = Objects.requireNonNull(kind);
    }

    /** Sets the largest packet in bytes. */
    public Builder mtu(int bytes) {
      mtu = OptionalInt.of(bytes);
      return this;
    }

    /** Sets the transmit queue's length in packets. */
    public Builder txQueueLength(int packets) {
      txQueueLength = OptionalInt.of(packets);
      return this;
    }

    /** Sets the interface that it lies on. */
    public Builder parent(int index) {
      parent = OptionalInt.of(index);
      return this;
    }

    /** Sets the hardware address. */
    public Builder hardwareAddress(byte[] address) {
      hardwareAddress = Optional.of(address.clone());
      return this;
    }

    /** Makes it in another namespace than the socket's. */
    public Builder namespace(NetNamespace namespace) {
      this.namespace = Optional.of(namespace);
      return this;
    }

    /** Describes the other end of a {@code veth} pair. */
    public Builder peer(LinkSpec peer) {
      this.peer = Optional.of(peer);
      return this;
    }

    /** Adds the kind's own attributes ({@code IFLA_INFO_DATA}). */
    public Builder kindData(Consumer<? super MessageBuilder> writer) {
      kindData = Optional.of(writer);
      return this;
    }

    /** Brings it up at once. Not for {@code veth}: the kernel wants both ends there first. */
    public Builder up(boolean up) {
      this.up = up;
      return this;
    }

    /**
     * The description.
     *
     * @throws IllegalArgumentException when both a peer and attributes of the kind are given, a
     *     peer for or of another kind than {@code veth}, or a {@code veth} shall be up at once
     */
    public LinkSpec build() {
      if (up && kind.equals("veth")) {
        throw new IllegalArgumentException("the ends of a veth are set up when both are there");
      }
      boolean pair = kind.equals("veth") && peer.map(end -> end.kind.equals("veth")).orElse(true);
      if (peer.isPresent() && (kindData.isPresent() || !pair)) {
        throw new IllegalArgumentException("a peer is for veth, without attributes of the kind");
      }
      return new LinkSpec(this);
    }
  }
}
