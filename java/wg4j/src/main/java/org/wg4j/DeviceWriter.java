// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.netlink4j.MessageBuilder;

/**
 * Writes a change of a device as SET messages, as many as the size limit needs.
 *
 * <p>What must happen once is in the first message only: the device's own attributes and the wish
 * to replace its peers. A peer with more allowed IPs than fit goes on in the next message, where it
 * no longer asks to replace them.
 */
final class DeviceWriter {

  /** Takes a finished message; the writer wipes it when this returns. */
  interface Sink {
    void send(MessageBuilder message) throws IOException;
  }

  private static final int ATTRIBUTE_HEADER = 4;
  private static final int U8 = 8;
  private static final int U16 = 8;
  private static final int U32 = 8;
  private static final int KEY = ATTRIBUTE_HEADER + Uapi.WG_KEY_LEN;

  private final Supplier<MessageBuilder> messages;
  private final Sink sink;

  private MessageBuilder message;
  private int peersNest;
  private boolean hasPeers;

  /**
   * A writer for one change.
   *
   * @param messages makes an empty SET message that already names the device
   */
  DeviceWriter(Supplier<MessageBuilder> messages, Sink sink) {
    this.messages = messages;
    this.sink = sink;
  }

  void write(DeviceConfig config) throws IOException {
    message = messages.get();
    hasPeers = false;
    try {
      writeDevice(config);
      if (!config.peers().isEmpty()) {
        peersNest = message.openNest(Uapi.WGDEVICE_A_PEERS);
        for (PeerConfig peer : config.peers()) {
          writePeer(peer);
        }
        message.closeNest(peersNest);
      }
      sink.send(message);
    } finally {
      message.wipe();
    }
  }

  private void writeDevice(DeviceConfig config) {
    if (!config.privateKey().isKeep()) {
      secret(
          Uapi.WGDEVICE_A_PRIVATE_KEY,
          config.privateKey().value().map(PrivateKey::toBytes).orElseGet(DeviceWriter::zeroKey));
    }
    if (!config.listenPort().isKeep()) {
      message.u16(Uapi.WGDEVICE_A_LISTEN_PORT, config.listenPort().value().orElse(0));
    }
    if (!config.fwmark().isKeep()) {
      message.u32(Uapi.WGDEVICE_A_FWMARK, (int) config.fwmark().value().orElse(0));
    }
    if (config.replacePeers()) {
      message.u32(Uapi.WGDEVICE_A_FLAGS, Uapi.WGDEVICE_F_REPLACE_PEERS);
    }
  }

  private static byte[] zeroKey() {
    return new byte[Uapi.WG_KEY_LEN];
  }

  private void secret(int type, byte[] bytes) {
    message.bytes(type, bytes);
    Arrays.fill(bytes, (byte) 0);
  }

  private void writePeer(PeerConfig peer) throws IOException {
    List<AllowedIp> added = peer.remove() ? List.of() : peer.allowedIps();
    List<AllowedIp> removed = peer.remove() ? List.of() : peer.removedAllowedIps();
    int total = added.size() + removed.size();
    int next = 0;
    boolean continued = false;
    do {
      int least = headSize(peer, continued);
      if (next < total) {
        least += ATTRIBUTE_HEADER + size(next, added, removed);
      }
      if (hasPeers && least > message.remaining()) {
        startNextMessage();
      }
      int nest = message.openNest(0);
      hasPeers = true;
      writeHead(peer, continued);
      if (next < total) {
        int prefixes = message.openNest(Uapi.WGPEER_A_ALLOWEDIPS);
        // The first one fits: there was room for it, or the message is empty.
        do {
          writeAllowedIp(next, added, removed);
          next++;
        } while (next < total && size(next, added, removed) <= message.remaining());
        message.closeNest(prefixes);
      }
      message.closeNest(nest);
      continued = true;
    } while (next < total);
  }

  private void startNextMessage() throws IOException {
    message.closeNest(peersNest);
    sink.send(message);
    message.wipe();
    message = messages.get();
    peersNest = message.openNest(Uapi.WGDEVICE_A_PEERS);
    hasPeers = false;
  }

  private static int headSize(PeerConfig peer, boolean continued) {
    int size = ATTRIBUTE_HEADER + KEY + U32;
    if (!continued && !peer.remove()) {
      size += KEY + ATTRIBUTE_HEADER + Uapi.SOCKADDR_IN6_LENGTH + U16;
    }
    return size;
  }

  private void writeHead(PeerConfig peer, boolean continued) {
    message.bytes(Uapi.WGPEER_A_PUBLIC_KEY, peer.publicKey().toBytes());
    int flags = 0;
    if (peer.remove()) {
      flags |= Uapi.WGPEER_F_REMOVE_ME;
    }
    if (peer.updateOnly()) {
      flags |= Uapi.WGPEER_F_UPDATE_ONLY;
    }
    if (peer.replaceAllowedIps() && !peer.remove() && !continued) {
      flags |= Uapi.WGPEER_F_REPLACE_ALLOWEDIPS;
    }
    if (flags != 0) {
      message.u32(Uapi.WGPEER_A_FLAGS, flags);
    }
    if (continued || peer.remove()) {
      return;
    }
    if (!peer.presharedKey().isKeep()) {
      secret(
          Uapi.WGPEER_A_PRESHARED_KEY,
          peer.presharedKey().value().map(PresharedKey::toBytes).orElseGet(DeviceWriter::zeroKey));
    }
    peer.endpoint()
        .value()
        .ifPresent(where -> message.bytes(Uapi.WGPEER_A_ENDPOINT, SocketAddress.encode(where)));
    if (!peer.persistentKeepalive().isKeep()) {
      message.u16(
          Uapi.WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
          peer.persistentKeepalive().value().orElse(0));
    }
  }

  private static int size(int index, List<AllowedIp> added, List<AllowedIp> removed) {
    boolean remove = index >= added.size();
    AllowedIp prefix = remove ? removed.get(index - added.size()) : added.get(index);
    int fixed = ATTRIBUTE_HEADER + U16 + ATTRIBUTE_HEADER + U8 + (remove ? U32 : 0);
    return fixed + prefix.address().bits() / 8;
  }

  private void writeAllowedIp(int index, List<AllowedIp> added, List<AllowedIp> removed) {
    boolean remove = index >= added.size();
    AllowedIp prefix = remove ? removed.get(index - added.size()) : added.get(index);
    int nest = message.openNest(0);
    message.u16(
        Uapi.WGALLOWEDIP_A_FAMILY, prefix.address().isIpv6() ? Uapi.AF_INET6 : Uapi.AF_INET);
    message.bytes(Uapi.WGALLOWEDIP_A_IPADDR, prefix.address().toBytes());
    message.u8(Uapi.WGALLOWEDIP_A_CIDR_MASK, prefix.prefixLength());
    if (remove) {
      message.u32(Uapi.WGALLOWEDIP_A_FLAGS, Uapi.WGALLOWEDIP_F_REMOVE_ME);
    }
    message.closeNest(nest);
  }
}
