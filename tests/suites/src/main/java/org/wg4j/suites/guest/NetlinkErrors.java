// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites.guest;

import static org.wg4j.suites.guest.DeviceReader.key;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.MessageBuilder;
import org.netlink4j.NetlinkException;
import org.netlink4j.generic.GenericFamily;
import org.netlink4j.generic.GenericNetlink;
import org.netlink4j.route.LinkSpec;
import org.netlink4j.route.RouteNetlink;

/**
 * Sends good and bad raw messages to the kernel, each at a new device, and prints one line for
 * each: the attempt's name, the error or OK, the extended text, and what the device holds after it.
 *
 * <p>With the argument {@code unprivileged} it tries only what needs no device of its own.
 */
public final class NetlinkErrors {
  private static final String DEVICE = "wgt";
  private static final String BUSY = "wgbusy";
  private static final int BUSY_PORT = 45678;

  /** Something to be tried. */
  @FunctionalInterface
  private interface Attempt {
    void run() throws NetlinkException;
  }

  private final Map<String, Attempt> attempts = new LinkedHashMap<>();
  private final GenericNetlink netlink;
  private final RouteNetlink route;
  private final GenericFamily family;

  private NetlinkErrors(GenericNetlink netlink, RouteNetlink route) throws NetlinkException {
    this.netlink = netlink;
    this.route = route;
    this.family = netlink.family(Uapi.FAMILY);
  }

  /**
   * Runs all attempts.
   *
   * @param arguments none, or {@code unprivileged}
   * @throws NetlinkException if the scene cannot be set
   */
  public static void main(String[] arguments) throws NetlinkException {
    try (GenericNetlink netlink = GenericNetlink.open();
        RouteNetlink route = RouteNetlink.open()) {
      NetlinkErrors errors = new NetlinkErrors(netlink, route);
      if (arguments.length > 0 && arguments[0].equals("unprivileged")) {
        errors.tryUnprivileged();
      } else {
        errors.tryAll();
      }
    }
  }

  private void tryUnprivileged() {
    print("get", attempt(() -> DeviceReader.read(netlink, DEVICE)), "");
    print("set", attempt(() -> set(m -> m.u32(Uapi.DEVICE_FWMARK, 1))), "");
  }

  private void tryAll() throws NetlinkException {
    requests();
    deviceAttributes();
    peers();
    allowedIps();
    accepted();
    ports();
    partial();
    for (Map.Entry<String, Attempt> attempt : attempts.entrySet()) {
      route.addLink(LinkSpec.builder(DEVICE, "wireguard").build());
      String result = attempt(attempt.getValue());
      print(attempt.getKey(), result, state());
      route.deleteLink(DEVICE);
    }
  }

  private static void print(String name, String result, String state) {
    System.out.println(name + "\t" + result + "\t" + state);
  }

  private static String attempt(Attempt attempt) {
    try {
      attempt.run();
      return "OK\t";
    } catch (NetlinkException e) {
      return Errno.nameOf(e.errno()) + "\t" + e.extAck().flatMap(ExtAck::message).orElse("");
    }
  }

  /** The device in short: keys by their first byte, prefixes by their number. */
  private String state() throws NetlinkException {
    DeviceReader.Device device = DeviceReader.read(netlink, DEVICE);
    String peers =
        device.peers().values().stream()
            .map(
                peer ->
                    peer.publicKey().substring(0, 2)
                        + ":"
                        + peer.presharedKey().substring(0, 2)
                        + ":"
                        + peer.keepalive()
                        + ":"
                        + peer.allowedIps())
            .collect(Collectors.joining(" "));
    return "port="
        + device.listenPort()
        + " mark="
        + device.fwmark()
        + " key="
        + (device.privateKey().equals("none") ? "no" : "yes")
        + " peers="
        + peers;
  }

  private void set(Consumer<MessageBuilder> content) throws NetlinkException {
    MessageBuilder message =
        netlink.message(family, Uapi.SET_DEVICE).string(Uapi.DEVICE_IFNAME, DEVICE);
    content.accept(message);
    netlink.request(message);
  }

  private void bad(String name, Consumer<MessageBuilder> content) {
    attempts.put(name, () -> set(content));
  }

