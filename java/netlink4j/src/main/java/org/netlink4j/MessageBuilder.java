// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Builds one message: the netlink header, the protocol's fixed header, attributes.
 *
 * <p>It knows its limits: an attribute, a nest included, has at most 65,535 bytes, and the message
 * at most {@link #maxSize(int)}. Whoever splits a long list over several messages uses {@link
 * #mark()} and {@link #rollback(Mark)}:
 *
 * <pre>{@code
 * MessageBuilder.Mark before = message.mark();
 * try {
 *   message.nest(0, item::write);
 * } catch (MessageTooLargeException e) {
 *   message.rollback(before); // send this message, put the item into the next one
 * }
 * }</pre>
 *
 * <p>Not thread-safe. A builder may be sent more than once.
 */
public final class MessageBuilder {
  /** The limit of a message in bytes when none is set. */
  public static final int DEFAULT_MAX_SIZE = 128 * 1024;

  private static final int INITIAL_SIZE = 256;
  private static final int TYPE_OFFSET = 4;
  private static final int FLAGS_OFFSET = 6;

  private final int flags;
  private final List<Integer> openNests = new ArrayList<>();
  private ByteBuffer bytes = allocate(INITIAL_SIZE);
  private int maxSize = DEFAULT_MAX_SIZE;
  private boolean hasAttributes;

  /** Where the attributes start, when there are any. */
  private int attributesStart;

  private String description;

  private MessageBuilder(int type, int flags) {
    bytes.putShort(TYPE_OFFSET, (short) type);
    this.flags = flags;
    bytes.position(Netlink.MESSAGE_HEADER);
    description = "netlink request of type " + type;
  }

  /**
   * Starts a message.
   *
   * @param type the message type, 0 to 65535
   * @param flags {@code NLM_F_*}; the socket adds what its own work needs
   */
  public static MessageBuilder of(int type, int flags) {
    requireRange(type, 0xffff, "message type");
    requireRange(flags, 0xffff, "flags");
    return new MessageBuilder(type, flags);
  }

  /** A place to return to with {@link #rollback(Mark)}. */
  public static final class Mark {
    private final MessageBuilder owner;
    private final int position;
    private final List<Integer> openNests;
    private final boolean hasAttributes;

    private Mark(MessageBuilder owner) {
      this.owner = owner;
      this.position = owner.bytes.position();
      this.openNests = List.copyOf(owner.openNests);
      this.hasAttributes = owner.hasAttributes;
    }
  }

  /**
   * Sets the message's limit.
   *
   * @param bytes at least {@link #size()}
   */
  public MessageBuilder maxSize(int bytes) {
    if (bytes < size()) {
      throw new IllegalArgumentException("the message has " + size() + " bytes already");
    }
    maxSize = bytes;
    return this;
  }

  /** Says what sending this message attempts, as a verb phrase, for exceptions. */
  public MessageBuilder describe(String operation) {
    description = operation;
    return this;
  }

  /** What sending this message attempts. */
  public String description() {
    return description;
  }

  /** Length of the message so far in bytes. */
  public int size() {
    return bytes.position();
  }

  /**
   * How many more bytes fit, headers and padding of further attributes included: bounded by the
   * message and by the nests that are open.
   */
  public int remaining() {
    int remaining = maxSize - size();
    for (int nest : openNests) {
      remaining = Math.min(remaining, Netlink.MAX_ATTRIBUTE - (size() - nest));
    }
    return remaining;
  }

  /** Adds an unsigned 8-bit number, 0 to 255, to the fixed header. */
  public MessageBuilder header8(int value) {
    requireRange(value, 0xff, "8-bit header field");
    header(1).put((byte) value);
    return this;
  }

  /** Adds an unsigned 16-bit number, 0 to 65535, in native byte order to the fixed header. */
  public MessageBuilder header16(int value) {
    requireRange(value, 0xffff, "16-bit header field");
    header(2).putShort((short) value);
    return this;
  }

  /** Adds 32 bits in native byte order to the fixed header. */
  public MessageBuilder header32(int bits) {
    header(4).putInt(bits);
    return this;
  }

  /** Adds an attribute without content, whose presence is the message. */
  public MessageBuilder flag(int type) {
    put(type, 0);
    return this;
  }

  /** Adds an unsigned 8-bit number, 0 to 255. */
  public MessageBuilder u8(int type, int value) {
    requireRange(value, 0xff, "8-bit attribute");
    put(type, 1).put((byte) value);
    return pad();
  }

  /** Adds an unsigned 16-bit number, 0 to 65535, in native byte order. */
  public MessageBuilder u16(int type, int value) {
    requireRange(value, 0xffff, "16-bit attribute");
    put(type, 2).putShort((short) value);
    return pad();
  }

  /** Adds an unsigned 16-bit number, 0 to 65535, in network byte order. */
  public MessageBuilder u16be(int type, int value) {
    requireRange(value, 0xffff, "16-bit attribute");
    put(type, 2).put((byte) (value >> 8)).put((byte) value);
    return pad();
  }

  /** Adds 32 bits in native byte order. */
  public MessageBuilder u32(int type, int bits) {
    put(type, 4).putInt(bits);
    return this;
  }

  /** Adds an unsigned 32-bit number, 0 to 4294967295, in native byte order. */
  public MessageBuilder u32(int type, long value) {
    requireRange(value, 0xffffffffL, "32-bit attribute");
    return u32(type, (int) value);
  }

  /** Adds an unsigned 32-bit number, 0 to 4294967295, in network byte order. */
  public MessageBuilder u32be(int type, long value) {
    requireRange(value, 0xffffffffL, "32-bit attribute");
    int bits = (int) value;
    return u32(
        type,
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(bits) : bits);
  }

  /** Adds 64 bits in native byte order. */
  public MessageBuilder u64(int type, long bits) {
    put(type, 8).putLong(bits);
    return this;
  }

  /**
   * Adds text in UTF-8 with a NUL at its end.
   *
   * @throws IllegalArgumentException when the text itself holds a NUL
   */
  public MessageBuilder string(int type, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a NUL inside the text of attribute " + type);
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    put(type, (long) utf8.length + 1).put(utf8).put((byte) 0);
    return pad();
  }

  /** Adds bytes. */
  public MessageBuilder bytes(int type, byte[] value) {
    return bytes(type, value, 0, value.length);
  }

  /** Adds a part of an array. */
  public MessageBuilder bytes(int type, byte[] value, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, value.length);
    put(type, length).put(value, offset, length);
    return pad();
  }

  /** Adds the bytes between a buffer's position and limit, without moving it. */
  public MessageBuilder bytes(int type, ByteBuffer value) {
    put(type, value.remaining()).put(value.duplicate());
    return pad();
  }

  /** Adds an IP address, 4 or 16 bytes. */
  public MessageBuilder address(int type, InetAddress address) {
    return bytes(type, address.getAddress());
  }

  /** Adds an attribute that holds the attributes that {@code content} adds. */
  public MessageBuilder nest(int type, Consumer<? super MessageBuilder> content) {
    int nest = openNest(type);
    content.accept(this);
    closeNest(nest);
    return this;
  }

  /** Starts an attribute that holds attributes; everything until its end goes inside. */
  public int openNest(int type) {
    int nest = size();
    put(type | Netlink.NLA_F_NESTED, 0);
    openNests.add(nest);
    return nest;
  }

  /**
   * Ends a nest.
   *
   * @param nest what {@link #openNest(int)} gave; it must be the innermost open one
   */
  public MessageBuilder closeNest(int nest) {
    int last = openNests.size() - 1;
    if (last < 0 || openNests.get(last) != nest) {
      throw new IllegalStateException("not the innermost open nest");
    }
    bytes.putShort(nest, (short) (size() - nest));
    openNests.remove(last);
    return this;
  }

  /**
   * Adds the bytes of a structure, which some protocols have before the attributes of a nest.
   *
   * @throws IllegalStateException when it is not the first thing in the innermost open nest
   */
  public MessageBuilder nestHeader(byte[] structure) {
    int last = openNests.size() - 1;
    if (last < 0 || size() != openNests.get(last) + Netlink.ATTRIBUTE_HEADER) {
      throw new IllegalStateException("a structure comes first in a nest");
    }
    room(Netlink.align(structure.length)).put(structure);
    return pad();
  }

  /** Remembers this place. */
  public Mark mark() {
    return new Mark(this);
  }

  /** Forgets everything that was added since a mark, nests that were opened since included. */
  public MessageBuilder rollback(Mark mark) {
    if (mark.owner != this || mark.position > size()) {
      throw new IllegalArgumentException("not a mark of an earlier state of this message");
    }
    Arrays.fill(bytes.array(), mark.position, size(), (byte) 0);
    bytes.position(mark.position);
    openNests.clear();
    openNests.addAll(mark.openNests);
    hasAttributes = mark.hasAttributes;
    return this;
  }

  /** Overwrites the bytes with zeros, for a message that held a secret; it cannot be used again. */
  public void wipe() {
    Arrays.fill(bytes.array(), (byte) 0);
    bytes.position(Netlink.MESSAGE_HEADER);
    openNests.clear();
  }

  /** The header and the length; never the bytes, which may be secret. */
  @Override
  public String toString() {
    return description + " (" + size() + " bytes)";
  }

  /**
   * The finished message, a view of this builder's bytes.
   *
   * @param moreFlags flags to set beside the builder's own
   */
  ByteBuffer build(int moreFlags, int sequence, int portId) {
    if (!openNests.isEmpty()) {
      throw new IllegalStateException("a nest is still open");
    }
    ByteBuffer message = bytes.duplicate().order(ByteOrder.nativeOrder()).flip();
    message.putInt(0, size());
    message.putShort(FLAGS_OFFSET, (short) (flags | moreFlags));
    message.putInt(8, sequence);
    message.putInt(12, portId);
    return message;
  }

  /** The types of the attributes that lead to a byte of the message; none when it is in none. */
  List<Integer> pathTo(int offset) {
    if (!hasAttributes || offset < attributesStart) {
      return List.of();
    }
    try {
      ByteBuffer attributes = bytes.duplicate().flip().position(attributesStart);
      return Attributes.parse(attributes).pathTo(offset - attributesStart);
    } catch (MalformedMessageException e) {
      throw new AssertionError(e);
    }
  }

  private ByteBuffer header(int length) {
    if (hasAttributes) {
      throw new IllegalStateException("the fixed header comes before the attributes");
    }
    return room(length);
  }

  private ByteBuffer put(int type, long length) {
    int plainType = type & ~Netlink.NLA_F_NESTED & ~Netlink.NLA_F_NET_BYTEORDER;
    requireRange(plainType, Netlink.NLA_TYPE_MASK, "attribute type");
    if (!hasAttributes) {
      room(0);
      pad();
      hasAttributes = true;
      attributesStart = size();
    }
    long total = Netlink.ATTRIBUTE_HEADER + length;
    if (total > Netlink.MAX_ATTRIBUTE) {
      throw new MessageTooLargeException(
          "attribute " + plainType + " of " + total + " bytes; an attribute has at most 65535");
    }
    room(Netlink.align((int) total));
    bytes.putShort((short) total).putShort((short) type);
    return bytes;
  }

  private MessageBuilder pad() {
    while ((bytes.position() & 3) != 0) {
      room(1).put((byte) 0);
    }
    return this;
  }

  private ByteBuffer room(int length) {
    if (length > remaining()) {
      throw new MessageTooLargeException(
          description + ": " + length + " bytes more do not fit, " + remaining() + " are left");
    }
    if (length > bytes.remaining()) {
      long doubled = Math.max(2L * bytes.capacity(), (long) size() + length);
      ByteBuffer larger = allocate((int) Math.min(doubled, Math.max(maxSize, size() + length)));
      larger.put(bytes.array(), 0, size());
      Arrays.fill(bytes.array(), (byte) 0);
      bytes = larger;
    }
    return bytes;
  }

  private static ByteBuffer allocate(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }

  private static void requireRange(long value, long max, String what) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(what + " out of range 0 to " + max + ": " + value);
    }
  }
}
