// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The attributes of a message or of a nest, in the order received, unknown and repeated ones
 * included. Lengths are checked when it is made: walking it cannot fail.
 *
 * <p>Two are equal when their attributes have the same types, flags and bytes in the same order.
 */
public final class Attributes implements Iterable<Attribute> {
  /** No attributes. */
  public static final Attributes EMPTY = new Attributes(List.of());

  private final List<Attribute> list;

  private Attributes(List<Attribute> list) {
    this.list = list;
  }

  /**
   * Reads all attributes between a buffer's position and its limit. The buffer itself is not moved;
   * its bytes are shared.
   *
   * @throws MalformedMessageException when a length is too small, exceeds what is there, or bytes
   *     that are no attribute are left over
   */
  public static Attributes parse(ByteBuffer buffer) throws MalformedMessageException {
    if (!buffer.hasRemaining()) {
      return EMPTY;
    }
    ByteBuffer bytes = buffer.slice().order(ByteOrder.nativeOrder());
    List<Attribute> list = new ArrayList<>();
    int at = 0;
    while (at < bytes.limit()) {
      int left = bytes.limit() - at;
      if (left < Netlink.ATTRIBUTE_HEADER) {
        throw new MalformedMessageException(left + " bytes are left over after the attributes");
      }
      int length = bytes.getShort(at) & 0xffff;
      int type = bytes.getShort(at + 2) & 0xffff;
      if (length < Netlink.ATTRIBUTE_HEADER || length > left) {
        throw new MalformedMessageException(
            "attribute "
                + (type & Netlink.NLA_TYPE_MASK)
                + " claims a length of "
                + length
                + " with "
                + left
                + " bytes left");
      }
      int start = at + Netlink.ATTRIBUTE_HEADER;
      list.add(
          new Attribute(
              type, bytes.slice(start, at + length - start).order(ByteOrder.nativeOrder())));
      // The last one may come without its padding.
      at = Math.min(at + Netlink.align(length), bytes.limit());
    }
    return new Attributes(Collections.unmodifiableList(list));
  }

  /** The last attribute of a type: of a repeated one the kernel, too, takes the last. */
  public Optional<Attribute> find(int type) {
    for (int i = list.size() - 1; i >= 0; i--) {
      if (list.get(i).type() == type) {
        return Optional.of(list.get(i));
      }
    }
    return Optional.empty();
  }

  /**
   * The last attribute of a type, which must be there.
   *
   * @throws MalformedMessageException when it is not
   */
  public Attribute get(int type) throws MalformedMessageException {
    return find(type)
        .orElseThrow(() -> new MalformedMessageException("attribute " + type + " is missing"));
  }

  /** Whether there is an attribute of a type. */
  public boolean has(int type) {
    return find(type).isPresent();
  }

  /**
   * Where a byte is: the types of the attributes that it is in, the outermost first. Only what is
   * marked as a nest is looked into.
   *
   * @param offset the byte's distance from the first attribute's header
   * @return the types; none when the byte is in no attribute
   */
  public List<Integer> pathTo(int offset) {
    List<Integer> path = new ArrayList<>();
    Attributes level = this;
    int left = offset;
    while (level != null && left >= 0) {
      Attributes inner = null;
      for (Attribute attribute : level) {
        int whole = Netlink.align(Netlink.ATTRIBUTE_HEADER + attribute.length());
        if (left < whole) {
          path.add(attribute.type());
          left -= Netlink.ATTRIBUTE_HEADER;
          inner = attribute.isNested() ? attribute.nestedOrEmpty() : null;
          break;
        }
        left -= whole;
      }
      level = inner;
    }
    return path;
  }

  /** All of them, unmodifiable. */
  public List<Attribute> list() {
    return list;
  }

  /** How many there are. */
  public int size() {
    return list.size();
  }

  @Override
  public Iterator<Attribute> iterator() {
    return list.iterator();
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof Attributes that) || list.size() != that.list.size()) {
      return false;
    }
    for (int i = 0; i < list.size(); i++) {
      Attribute mine = list.get(i);
      Attribute theirs = that.list.get(i);
      if (mine.rawType() != theirs.rawType() || !mine.payload().equals(theirs.payload())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (Attribute attribute : list) {
      hash = 31 * (31 * hash + attribute.rawType()) + attribute.payload().hashCode();
    }
    return hash;
  }

  /** Types and lengths; never the bytes, which may be secret. */
  @Override
  public String toString() {
    return list.toString();
  }
}
