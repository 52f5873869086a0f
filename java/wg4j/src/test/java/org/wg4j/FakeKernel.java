// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.netlink4j.Attribute;
import org.netlink4j.Attributes;
import org.netlink4j.Errno;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;

/**
 * A kernel with WireGuard in it, as far as Generic Netlink shows: it applies SET messages and
 * answers GET, splitting as Linux does. It writes its bytes itself, so that it does not share our
 * mistakes.
 */
final class FakeKernel implements Transport, NetlinkChannel {

  private static final int CONTROL = 16;
  private static final int PORT = 99;
  private static final byte[] NO_KEY = new byte[32];

  /** A peer as the kernel has it. */
  static final class KernelPeer {
    byte[] presharedKey = NO_KEY;
    byte[] endpoint;
    int keepalive;
    long seconds;
    long nanoseconds;
    long received;
    long sent;
    final LinkedHashSet<AllowedIp> allowedIps = new LinkedHashSet<>(1);
  }

  final String name;
  final int index;
  byte[] privateKey = new byte[32];
  private Optional<PublicKey> own = Optional.empty();
  int port;
  int fwmark;
  Map<PublicKey, KernelPeer> peers = new LinkedHashMap<>();

  /** Bytes that a message of a dump may have. */
  int dumpLimit = 4096;

  /** How many dumps from now on are interrupted by a change. */
  int interruptions;

  /** Puts attributes of type 0, which some architectures use as padding, and unknown ones. */
  boolean padding;

  boolean hasFamily = true;

  /** The family's number: another one when the module was loaded again. */
  int family = 0x1c;

  /** How requests for other devices are refused. */
  Errno otherDevices = Errno.ENODEV;

  /** Whether a prefix can be taken away from a peer that stays (Linux 6.16). */
  boolean takesPrefixesAway = true;

  /** How many SET messages from now on are carried out; the one after them is refused, once. */
  int setsUntilRefusal = Integer.MAX_VALUE;

  /** Whether what was sent is kept in {@link #sets}. */
  boolean recording = true;

  /** Is called after each single change of what is routed where. */
  Runnable onRouting = () -> {};

  /** Whose a prefix is. */
  final Map<AllowedIp, PublicKey> owners = new HashMap<>();

  final List<byte[]> sets = new ArrayList<>();
  int dumps;

  /** Links beside this device. */
  final FakeLinks links = new FakeLinks();

  private final ArrayDeque<byte[]> answers = new ArrayDeque<>();

  FakeKernel(String name, int index) {
    this.name = name;
    this.index = index;
  }

  WireGuard client(int maxMessage) throws IOException {
    return new KernelWireGuard(
        protocol -> NetlinkSocket.builder(protocol).transport(this).dumpRetries(-1).open(),
        maxMessage);
  }

  // Writing

  /** Attributes, byte by byte. */
  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private static ByteBuffer number(int size) {
      return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    Writer bytes(int type, byte... value) {
      out.writeBytes(number(4).putShort((short) (4 + value.length)).putShort((short) type).array());
      out.writeBytes(value);
      out.writeBytes(new byte[-value.length & 3]);
      return this;
    }

    Writer u8(int type, int value) {
      return bytes(type, (byte) value);
    }

    Writer u16(int type, int value) {
      return bytes(type, number(2).putShort((short) value).array());
    }

    Writer u32(int type, int value) {
      return bytes(type, number(4).putInt(value).array());
    }

    Writer u64(int type, long value) {
      return bytes(type, number(8).putLong(value).array());
    }

    Writer string(int type, String value) {
      return bytes(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
    }

    Writer nest(int type, Writer content) {
      return bytes(type | Netlink.NLA_F_NESTED, content.out.toByteArray());
    }

    int size() {
      return out.size();
    }

    byte[] toBytes() {
      return out.toByteArray();
    }
  }

  private void answer(NetlinkMessage request, int type, int flags, byte[] payload) {
    ByteBuffer message = ByteBuffer.allocate(16 + payload.length).order(ByteOrder.nativeOrder());
    message.putInt(16 + payload.length).putShort((short) type).putShort((short) flags);
    message.putInt(request.sequence()).putInt(PORT).put(payload);
    answers.add(message.array());
  }

  private void answerGeneric(NetlinkMessage request, int type, int flags, int cmd, Writer content) {
    ByteBuffer payload = ByteBuffer.allocate(4 + content.size());
    payload.put((byte) cmd).put((byte) 1).putShort((short) 0).put(content.toBytes());
    answer(request, type, flags, payload.array());
  }

  private void acknowledge(NetlinkMessage request, int errno) {
    byte[] payload = new byte[20];
    ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).putInt(0, -errno).putInt(4, 16);
    answer(request, Netlink.NLMSG_ERROR, Netlink.NLM_F_CAPPED, payload);
  }

  // Requests

