// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.netlink4j.Attribute;
import org.netlink4j.Attributes;
import org.netlink4j.DumpReader;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;

/**
 * Puts a device together from the messages of one dump.
 *
 * <p>The kernel splits as follows: device attributes are in the first message (again in the second
 * if not even the first peer fitted); later ones have peers only. A peer whose allowed IPs overflow
 * a message appears again at the start of the next one with its public key and more allowed IPs. So
 * whatever is present is taken, and adjacent peers of equal keys are one peer. Unknown attributes
 * and type 0, which some architectures use as padding, are skipped.
 */
final class DeviceReader implements DumpReader<Device> {

  /** Length of struct genlmsghdr, which precedes the attributes. */
  private static final int GENERIC_HEADER = 4;

  private String name;
  private int index;
  private Optional<PrivateKey> privateKey = Optional.empty();
  private Optional<PublicKey> publicKey = Optional.empty();
  private int listenPort;
  private int fwmark;
  private final List<Peer> peers = new ArrayList<>();
  private PartialPeer partial;
  private final ProgressListener listener;

  DeviceReader() {
    this(ProgressListener.NONE);
  }

  /** A reader that tells after each message how many peers are complete. */
  DeviceReader(ProgressListener listener) {
    this.listener = listener;
  }

  @Override
  public void accept(NetlinkMessage message) throws NetlinkException {
    try {
      accept(message.attributes(GENERIC_HEADER));
      listener.progress(peers.size(), -1);
    } finally {
      message.wipe();
    }
  }

  void accept(Attributes attributes) throws MalformedMessageException {
    for (Attribute attribute : attributes) {
      switch (attribute.type()) {
        case Uapi.WGDEVICE_A_IFINDEX -> index = attribute.s32();
        case Uapi.WGDEVICE_A_IFNAME -> name = attribute.string();
        case Uapi.WGDEVICE_A_PRIVATE_KEY -> {
          privateKey.ifPresent(PrivateKey::destroy);
          privateKey = secret(attribute).map(DeviceReader::privateKeyOf);
        }
        case Uapi.WGDEVICE_A_PUBLIC_KEY -> publicKey = Optional.of(publicKeyOf(attribute));
        case Uapi.WGDEVICE_A_LISTEN_PORT -> listenPort = attribute.u16();
        case Uapi.WGDEVICE_A_FWMARK -> fwmark = attribute.s32();
        case Uapi.WGDEVICE_A_PEERS -> {
          for (Attributes peer : attribute.array()) {
            acceptPeer(peer);
          }
        }
        default -> {}
      }
    }
  }

