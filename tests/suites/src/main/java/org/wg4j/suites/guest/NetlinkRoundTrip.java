// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites.guest;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.netlink4j.MessageBuilder;
import org.netlink4j.MessageTooLargeException;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkSocket;
import org.netlink4j.generic.GenericFamily;
import org.netlink4j.generic.GenericNetlink;
import org.netlink4j.route.IpFamily;
import org.netlink4j.route.IpPrefix;
import org.netlink4j.route.LinkSpec;
import org.netlink4j.route.RouteNetlink;
import org.netlink4j.transport.Transports;

/**
 * Gives a device many peers with many allowed IPs in as many messages as it takes, reads them back
 * and prints {@code EQUAL} with counts, or what differs.
 *
 * <p>Arguments: the number of peers, and a seed for keys and prefixes.
 */
public final class NetlinkRoundTrip {
  private static final String DEVICE = "wgmany";
  private static final int MOST_PREFIXES = 50;

  private NetlinkRoundTrip() {}

  /**
   * Runs it.
   *
   * @param arguments number of peers, seed
   * @throws Exception if the kernel refuses something
   */
  public static void main(String[] arguments) throws Exception {
    Map<String, DeviceReader.Peer> peers =
        randomPeers(Integer.parseInt(arguments[0]), new Random(Long.parseLong(arguments[1])));
    try (GenericNetlink netlink = GenericNetlink.open();
        RouteNetlink route = RouteNetlink.open()) {
      NetlinkSocket socket = netlink.socket();
      route.addLink(LinkSpec.builder(DEVICE, "wireguard").build());
      try {
        int messages = send(netlink, peers.values());
        DeviceReader.Device read = DeviceReader.read(netlink, DEVICE);
        report(peers, read.peers());
        long prefixes = peers.values().stream().mapToLong(p -> p.allowedIps().size()).sum();
        System.out.println(
            "EQUAL peers="
                + peers.size()
                + " prefixes="
                + prefixes
                + " several messages="
                + (messages > 1)
                + " door="
                + socket.transport().name()
                + " selected="
                + Transports.selected().name());
      } finally {
        route.deleteLink(DEVICE);
      }
    }
  }

  private static Map<String, DeviceReader.Peer> randomPeers(int count, Random random)
      throws UnknownHostException {
    Map<String, DeviceReader.Peer> peers = new LinkedHashMap<>();
    int next = 0;
    for (int i = 0; i < count; i++) {
      byte[] key = new byte[Uapi.KEY_LENGTH];
      byte[] presharedKey = new byte[Uapi.KEY_LENGTH];
      random.nextBytes(key);
      if (random.nextBoolean()) {
        random.nextBytes(presharedKey);
      }
      List<IpPrefix> prefixes = new ArrayList<>();
      for (int n = 1 + random.nextInt(MOST_PREFIXES); n > 0; n--) {
        prefixes.add(prefix(next++, random));
      }
      String hex = DeviceReader.hex(key);
      peers.put(
          hex,
          new DeviceReader.Peer(
              hex, DeviceReader.hex(presharedKey), random.nextInt(65536), prefixes));
    }
    return peers;
  }

  /** Prefixes of many lengths, no two of them equal: the number is in the bits that count. */
  private static IpPrefix prefix(int number, Random random) throws UnknownHostException {
    boolean ipv6 = random.nextBoolean();
    byte[] address = new byte[ipv6 ? 16 : 4];
    int from = ipv6 ? 2 : 0;
    address[0] = (byte) (ipv6 ? 0xfd : 0);
    address[from] = (byte) (number >> 16);
    address[from + 1] = (byte) (number >> 8);
    address[from + 2] = (byte) number;
    int shortest = 8 * (from + 3);
    int length = shortest + random.nextInt(address.length * 8 - shortest + 1);
    return new IpPrefix(InetAddress.getByAddress(address), length);
  }

  private static int send(GenericNetlink netlink, Iterable<DeviceReader.Peer> peers)
      throws NetlinkException {
    GenericFamily family = netlink.family(Uapi.FAMILY);
    int messages = 0;
    MessageBuilder message = begin(netlink, family);
    int list = message.openNest(Uapi.DEVICE_PEERS);
    for (DeviceReader.Peer peer : peers) {
      MessageBuilder.Mark mark = message.mark();
      try {
        add(message, peer);
      } catch (MessageTooLargeException e) {
        message.rollback(mark);
        message.closeNest(list);
        netlink.request(message);
        ++messages;
        message = begin(netlink, family);
        list = message.openNest(Uapi.DEVICE_PEERS);
        add(message, peer);
      }
    }
    message.closeNest(list);
    netlink.request(message);
    return messages + 1;
  }

  private static MessageBuilder begin(GenericNetlink netlink, GenericFamily family) {
    return netlink.message(family, Uapi.SET_DEVICE).string(Uapi.DEVICE_IFNAME, DEVICE);
  }

  private static void add(MessageBuilder message, DeviceReader.Peer peer) {
    message.nest(
        0,
        item ->
            item.bytes(Uapi.PEER_PUBLIC_KEY, parse(peer.publicKey()))
                .bytes(Uapi.PEER_PRESHARED_KEY, parse(peer.presharedKey()))
                .u16(Uapi.PEER_KEEPALIVE, peer.keepalive())
                .u32(Uapi.PEER_FLAGS, Uapi.PEER_REPLACE_ALLOWED_IPS)
                .nest(
                    Uapi.PEER_ALLOWED_IPS,
                    ips ->
                        peer.allowedIps().forEach(prefix -> ips.nest(0, ip -> add(ip, prefix)))));
  }

  private static void add(MessageBuilder item, IpPrefix prefix) {
    boolean ipv4 = IpFamily.of(prefix.address()) == IpFamily.IPV4;
    item.u16(Uapi.ALLOWED_IP_FAMILY, ipv4 ? Uapi.AF_INET : Uapi.AF_INET6)
        .address(Uapi.ALLOWED_IP_ADDRESS, prefix.address())
        .u8(Uapi.ALLOWED_IP_MASK, prefix.length());
  }

  private static byte[] parse(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static void report(
      Map<String, DeviceReader.Peer> sent, Map<String, DeviceReader.Peer> read) {
    if (!List.copyOf(sent.keySet()).equals(List.copyOf(read.keySet()))) {
      throw new IllegalStateException(
          "sent " + sent.size() + " peers, read " + read.size() + ", or in another order");
    }
    sent.forEach(
        (key, peer) -> {
          DeviceReader.Peer other = read.get(key);
          if (!peer.equals(other)) {
            throw new IllegalStateException("sent " + peer + "\nread " + other);
          }
        });
  }
}