  private void badPeer(String name, Consumer<MessageBuilder> content) {
    bad(name, message -> message.nest(Uapi.DEVICE_PEERS, list -> list.nest(0, content)));
  }

  private void badAllowedIp(String name, Consumer<MessageBuilder> content) {
    badPeer(
        name,
        peer ->
            peer.bytes(Uapi.PEER_PUBLIC_KEY, key(1))
                .nest(Uapi.PEER_ALLOWED_IPS, list -> list.nest(0, content)));
  }

  private MessageBuilder raw(int command, int version, int reserved, byte[] attributes) {
    MessageBuilder message =
        MessageBuilder.of(family.id(), 0)
            .describe("raw")
            .header8(command)
            .header8(version)
            .header16(reserved);
    for (byte octet : attributes) {
      message.header8(octet & 0xff);
    }
    return message;
  }

  /** One attribute, padded, with any bytes: what a builder would refuse to build. */
  private static byte[] attribute(int type, byte[] value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(
        ByteBuffer.allocate(4)
            .order(ByteOrder.nativeOrder())
            .putShort((short) (value.length + 4))
            .putShort((short) type)
            .array());
    bytes.writeBytes(value);
    bytes.writeBytes(new byte[-value.length & 3]);
    return bytes.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  private static byte[] name() {
    return attribute(Uapi.DEVICE_IFNAME, (DEVICE + "\0").getBytes());
  }

  private void requests() {
    attempts.put(
        "get that is no dump",
        () ->
            netlink.request(
                netlink.message(family, Uapi.GET_DEVICE).string(Uapi.DEVICE_IFNAME, DEVICE)));
    attempts.put(
        "set that is a dump",
        () ->
            netlink.dump(
                netlink.message(family, Uapi.SET_DEVICE).string(Uapi.DEVICE_IFNAME, DEVICE)));
    attempts.put(
        "unknown command",
        () -> netlink.request(netlink.message(family, 2).string(Uapi.DEVICE_IFNAME, DEVICE)));
    for (int command : new int[] {Uapi.GET_DEVICE, Uapi.SET_DEVICE}) {
      String verb = command == Uapi.GET_DEVICE ? "get" : "set";
      select(verb + " without selector", command, m -> {});
      select(
          verb + " with both selectors",
          command,
          m -> m.u32(Uapi.DEVICE_IFINDEX, 1).string(Uapi.DEVICE_IFNAME, DEVICE));
      select(verb + " of absent name", command, m -> m.string(Uapi.DEVICE_IFNAME, "absent"));
      select(verb + " of absent index", command, m -> m.u32(Uapi.DEVICE_IFINDEX, 99999));
      select(verb + " of another kind", command, m -> m.string(Uapi.DEVICE_IFNAME, "lo"));
      select(
          verb + " of name without NUL",
          command,
          m -> m.bytes(Uapi.DEVICE_IFNAME, "0123456789abcdef".getBytes()));
      select(
          verb + " of long name", command, m -> m.string(Uapi.DEVICE_IFNAME, "0123456789abcdef"));
    }
    attempts.put(
        "trailing bytes",
        () -> netlink.request(raw(Uapi.SET_DEVICE, 1, 0, concat(name(), new byte[] {1, 2}))));
    attempts.put(
        "reserved field and version are not looked at",
        () -> netlink.request(raw(Uapi.SET_DEVICE, 77, 0x1234, name())));
  }

  private void select(String name, int command, Consumer<MessageBuilder> selector) {
    attempts.put(
        name,
        () -> {
          MessageBuilder message = netlink.message(family, command);
          selector.accept(message);
          if (command == Uapi.GET_DEVICE) {
            netlink.dump(message);
          } else {
            netlink.request(message);
          }
        });
  }

  private void deviceAttributes() {
    bad("unknown device attribute", m -> m.u32(9, 1));
    bad("device attribute of type 0", m -> m.u32(0, 1));
    bad("private key too short", m -> m.bytes(Uapi.DEVICE_PRIVATE_KEY, new byte[31]));
    bad("private key too long", m -> m.bytes(Uapi.DEVICE_PRIVATE_KEY, new byte[33]));
    bad("public key too long", m -> m.bytes(Uapi.DEVICE_PUBLIC_KEY, new byte[33]));
    bad("port of four bytes", m -> m.u32(Uapi.DEVICE_LISTEN_PORT, 1));
    bad("mark of two bytes", m -> m.u16(Uapi.DEVICE_FWMARK, 1));
    bad("device flags of eight bytes", m -> m.u64(Uapi.DEVICE_FLAGS, 1));
    bad("unknown device flag", m -> m.u32(Uapi.DEVICE_FLAGS, 2));
    bad(
        "peers not marked as nested",
        m ->
            m.bytes(Uapi.DEVICE_PEERS, attribute(0x8000, attribute(Uapi.PEER_PUBLIC_KEY, key(1)))));
  }

  private void peers() {
    bad(
        "peer not marked as nested",
        m ->
            m.nest(
                Uapi.DEVICE_PEERS, list -> list.bytes(0, attribute(Uapi.PEER_PUBLIC_KEY, key(1)))));
    badPeer("peer without key", p -> p.u16(Uapi.PEER_KEEPALIVE, 1));
    badPeer("peer key too short", p -> p.bytes(Uapi.PEER_PUBLIC_KEY, new byte[31]));
    badPeer("peer key too long", p -> p.bytes(Uapi.PEER_PUBLIC_KEY, new byte[33]));
    badPeer(
        "pre-shared key too long",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).bytes(Uapi.PEER_PRESHARED_KEY, new byte[33]));
    badPeer(
        "endpoint too short",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).bytes(Uapi.PEER_ENDPOINT, new byte[15]));
    badPeer(
        "keepalive of one byte",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).u8(Uapi.PEER_KEEPALIVE, 1));
    badPeer(
        "handshake time of eight bytes",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).u64(Uapi.PEER_LAST_HANDSHAKE, 1));
    badPeer(
        "unknown peer flag", p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).u32(Uapi.PEER_FLAGS, 8));
    badPeer("unknown peer attribute", p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).u32(11, 1));
    badPeer("peer attribute of type 0", p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).u32(0, 1));
    badPeer(
        "protocol version 2",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).u32(Uapi.PEER_PROTOCOL_VERSION, 2));
    badPeer(
        "allowed IPs not marked as nested",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).bytes(Uapi.PEER_ALLOWED_IPS, new byte[8]));
  }

  private static Consumer<MessageBuilder> prefix(int family, byte[] address, int length) {
    return item ->
        item.u16(Uapi.ALLOWED_IP_FAMILY, family)
            .bytes(Uapi.ALLOWED_IP_ADDRESS, address)
            .u8(Uapi.ALLOWED_IP_MASK, length);
  }

  private void allowedIps() {
    byte[] ipv4 = {10, 1, 2, 3};
    badAllowedIp(
        "allowed IP without family",
        i -> i.bytes(Uapi.ALLOWED_IP_ADDRESS, ipv4).u8(Uapi.ALLOWED_IP_MASK, 8));
    badAllowedIp(
        "allowed IP without address",
        i -> i.u16(Uapi.ALLOWED_IP_FAMILY, Uapi.AF_INET).u8(Uapi.ALLOWED_IP_MASK, 8));
    badAllowedIp(
        "allowed IP without mask",
        i -> i.u16(Uapi.ALLOWED_IP_FAMILY, Uapi.AF_INET).bytes(Uapi.ALLOWED_IP_ADDRESS, ipv4));
    badAllowedIp("allowed IPv4 mask too long", prefix(Uapi.AF_INET, ipv4, 33));
    badAllowedIp("allowed IPv6 mask too long", prefix(Uapi.AF_INET6, new byte[16], 129));
    badAllowedIp("allowed IPv4 of 16 bytes", prefix(Uapi.AF_INET, new byte[16], 8));
    badAllowedIp("allowed IPv6 of 4 bytes", prefix(Uapi.AF_INET6, ipv4, 8));
    badAllowedIp("allowed IP of 3 bytes", prefix(Uapi.AF_INET, new byte[3], 8));
    badAllowedIp("allowed IP of unknown family", prefix(7, ipv4, 8));
    badAllowedIp(
        "allowed IP flag to remove",
        prefix(Uapi.AF_INET, ipv4, 8).andThen(i -> i.u32(Uapi.ALLOWED_IP_FLAGS, 1)));
    badAllowedIp(
        "allowed IP flag unknown",
        prefix(Uapi.AF_INET, ipv4, 8).andThen(i -> i.u32(Uapi.ALLOWED_IP_FLAGS, 2)));
    badAllowedIp("allowed IP with host bits", prefix(Uapi.AF_INET, ipv4, 8));
  }

  private void accepted() {
    badPeer(
        "removing an absent peer",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).u32(Uapi.PEER_FLAGS, Uapi.PEER_REMOVE_ME));
    badPeer(
        "updating an absent peer",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).u32(Uapi.PEER_FLAGS, Uapi.PEER_UPDATE_ONLY));
    badPeer("peer with the zero key", p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(0)));
    badPeer(
        "endpoint of 20 bytes is ignored",
        p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)).bytes(Uapi.PEER_ENDPOINT, new byte[20]));
    badPeer(
        "endpoint of unknown family is ignored",
        p ->
            p.bytes(Uapi.PEER_PUBLIC_KEY, key(1))
                .bytes(
                    Uapi.PEER_ENDPOINT,
                    new byte[] {99, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0}));
    badPeer(
        "what only the kernel knows is ignored",
        p ->
            p.bytes(Uapi.PEER_PUBLIC_KEY, key(1))
                .bytes(Uapi.PEER_LAST_HANDSHAKE, new byte[16])
                .u64(Uapi.PEER_RX_BYTES, 5)
                .u64(Uapi.PEER_TX_BYTES, 5)
                .u32(Uapi.PEER_PROTOCOL_VERSION, 1));
    bad("public key is ignored", m -> m.bytes(Uapi.DEVICE_PUBLIC_KEY, key(3)));
    bad(
        "items of any type",
        m ->
            m.nest(
                Uapi.DEVICE_PEERS,
                list ->
                    list.nest(123, p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)))
                        .nest(7, p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(2)))));
    bad(
        "the last of two equal attributes counts",
        m -> m.u32(Uapi.DEVICE_FWMARK, 1).u32(Uapi.DEVICE_FWMARK, 2));
    attempts.put("peer with the device's own key", this::addOwnKey);
    bad("zero private key", m -> m.bytes(Uapi.DEVICE_PRIVATE_KEY, key(0)));
    attempts.put(
        "private key of a known peer removes that peer",
        () -> {
          set(
              m ->
                  m.nest(
                      Uapi.DEVICE_PEERS,
                      list ->
                          list.nest(0, p -> p.bytes(Uapi.PEER_PUBLIC_KEY, OWN_PUBLIC))
                              .nest(0, p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)))));
          set(m -> m.bytes(Uapi.DEVICE_PRIVATE_KEY, OWN_PRIVATE));
        });
    attempts.put(
        "a prefix moves to the peer that got it last",
        () -> {
          byte[] ipv4 = {10, 0, 0, 0};
          for (int peer = 1; peer <= 2; peer++) {
            byte[] key = key(peer);
            set(
                m ->
                    m.nest(
                        Uapi.DEVICE_PEERS,
                        list ->
                            list.nest(
                                0,
                                p ->
                                    p.bytes(Uapi.PEER_PUBLIC_KEY, key)
                                        .nest(
                                            Uapi.PEER_ALLOWED_IPS,
                                            ips -> ips.nest(0, prefix(Uapi.AF_INET, ipv4, 8))))));
          }
        });
  }

  /** Any private key, clamped, and the public key that stock wg makes of it. */
  private static final byte[] OWN_PRIVATE =
      bytes("70076d0a7318a57d3c16c17251b26645df4c2f92ebc0992ac177fba51db92c6a");

  private static final byte[] OWN_PUBLIC =
      bytes("f8a9535a2d2ff605e8e144d54f4ef5c62313a2055dbb21fddd3fd9c299eb015d");

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private void addOwnKey() throws NetlinkException {
    set(m -> m.bytes(Uapi.DEVICE_PRIVATE_KEY, OWN_PRIVATE));
    set(
        m ->
            m.nest(
                Uapi.DEVICE_PEERS,
                list -> list.nest(0, p -> p.bytes(Uapi.PEER_PUBLIC_KEY, OWN_PUBLIC))));
  }

  private void ports() {
    attempts.put(
        "port in use, device up",
        () -> {
          route.addLink(LinkSpec.builder(BUSY, "wireguard").build());
          try {
            setPort(BUSY, BUSY_PORT);
            route.setUp(BUSY);
            setPort(DEVICE, BUSY_PORT - 1);
            route.setUp(DEVICE);
            setPort(DEVICE, BUSY_PORT);
          } finally {
            route.deleteLink(BUSY);
          }
        });
    attempts.put(
        "port in use, device down: set",
        () -> {
          route.addLink(LinkSpec.builder(BUSY, "wireguard").build());
          try {
            setPort(BUSY, BUSY_PORT);
            route.setUp(BUSY);
            setPort(DEVICE, BUSY_PORT);
          } finally {
            route.deleteLink(BUSY);
          }
        });
    attempts.put(
        "port in use, device down: up",
        () -> {
          route.addLink(LinkSpec.builder(BUSY, "wireguard").build());
          try {
            setPort(BUSY, BUSY_PORT);
            route.setUp(BUSY);
            setPort(DEVICE, BUSY_PORT);
            route.setUp(DEVICE);
          } finally {
            route.deleteLink(BUSY);
          }
        });
  }

  private void setPort(String device, int port) throws NetlinkException {
    netlink.request(
        netlink
            .message(family, Uapi.SET_DEVICE)
            .string(Uapi.DEVICE_IFNAME, device)
            .u16(Uapi.DEVICE_LISTEN_PORT, port));
  }

  /** Messages whose first part is good and whose last is not. */
  private void partial() {
    bad(
        "good peer, then one with an unknown flag",
        m ->
            m.u32(Uapi.DEVICE_FWMARK, 5)
                .nest(
                    Uapi.DEVICE_PEERS,
                    list ->
                        list.nest(0, p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)))
                            .nest(
                                0,
                                p ->
                                    p.bytes(Uapi.PEER_PUBLIC_KEY, key(2))
                                        .u32(Uapi.PEER_FLAGS, 8))));
    bad(
        "good peer, then one without key",
        m ->
            m.u16(Uapi.DEVICE_LISTEN_PORT, 7)
                .nest(
                    Uapi.DEVICE_PEERS,
                    list ->
                        list.nest(0, p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)))
                            .nest(0, p -> p.u16(Uapi.PEER_KEEPALIVE, 9))));
    bad(
        "good prefix, then one with a mask too long",
        m ->
            m.bytes(Uapi.DEVICE_PRIVATE_KEY, OWN_PRIVATE)
                .nest(
                    Uapi.DEVICE_PEERS,
                    list ->
                        list.nest(
                            0,
                            p ->
                                p.bytes(Uapi.PEER_PUBLIC_KEY, key(1))
                                    .nest(
                                        Uapi.PEER_ALLOWED_IPS,
                                        ips ->
                                            ips.nest(
                                                    0,
                                                    prefix(
                                                        Uapi.AF_INET, new byte[] {10, 0, 0, 0}, 8))
                                                .nest(
                                                    0,
                                                    prefix(
                                                        Uapi.AF_INET,
                                                        new byte[] {11, 0, 0, 0},
                                                        33))))));
    attempts.put(
        "replacing peers by a bad one",
        () -> {
          set(
              m ->
                  m.nest(
                      Uapi.DEVICE_PEERS,
                      list -> list.nest(0, p -> p.bytes(Uapi.PEER_PUBLIC_KEY, key(1)))));
          set(
              m ->
                  m.u32(Uapi.DEVICE_FLAGS, Uapi.DEVICE_REPLACE_PEERS)
                      .nest(
                          Uapi.DEVICE_PEERS,
                          list ->
                              list.nest(
                                  0,
                                  p ->
                                      p.bytes(Uapi.PEER_PUBLIC_KEY, key(2))
                                          .u32(Uapi.PEER_PROTOCOL_VERSION, 3))));
        });
  }
}
