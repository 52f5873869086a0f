// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One received attribute: a type and bytes. What the bytes are is known to the reader only, who
 * asks for it; each getter throws {@link MalformedMessageException} when the length does not fit.
 *
 * <p>It is a view of the message it came in, immutable unless that message is {@linkplain
 * NetlinkMessage#wipe() wiped}.
 */
public final class Attribute {
  private final int rawType;
  private final ByteBuffer payload;

  Attribute(int rawType, ByteBuffer payload) {
    this.rawType = rawType;
    this.payload = payload;
  }

  /** The type, 0 to 16383, without its two flags. */
  public int type() {
    return rawType & Netlink.NLA_TYPE_MASK;
  }

  /** Whether the sender marked it as holding attributes; many nests of old protocols are not. */
  public boolean isNested() {
    return (rawType & Netlink.NLA_F_NESTED) != 0;
  }

  /** Whether the sender marked its number as being in network byte order. */
  public boolean isNetworkOrder() {
    return (rawType & Netlink.NLA_F_NET_BYTEORDER) != 0;
  }

  /** Length of the payload in bytes, 0 to 65531. */
  public int length() {
    return payload.remaining();
  }

  /** An unsigned 8-bit number. */
  public int u8() throws MalformedMessageException {
    return of(1).get(payload.position()) & 0xff;
  }

  /** An unsigned 16-bit number in native byte order. */
  public int u16() throws MalformedMessageException {
    return of(2).getShort(payload.position()) & 0xffff;
  }

  /** An unsigned 16-bit number in network byte order. */
  public int u16be() throws MalformedMessageException {
    of(2);
    int first = payload.get(payload.position()) & 0xff;
    return first << 8 | payload.get(payload.position() + 1) & 0xff;
  }

  /** 32 bits in native byte order, as they are. */
  public int s32() throws MalformedMessageException {
    return of(4).getInt(payload.position());
  }

  /** An unsigned 32-bit number in native byte order. */
  public long u32() throws MalformedMessageException {
    return Integer.toUnsignedLong(s32());
  }

  /** An unsigned 32-bit number in network byte order. */
  public long u32be() throws MalformedMessageException {
    int bits = s32();
    return Integer.toUnsignedLong(
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(bits) : bits);
  }

  /** 64 bits in native byte order, as they are. */
  public long u64() throws MalformedMessageException {
    return of(8).getLong(payload.position());
  }

  /** An unsigned number of 1, 2, 4 or 8 bytes in native byte order. */
  public long uint() throws MalformedMessageException {
    return switch (length()) {
      case 1 -> u8();
      case 2 -> u16();
      case 4 -> u32();
      case 8 -> u64();
      default -> throw wrongLength("1, 2, 4 or 8");
    };
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    byte[] copy = new byte[length()];
    payload.get(payload.position(), copy);
    return copy;
  }

  /** A copy of the bytes, of which there must be this many. */
  public byte[] bytes(int length) throws MalformedMessageException {
    of(length);
    return bytes();
  }

  /** The bytes, read-only and in native byte order. */
  public ByteBuffer buffer() {
    return payload.slice().asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /** The text up to the first NUL, or all of it; UTF-8, with bad bytes replaced. */
  public String string() {
    byte[] bytes = bytes();
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  /**
   * An IP address of 4 or 16 bytes. Sixteen bytes are always an {@link Inet6Address}, also when the
   * address is IPv4-mapped.
   */
  public InetAddress address() throws MalformedMessageException {
    if (length() != 4 && length() != 16) {
      throw wrongLength("4 or 16");
    }
    try {
      return length() == 4
          ? InetAddress.getByAddress(bytes())
          : Inet6Address.getByAddress(null, bytes(), -1);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** The attributes inside. */
  public Attributes nested() throws MalformedMessageException {
    return Attributes.parse(payload);
  }

  /** The attributes inside; none when there is something else. */
  Attributes nestedOrEmpty() {
    try {
      return nested();
    } catch (MalformedMessageException e) {
      return Attributes.EMPTY;
    }
  }

  /**
   * The attributes inside, after a structure that comes before them.
   *
   * @param headerLength the structure's length in bytes, before alignment
   */
  public Attributes nested(int headerLength) throws MalformedMessageException {
    if (headerLength < 0 || headerLength > Netlink.MAX_ATTRIBUTE) {
      throw new IllegalArgumentException("no length of a structure: " + headerLength);
    }
    int start = Netlink.align(headerLength);
    if (start > length()) {
      throw wrongLength("at least " + start);
    }
    return Attributes.parse(payload.slice(start, length() - start));
  }

  /** The attributes inside each attribute inside: an array of nests, whose types are ignored. */
  public List<Attributes> array() throws MalformedMessageException {
    List<Attributes> items = new ArrayList<>();
    for (Attribute item : nested()) {
      items.add(item.nested());
    }
    return items;
  }

  @Override
  public String toString() {
    return "attribute " + type() + " (" + length() + " bytes)";
  }

  int rawType() {
    return rawType;
  }

  ByteBuffer payload() {
    return payload;
  }

  private ByteBuffer of(int length) throws MalformedMessageException {
    if (length() != length) {
      throw wrongLength(Integer.toString(length));
    }
    return payload;
  }

  private MalformedMessageException wrongLength(String wanted) {
    return new MalformedMessageException(
        "attribute " + type() + " has " + length() + " bytes instead of " + wanted);
  }
}
