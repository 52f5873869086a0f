// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.inner;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * An IPv4 or IPv6 packet as a tunnel carries it, made and read without the kernel's help.
 *
 * @param source source address
 * @param destination destination address, of the same family
 * @param protocol the IP protocol number of the payload
 * @param payload what follows the IP header; not copied
 */
public record InnerPacket(
    InetAddress source, InetAddress destination, int protocol, byte[] payload) {
  /** ICMP for IPv4. */
  public static final int ICMP = 1;

  /** UDP. */
  public static final int UDP = 17;

  /** ICMP for IPv6. */
  public static final int ICMPV6 = 58;

  private static final int HEADER4 = 20;
  private static final int HEADER6 = 40;

  /** Checks that the families agree. */
  public InnerPacket {
    if (source.getAddress().length != destination.getAddress().length) {
      throw new IllegalArgumentException("addresses of two families");
    }
  }

  /**
   * @param source source address
   * @param destination destination address
   * @param identifier 0 to 65535
   * @param sequence 0 to 65535
   * @param data what the other side shall send back
   * @return an ICMP or ICMPv6 echo request
   */
  public static InnerPacket echoRequest(
      InetAddress source, InetAddress destination, int identifier, int sequence, byte[] data) {
    boolean six = source.getAddress().length == 16;
    return echo(source, destination, six ? 128 : 8, identifier, sequence, data);
  }

  /**
   * @param source source address
   * @param destination destination address
   * @param identifier 0 to 65535
   * @param sequence 0 to 65535
   * @param data payload
   * @return an echo reply; unasked for, it is a packet that no host answers
   */
  public static InnerPacket echoReply(
      InetAddress source, InetAddress destination, int identifier, int sequence, byte[] data) {
    boolean six = source.getAddress().length == 16;
    return echo(source, destination, six ? 129 : 0, identifier, sequence, data);
  }

  private static InnerPacket echo(
      InetAddress source,
      InetAddress destination,
      int type,
      int identifier,
      int sequence,
      byte[] data) {
    ByteBuffer icmp = ByteBuffer.allocate(8 + data.length);
    icmp.put((byte) type).put((byte) 0).putShort((short) 0);
    icmp.putShort((short) identifier).putShort((short) sequence).put(data);
    boolean six = source.getAddress().length == 16;
    InnerPacket packet = new InnerPacket(source, destination, six ? ICMPV6 : ICMP, icmp.array());
    long sum = six ? packet.pseudoHeader() : 0;
    icmp.putShort(2, (short) checksum(sum, icmp.array()));
    return packet;
  }

  /**
   * @param source source address
   * @param sourcePort source port
   * @param destination destination address
   * @param destinationPort destination port
   * @param data payload
   * @return a UDP packet
   */
  public static InnerPacket udp(
      InetAddress source,
      int sourcePort,
      InetAddress destination,
      int destinationPort,
      byte[] data) {
    ByteBuffer udp = ByteBuffer.allocate(8 + data.length);
    udp.putShort((short) sourcePort).putShort((short) destinationPort);
    udp.putShort((short) (8 + data.length)).putShort((short) 0).put(data);
    InnerPacket packet = new InnerPacket(source, destination, UDP, udp.array());
    int sum = checksum(packet.pseudoHeader(), udp.array());
    // Zero would mean "none"; its ones' complement twin is sent instead.
    udp.putShort(6, (short) (sum == 0 ? 0xffff : sum));
    return packet;
  }

  /**
   * @return the answer to this echo request, or nothing if it is not one
   */
  public Optional<InnerPacket> answer() {
    if (!isEchoRequest()) {
      return Optional.empty();
    }
    byte[] data = Arrays.copyOfRange(payload, 8, payload.length);
    return Optional.of(echoReply(destination, source, echoIdentifier(), echoSequence(), data));
  }

  /**
   * @return whether this is an ICMP or ICMPv6 echo request
   */
  public boolean isEchoRequest() {
    return isEcho(8, 128);
  }

  /**
   * @return whether this is an ICMP or ICMPv6 echo reply
   */
  public boolean isEchoReply() {
    return isEcho(0, 129);
  }

  private boolean isEcho(int type4, int type6) {
    if (payload.length < 8 || payload[1] != 0) {
      return false;
    }
    int type = payload[0] & 0xff;
    return protocol == ICMP && type == type4 || protocol == ICMPV6 && type == type6;
  }

  /**
   * @return an echo packet's identifier
   */
  public int echoIdentifier() {
    return ByteBuffer.wrap(payload).getShort(4) & 0xffff;
  }

  /**
   * @return an echo packet's sequence number
   */
  public int echoSequence() {
    return ByteBuffer.wrap(payload).getShort(6) & 0xffff;
  }

  /**
   * @return an echo packet's data
   */
  public byte[] echoData() {
    return Arrays.copyOfRange(payload, 8, payload.length);
  }

  /**
   * @return the length of {@link #encode()}, in bytes
   */
  public int length() {
    return payload.length + (source.getAddress().length == 16 ? HEADER6 : HEADER4);
  }

  /**
   * @return the packet's bytes
   */
  public byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(length());
    if (source.getAddress().length == 16) {
      out.putInt(6 << 28).putShort((short) payload.length);
      out.put((byte) protocol).put((byte) 64);
      out.put(source.getAddress()).put(destination.getAddress());
    } else {
      out.put((byte) 0x45).put((byte) 0).putShort((short) length()).putInt(0);
      out.put((byte) 64).put((byte) protocol).putShort((short) 0);
      out.put(source.getAddress()).put(destination.getAddress());
      out.putShort(10, (short) checksum(0, Arrays.copyOf(out.array(), HEADER4)));
    }
    return out.put(payload).array();
  }

  /**
   * Reads a packet and checks its lengths and checksums; bytes after its end are ignored, because
   * the tunnel pads.
   *
   * @param bytes a tunnel's plaintext
   * @return the packet
   * @throws IllegalArgumentException if it is not a whole, correct packet
   */
  public static InnerPacket decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int version = bytes.length == 0 ? 0 : bytes[0] >> 4 & 0xf;
    InnerPacket packet =
        switch (version) {
          case 4 -> decode4(in);
          case 6 -> decode6(in);
          default -> throw new IllegalArgumentException("not an IP packet");
        };
    packet.checkPayload();
    return packet;
  }

  private static InnerPacket decode4(ByteBuffer in) {
    require(in.capacity() >= HEADER4, "IPv4 header cut off");
    int header = (in.get(0) & 0xf) * 4;
    int total = in.getShort(2) & 0xffff;
    require(header >= HEADER4 && total >= header && total <= in.capacity(), "IPv4 lengths");
    byte[] all = in.array();
    require(checksum(0, Arrays.copyOf(all, header)) == 0, "IPv4 header checksum");
    return new InnerPacket(
        address(Arrays.copyOfRange(all, 12, 16)),
        address(Arrays.copyOfRange(all, 16, 20)),
        in.get(9) & 0xff,
        Arrays.copyOfRange(all, header, total));
  }

  private static InnerPacket decode6(ByteBuffer in) {
    require(in.capacity() >= HEADER6, "IPv6 header cut off");
    int length = in.getShort(4) & 0xffff;
    require(HEADER6 + length <= in.capacity(), "IPv6 length");
    byte[] all = in.array();
    return new InnerPacket(
        address(Arrays.copyOfRange(all, 8, 24)),
        address(Arrays.copyOfRange(all, 24, 40)),
        in.get(6) & 0xff,
        Arrays.copyOfRange(all, HEADER6, HEADER6 + length));
  }

  private void checkPayload() {
    switch (protocol) {
      case ICMP -> require(checksum(0, payload) == 0, "ICMP checksum");
      case ICMPV6 -> require(checksum(pseudoHeader(), payload) == 0, "ICMPv6 checksum");
      case UDP -> {
        require(payload.length >= 8, "UDP header cut off");
        boolean none = payload[6] == 0 && payload[7] == 0;
        require(none || checksum(pseudoHeader(), payload) == 0, "UDP checksum");
      }
      default -> {
        // Other protocols are carried, not judged.
      }
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("inner packet: " + what);
    }
  }

  /** An IPv4-mapped IPv6 address becomes an IPv4 one here, which no test uses. */
  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private long pseudoHeader() {
    return sum(source.getAddress()) + sum(destination.getAddress()) + protocol + payload.length;
  }

  private static int checksum(long start, byte[] bytes) {
    long sum = start + sum(bytes);
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (int) ~sum & 0xffff;
  }

  private static long sum(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      sum += (long) (bytes[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
    }
    return sum;
  }
}
