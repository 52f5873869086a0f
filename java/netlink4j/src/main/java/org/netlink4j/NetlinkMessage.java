// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One received message. Immutable, unless it is {@linkplain #wipe() wiped}; its attributes are
 * views of it.
 */
public final class NetlinkMessage {
  private final int type;
  private final int flags;
  private final int sequence;
  private final int portId;
  private final ByteBuffer payload;

  private NetlinkMessage(int type, int flags, int sequence, int portId, ByteBuffer payload) {
    this.type = type;
    this.flags = flags;
    this.sequence = sequence;
    this.portId = portId;
    this.payload = payload;
  }

  /**
   * Reads all messages of a datagram, from its position to its limit. The bytes are shared.
   *
   * @throws MalformedMessageException when a length is too small, exceeds what is there, or bytes
   *     that are no message are left over
   */
  public static List<NetlinkMessage> parse(ByteBuffer datagram) throws MalformedMessageException {
    ByteBuffer bytes = datagram.slice().order(ByteOrder.nativeOrder());
    List<NetlinkMessage> messages = new ArrayList<>();
    int at = 0;
    while (at < bytes.limit()) {
      int left = bytes.limit() - at;
      if (left < Netlink.MESSAGE_HEADER) {
        throw new MalformedMessageException(left + " bytes are left over after the messages");
      }
      int length = bytes.getInt(at);
      if (length < Netlink.MESSAGE_HEADER || length > left) {
        throw new MalformedMessageException(
            "a message claims a length of "
                + Integer.toUnsignedLong(length)
                + " with "
                + left
                + " bytes left");
      }
      messages.add(
          new NetlinkMessage(
              bytes.getShort(at + 4) & 0xffff,
              bytes.getShort(at + 6) & 0xffff,
              bytes.getInt(at + 8),
              bytes.getInt(at + 12),
              bytes
                  .slice(at + Netlink.MESSAGE_HEADER, length - Netlink.MESSAGE_HEADER)
                  .order(ByteOrder.nativeOrder())));
      // The limit bounds it: length + 3 cannot overflow, as length is at most that.
      at = Math.min(at + Netlink.align(length), bytes.limit());
    }
    return messages;
  }

  /** The message type, 0 to 65535. */
  public int type() {
    return type;
  }

  /** The flags, {@code NLM_F_*}. */
  public int flags() {
    return flags;
  }

  /** Whether all of these flags are set. */
  public boolean hasFlags(int wanted) {
    return (flags & wanted) == wanted;
  }

  /** The sequence number of the request that this answers. */
  public int sequence() {
    return sequence;
  }

  /** The port that it is for, an unsigned number. */
  public int portId() {
    return portId;
  }

  /** What follows the header, read-only and in native byte order. */
  public ByteBuffer payload() {
    return payload.slice().asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /**
   * The protocol's own fixed header at the start of the payload, read-only and in native byte
   * order.
   *
   * @param length its length in bytes
   */
  public ByteBuffer header(int length) throws MalformedMessageException {
    requireHeader(length);
    return payload.slice(0, length).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /**
   * The attributes that follow a fixed header.
   *
   * @param headerLength the header's length in bytes, before alignment
   */
  public Attributes attributes(int headerLength) throws MalformedMessageException {
    requireHeader(headerLength);
    int start = Math.min(Netlink.align(headerLength), payload.limit());
    return Attributes.parse(payload.slice(start, payload.limit() - start));
  }

  /** Overwrites the message's bytes with zeros, in all views of it, for one that held a secret. */
  public void wipe() {
    payload.put(0, new byte[payload.limit()]);
  }

  /** The header and the length; never the bytes, which may be secret. */
  @Override
  public String toString() {
    return "message type "
        + type
        + " flags 0x"
        + Integer.toHexString(flags)
        + " sequence "
        + Integer.toUnsignedString(sequence)
        + " ("
        + payload.limit()
        + " bytes)";
  }

  private void requireHeader(int length) throws MalformedMessageException {
    if (length < 0) {
      throw new IllegalArgumentException("negative header length: " + length);
    }
    if (payload.limit() < length) {
      throw new MalformedMessageException(
          "a message of type "
              + type
              + " has "
              + payload.limit()
              + " bytes, too few for its header of "
              + length);
    }
  }
}