  @Override
  public void send(ByteBuffer bytes) throws NetlinkException {
    ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    NetlinkMessage request = NetlinkMessage.parse(copy).get(0);
    int command = request.header(4).get(0);
    Attributes attributes = request.attributes(4);
    if (request.type() == CONTROL) {
      control(request);
    } else if (request.type() != family) {
      acknowledge(request, Errno.ENOENT.number());
    } else if (command == 0 && (request.flags() & Netlink.NLM_F_DUMP) == Netlink.NLM_F_DUMP) {
      get(request, attributes);
    } else if (command == 1) {
      if (recording) {
        sets.add(copy.array().clone());
      }
      if (setsUntilRefusal-- == 0) {
        acknowledge(request, Errno.ENOMEM.number());
      } else {
        acknowledge(request, set(attributes));
      }
    } else {
      acknowledge(request, Errno.EOPNOTSUPP.number());
    }
  }

  private void control(NetlinkMessage request) {
    if (!hasFamily) {
      acknowledge(request, Errno.ENOENT.number());
      return;
    }
    Writer family =
        new Writer()
            .string(2, "wireguard")
            .u16(1, this.family)
            .u32(3, 1)
            .u32(4, 0)
            .u32(5, 8)
            .nest(6, new Writer().nest(1, new Writer().u32(1, 0).u32(2, 0x1c)));
    answerGeneric(request, CONTROL, 0, 1, family);
    acknowledge(request, 0);
  }

  private int select(Attributes attributes) throws MalformedMessageException {
    Optional<Attribute> byName = attributes.find(2);
    Optional<Attribute> byIndex = attributes.find(1);
    if (byName.isPresent() == byIndex.isPresent()) {
      return Errno.EBADR.number();
    }
    boolean ours =
        byName.isPresent() ? byName.get().string().equals(name) : byIndex.get().s32() == index;
    return ours ? 0 : otherDevices.number();
  }

  private static byte[] key(Attribute attribute) {
    byte[] key = attribute.bytes();
    if (key.length != 32) {
      throw new AssertionError("a key of " + key.length + " bytes");
    }
    return key;
  }

  private int set(Attributes attributes) throws MalformedMessageException {
    int failure = select(attributes);
    if (failure != 0) {
      return failure;
    }
    for (Attribute attribute : attributes) {
      if (attribute.type() == 0 || attribute.type() > 8) {
        return Errno.EINVAL.number();
      }
    }
    if (attributes.has(7)) {
      fwmark = attributes.get(7).s32();
    }
    if (attributes.has(6)) {
      port = attributes.get(6).u16();
    }
    if (attributes.has(5) && attributes.get(5).s32() == 1) {
      peers.clear();
      owners.clear();
      onRouting.run();
    }
    if (attributes.has(3)) {
      privateKey = key(attributes.get(3));
      own =
          Optional.of(PrivateKey.of(privateKey))
              .filter(key -> !key.isZero())
              .map(PrivateKey::publicKey);
      own.ifPresent(this::remove);
    }
    if (attributes.has(8)) {
      if (!attributes.get(8).isNested()) {
        return Errno.EINVAL.number();
      }
      for (Attributes peer : attributes.get(8).array()) {
        failure = setPeer(peer);
        if (failure != 0) {
          return failure;
        }
      }
    }
    return 0;
  }

  private void remove(PublicKey key) {
    KernelPeer gone = peers.remove(key);
    if (gone != null) {
      gone.allowedIps.forEach(owners::remove);
      onRouting.run();
    }
  }

  private int setPeer(Attributes attributes) throws MalformedMessageException {
    if (!attributes.has(1)) {
      return Errno.EINVAL.number();
    }
    PublicKey key = PublicKey.of(key(attributes.get(1)));
    int flags = attributes.has(3) ? attributes.get(3).s32() : 0;
    KernelPeer peer = peers.get(key);
    if (peer == null) {
      if ((flags & (1 | 4)) != 0) {
        return 0;
      }
      // Linux takes a peer that is the device itself for a mistake that does no harm.
      if (own.equals(Optional.of(key))) {
        return 0;
      }
      peer = new KernelPeer();
      peers.put(key, peer);
    }
    if ((flags & 1) != 0) {
      remove(key);
      return 0;
    }
    if (attributes.has(2)) {
      peer.presharedKey = key(attributes.get(2));
    }
    if (attributes.has(4)) {
      peer.endpoint = attributes.get(4).bytes();
    }
    if ((flags & 2) != 0) {
      peer.allowedIps.forEach(owners::remove);
      peer.allowedIps.clear();
      onRouting.run();
    }
    if (attributes.has(9)) {
      for (Attributes item : attributes.get(9).array()) {
        byte[] address = item.get(2).bytes();
        if (address.length != (item.get(1).u16() == 2 ? 4 : 16)) {
          return Errno.EINVAL.number();
        }
        AllowedIp prefix = new AllowedIp(IpAddress.of(address), item.get(3).u8());
        if (item.has(4)) {
          if (!takesPrefixesAway) {
            return Errno.EINVAL.number();
          }
          if (peer.allowedIps.remove(prefix)) {
            owners.remove(prefix);
          }
        } else {
          PublicKey other = owners.put(prefix, key);
          if (other != null) {
            peers.get(other).allowedIps.remove(prefix);
          }
          peer.allowedIps.add(prefix);
        }
        onRouting.run();
      }
    }
    if (attributes.has(5)) {
      peer.keepalive = attributes.get(5).u16();
    }
    return 0;
  }