  private static PrivateKey privateKeyOf(byte[] bytes) {
    try {
      return PrivateKey.of(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static byte[] key(Attribute attribute) throws MalformedMessageException {
    byte[] bytes = attribute.bytes();
    if (bytes.length != Uapi.WG_KEY_LEN) {
      throw new MalformedMessageException("a key of " + bytes.length + " bytes");
    }
    return bytes;
  }

  private static PublicKey publicKeyOf(Attribute attribute) throws MalformedMessageException {
    return PublicKey.of(key(attribute));
  }

  /** The key's bytes; empty if all zero, which means that there is none. */
  private static Optional<byte[]> secret(Attribute attribute) throws MalformedMessageException {
    byte[] bytes = key(attribute);
    int any = 0;
    for (byte b : bytes) {
      any |= b;
    }
    return any == 0 ? Optional.empty() : Optional.of(bytes);
  }

  private void acceptPeer(Attributes attributes) throws MalformedMessageException {
    Attribute key =
        attributes
            .find(Uapi.WGPEER_A_PUBLIC_KEY)
            .orElseThrow(() -> new MalformedMessageException("a peer without a public key"));
    PublicKey publicKey = publicKeyOf(key);
    if (partial == null || !partial.publicKey.equals(publicKey)) {
      finishPeer();
      partial = new PartialPeer(publicKey);
    }
    partial.accept(attributes);
  }

  private void finishPeer() {
    if (partial != null) {
      peers.add(partial.toPeer());
      partial = null;
    }
  }

  @Override
  public Device finish() throws NetlinkException {
    finishPeer();
    if (name == null) {
      throw new MalformedMessageException("no message of the answer names the device");
    }
    listener.progress(peers.size(), peers.size());
    return new Device(name, index, privateKey, publicKey, listenPort, fwmark, peers);
  }

  /** Wipes the keys, which nobody else has. */
  @Override
  public void discard() {
    privateKey.ifPresent(PrivateKey::destroy);
    finishPeer();
    peers.forEach(peer -> peer.presharedKey().ifPresent(PresharedKey::destroy));
  }

  /** A peer of which more may come. */
  private static final class PartialPeer {
    private final PublicKey publicKey;
    private Optional<PresharedKey> presharedKey = Optional.empty();
    private Optional<Endpoint> endpoint = Optional.empty();
    private final List<AllowedIp> allowedIps = new ArrayList<>();
    private Optional<Instant> lastHandshake = Optional.empty();
    private long receivedBytes;
    private long sentBytes;
    private int persistentKeepalive;
    private int protocolVersion;

    PartialPeer(PublicKey publicKey) {
      this.publicKey = publicKey;
    }

    void accept(Attributes attributes) throws MalformedMessageException {
      for (Attribute attribute : attributes) {
        switch (attribute.type()) {
          case Uapi.WGPEER_A_PRESHARED_KEY -> {
            presharedKey.ifPresent(PresharedKey::destroy);
            presharedKey = secret(attribute).map(PartialPeer::presharedKeyOf);
          }
          case Uapi.WGPEER_A_ENDPOINT -> endpoint = SocketAddress.decode(attribute.bytes());
          case Uapi.WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL -> persistentKeepalive = attribute.u16();
          case Uapi.WGPEER_A_LAST_HANDSHAKE_TIME -> lastHandshake = time(attribute);
          case Uapi.WGPEER_A_RX_BYTES -> receivedBytes = attribute.u64();
          case Uapi.WGPEER_A_TX_BYTES -> sentBytes = attribute.u64();
          case Uapi.WGPEER_A_PROTOCOL_VERSION -> protocolVersion = attribute.s32();
          case Uapi.WGPEER_A_ALLOWEDIPS -> {
            for (Attributes prefix : attribute.array()) {
              allowedIps.add(allowedIp(prefix));
            }
          }
          default -> {}
        }
      }
    }

    private static PresharedKey presharedKeyOf(byte[] bytes) {
      try {
        return PresharedKey.of(bytes);
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
    }

    /** Reads struct __kernel_timespec: two signed 64-bit numbers. */
    private static Optional<Instant> time(Attribute attribute) throws MalformedMessageException {
      ByteBuffer in = attribute.buffer().slice().order(ByteOrder.nativeOrder());
      if (in.remaining() != 16) {
        throw new MalformedMessageException("a time of " + in.remaining() + " bytes");
      }
      long seconds = in.getLong();
      long nanoseconds = in.getLong();
      if (seconds == 0 && nanoseconds == 0) {
        return Optional.empty();
      }
      try {
        return Optional.of(Instant.ofEpochSecond(seconds, nanoseconds));
      } catch (DateTimeException | ArithmeticException e) {
        throw new MalformedMessageException("a time beyond all calendars");
      }
    }

    private static AllowedIp allowedIp(Attributes attributes) throws MalformedMessageException {
      Optional<Attribute> family = attributes.find(Uapi.WGALLOWEDIP_A_FAMILY);
      Optional<Attribute> address = attributes.find(Uapi.WGALLOWEDIP_A_IPADDR);
      Optional<Attribute> length = attributes.find(Uapi.WGALLOWEDIP_A_CIDR_MASK);
      if (family.isEmpty() || address.isEmpty() || length.isEmpty()) {
        throw new MalformedMessageException("an allowed IP without family, address or length");
      }
      byte[] bytes = address.get().bytes();
      int expected =
          switch (family.get().u16()) {
            case Uapi.AF_INET -> 4;
            case Uapi.AF_INET6 -> 16;
            default -> -1;
          };
      int prefix = length.get().u8();
      if (bytes.length != expected || prefix > expected * 8) {
        throw new MalformedMessageException("an allowed IP that does not fit its family");
      }
      return new AllowedIp(IpAddress.of(bytes), prefix);
    }

    Peer toPeer() {
      return new Peer(
          publicKey,
          presharedKey,
          endpoint,
          allowedIps,
          lastHandshake,
          receivedBytes,
          sentBytes,
          persistentKeepalive,
          protocolVersion);
    }
  }
}
