// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites.guest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.netlink4j.Attribute;
import org.netlink4j.Attributes;
import org.netlink4j.DumpReader;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.generic.GenericMessage;
import org.netlink4j.generic.GenericNetlink;
import org.netlink4j.route.IpPrefix;

/** Puts the messages of a dump together to a device, by the rules of the UAPI. */
final class DeviceReader implements DumpReader<DeviceReader.Device> {

  /** One peer as read: its prefixes in the kernel's order. */
  record Peer(String publicKey, String presharedKey, int keepalive, List<IpPrefix> allowedIps) {}

  /** A device as read: its peers by public key in hexadecimal, in the kernel's order. */
  record Device(int listenPort, long fwmark, String privateKey, Map<String, Peer> peers) {}

  private final Map<String, Peer> peers = new LinkedHashMap<>();
  private Attributes device;

  static Device read(GenericNetlink netlink, String name) throws NetlinkException {
    return netlink.dump(
        netlink
            .message(netlink.family(Uapi.FAMILY), Uapi.GET_DEVICE)
            .string(Uapi.DEVICE_IFNAME, name),
        DeviceReader::new);
  }

  @Override
  public void accept(NetlinkMessage message) throws NetlinkException {
    Attributes attributes = GenericMessage.of(message).attributes();
    if (device == null) {
      device = attributes;
    }
    var list = attributes.find(Uapi.DEVICE_PEERS);
    if (list.isPresent()) {
      for (Attributes item : list.get().array()) {
        addPeer(item);
      }
    }
  }

  private void addPeer(Attributes item) throws NetlinkException {
    String key = hex(item.find(Uapi.PEER_PUBLIC_KEY).orElseThrow().bytes());
    Peer known = peers.get(key);
    if (known == null) {
      known =
          new Peer(
              key,
              hex(item.find(Uapi.PEER_PRESHARED_KEY).orElseThrow().bytes()),
              item.find(Uapi.PEER_KEEPALIVE).orElseThrow().u16(),
              new ArrayList<>());
      peers.put(key, known);
    }
    var list = item.find(Uapi.PEER_ALLOWED_IPS);
    if (list.isPresent()) {
      for (Attributes prefix : list.get().array()) {
        Attribute address = prefix.find(Uapi.ALLOWED_IP_ADDRESS).orElseThrow();
        int length = prefix.find(Uapi.ALLOWED_IP_MASK).orElseThrow().u8();
        known.allowedIps().add(new IpPrefix(address.address(), length));
      }
    }
  }

  @Override
  public Device finish() throws NetlinkException {
    var key = device.find(Uapi.DEVICE_PRIVATE_KEY);
    return new Device(
        device.find(Uapi.DEVICE_LISTEN_PORT).orElseThrow().u16(),
        device.find(Uapi.DEVICE_FWMARK).orElseThrow().u32(),
        key.isPresent() ? hex(key.get().bytes()) : "none",
        peers);
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** A key all of whose bytes are one value, so that a person can tell them apart. */
  static byte[] key(int value) {
    byte[] key = new byte[Uapi.KEY_LENGTH];
    Arrays.fill(key, (byte) value);
    return key;
  }
}
