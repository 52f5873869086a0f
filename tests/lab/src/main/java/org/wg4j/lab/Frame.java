// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * An Ethernet frame as a port sent it.
 *
 * @param from the name of the port that sent it
 * @param bytes the frame, from the destination address on, without checksum
 */
public record Frame(String from, byte[] bytes) {
  private static final int ETHERNET_LENGTH = 14;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int PROTOCOL_UDP = 17;
  private static final int UDP_LENGTH = 8;

  /** Copies the bytes. */
  public Frame {
    bytes = bytes.clone();
  }

  /** A UDP datagram found in a frame. */
  public record Udp(
      InetAddress source,
      int sourcePort,
      InetAddress destination,
      int destinationPort,
      byte[] payload) {
    /** Copies the payload. */
    public Udp {
      payload = payload.clone();
    }

    /** A copy of the payload. */
    @Override
    public byte[] payload() {
      return payload.clone();
    }
  }

  /** A copy of the frame. */
  @Override
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Its EtherType, or -1 if it is too short to have one. */
  public int etherType() {
    return bytes.length < ETHERNET_LENGTH ? -1 : u16(12);
  }

  /** The payload of the UDP datagram it carries, if {@link #udp()} finds one. */
  public Optional<byte[]> udpPayload() {
    return udp().map(Udp::payload);
  }

  /** The UDP datagram it carries, over IPv4 or IPv6, whole (no fragments, no IPv6 options). */
  public Optional<Udp> udp() {
    return switch (etherType()) {
      case ETHERTYPE_IPV4 -> udp4();
      case ETHERTYPE_IPV6 -> udp6();
      default -> Optional.empty();
    };
  }

  private Optional<Udp> udp4() {
    int ip = ETHERNET_LENGTH;
    if (bytes.length < ip + 20 || (bytes[ip] & 0xf0) != 0x40) {
      return Optional.empty();
    }
    int headerLength = (bytes[ip] & 0x0f) * 4;
    // All but "don't fragment" must be clear: a fragment is not a datagram.
    boolean whole = (u16(ip + 6) & 0xbfff) == 0;
    if (headerLength < 20 || !whole || (bytes[ip + 9] & 0xff) != PROTOCOL_UDP) {
      return Optional.empty();
    }
    return udpAt(ip + headerLength, ip + 12, 4);
  }

  private Optional<Udp> udp6() {
    int ip = ETHERNET_LENGTH;
    if (bytes.length < ip + 40 || (bytes[ip] & 0xf0) != 0x60 || bytes[ip + 6] != PROTOCOL_UDP) {
      return Optional.empty();
    }
    return udpAt(ip + 40, ip + 8, 16);
  }

  private Optional<Udp> udpAt(int udp, int addresses, int addressLength) {
    if (bytes.length < udp + UDP_LENGTH) {
      return Optional.empty();
    }
    int length = u16(udp + 4);
    if (length < UDP_LENGTH || udp + length > bytes.length) {
      return Optional.empty();
    }
    return Optional.of(
        new Udp(
            address(addresses, addressLength),
            u16(udp),
            address(addresses + addressLength, addressLength),
            u16(udp + 2),
            Arrays.copyOfRange(bytes, udp + UDP_LENGTH, udp + length)));
  }

  private InetAddress address(int at, int length) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + length));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private int u16(int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Frame frame
        && from.equals(frame.from)
        && Arrays.equals(bytes, frame.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * from.hashCode() + Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "Frame[from " + from + ", " + HexFormat.of().formatHex(bytes) + "]";
  }
}