  // The dump

  private void get(NetlinkMessage request, Attributes attributes) throws MalformedMessageException {
    int failure = select(attributes);
    if (failure != 0) {
      acknowledge(request, failure);
      return;
    }
    dumps++;
    boolean interrupted = interruptions > 0;
    interruptions -= interrupted ? 1 : 0;

    Iterator<Map.Entry<PublicKey, KernelPeer>> rest = peers.entrySet().iterator();
    Map.Entry<PublicKey, KernelPeer> current = rest.hasNext() ? rest.next() : null;
    Iterator<AllowedIp> prefixes = null;
    boolean repeatDevice = true;
    boolean first = true;
    do {
      Writer message = repeatDevice ? device() : new Writer();
      Writer list = new Writer();
      boolean anyFinished = false;
      while (current != null) {
        boolean continued = prefixes != null;
        Writer peer = continued ? head(current.getKey()) : peer(current);
        int room = dumpLimit - message.size() - list.size() - 8 - peer.size();
        if (room < 0 && (list.size() > 0 || repeatDevice && dumpLimit > 2000)) {
          break;
        }
        if (!continued) {
          prefixes = current.getValue().allowedIps.iterator();
        }
        Writer items = new Writer();
        while (prefixes.hasNext() && items.size() + 40 <= room) {
          items.nest(0, prefix(prefixes.next()));
        }
        if (items.size() > 0) {
          peer.nest(9, items);
        }
        list.nest(0, peer);
        if (prefixes.hasNext()) {
          break;
        }
        anyFinished = true;
        prefixes = null;
        current = rest.hasNext() ? rest.next() : null;
      }
      if (list.size() > 0) {
        message.nest(8, list);
      }
      // Linux forgets that it said these, unless a peer was complete.
      repeatDevice = repeatDevice && !anyFinished && current != null;
      int flags = Netlink.NLM_F_MULTI | (interrupted && !first ? Netlink.NLM_F_DUMP_INTR : 0);
      answerGeneric(request, family, flags, 0, message);
      first = false;
    } while (current != null);
    int flags = Netlink.NLM_F_MULTI | (interrupted ? Netlink.NLM_F_DUMP_INTR : 0);
    answer(request, Netlink.NLMSG_DONE, flags, new byte[4]);
  }

  private Writer device() {
    Writer out = new Writer().u16(6, port).u32(7, fwmark).u32(1, index).string(2, name);
    boolean identity = false;
    for (byte b : privateKey) {
      identity |= b != 0;
    }
    if (identity) {
      out.bytes(3, privateKey).bytes(4, PrivateKey.of(privateKey).publicKey().toBytes());
    }
    return pad(out);
  }

  private Writer pad(Writer out) {
    return padding ? out.bytes(0).bytes(4000, (byte) 1, (byte) 2, (byte) 3) : out;
  }

  private Writer head(PublicKey key) {
    return new Writer().bytes(1, key.toBytes());
  }

  private Writer peer(Map.Entry<PublicKey, KernelPeer> entry) {
    KernelPeer peer = entry.getValue();
    Writer out = head(entry.getKey()).bytes(2, peer.presharedKey);
    ByteBuffer time = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    out.bytes(6, time.putLong(peer.seconds).putLong(peer.nanoseconds).array());
    out.u16(5, peer.keepalive);
    pad(out).u64(8, peer.sent);
    pad(out).u64(7, peer.received).u32(10, 1);
    if (peer.endpoint != null) {
      out.bytes(4, peer.endpoint);
    }
    return out;
  }

  private static Writer prefix(AllowedIp prefix) {
    return new Writer()
        .u8(3, prefix.prefixLength())
        .u16(1, prefix.address().isIpv6() ? 10 : 2)
        .bytes(2, prefix.address().toBytes());
  }

  // The door

  @Override
  public Optional<Datagram> receive(Duration timeout) {
    byte[] answer = answers.poll();
    return answer == null
        ? Optional.empty()
        : Optional.of(new Datagram(0, ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder())));
  }

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace) {
    return protocol == Netlink.ROUTE ? links : this;
  }

  @Override
  public NamespaceHandle openNamespace(NetNamespace namespace) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int portId() {
    return PORT;
  }

  @Override
  public void setOption(int level, int option, int value) {}

  @Override
  public void close() {}
}
