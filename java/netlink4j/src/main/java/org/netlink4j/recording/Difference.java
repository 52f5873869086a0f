// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

import static java.util.stream.Collectors.joining;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.netlink4j.Attributes;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.Netlink;

/** Where two requests differ, in words, without showing what attributes hold. */
final class Difference {
  private static final int GENERIC_HEADER = 4;

  /** Lengths of rtnetlink's fixed headers: links, addresses, routes, neighbours, rules. */
  private static final int[] ROUTE_HEADERS = {16, 8, 12, 12, 12};

  private Difference() {}

  /** One line; the two must differ. */
  static String of(int protocol, byte[] recorded, byte[] sent) {
    // Where one is longer the length in its header differs too, which says nothing.
    int start = Math.min(Integer.BYTES, Math.min(recorded.length, sent.length));
    int at = Arrays.mismatch(recorded, start, recorded.length, sent, start, sent.length);
    at = at < 0 ? 0 : at + start;
    String lengths =
        recorded.length == sent.length
            ? recorded.length + " bytes as recorded"
            : sent.length + " bytes instead of " + recorded.length;
    return lengths + "; the first difference is at byte " + at + ", " + place(protocol, sent, at);
  }

  private static String place(int protocol, byte[] sent, int at) {
    ByteBuffer bytes = ByteBuffer.wrap(sent).order(ByteOrder.nativeOrder());
    int start = 0;
    while (true) {
      if (sent.length - start < Netlink.MESSAGE_HEADER) {
        return "where it ends";
      }
      int length = bytes.getInt(start);
      if (length < Netlink.MESSAGE_HEADER || length > sent.length - start) {
        return "outside of messages";
      }
      int end = Math.min(start + Netlink.align(length), sent.length);
      if (at < end) {
        return inMessage(protocol, bytes, start, start + length, at);
      }
      start = end;
    }
  }

  private static String inMessage(int protocol, ByteBuffer bytes, int start, int end, int at) {
    int type = bytes.getShort(start + 4) & 0xffff;
    int inHeader = at - start;
    if (inHeader < Netlink.MESSAGE_HEADER) {
      String field = inHeader < 4 ? "length" : inHeader < 6 ? "type" : "flags";
      field = inHeader < 8 ? field : inHeader < 12 ? "sequence number" : "port";
      return "in the " + field + " of a message of type " + type;
    }
    int attributes = start + Netlink.MESSAGE_HEADER + headerLength(protocol, type);
    if (at < attributes) {
      return "in the fixed header of a message of type " + type;
    }
    String path;
    try {
      path =
          Attributes.parse(bytes.slice(attributes, end - attributes))
              .pathTo(at - attributes)
              .stream()
              .map(String::valueOf)
              .collect(joining("/"));
    } catch (MalformedMessageException e) {
      path = "";
    }
    return (path.isEmpty() ? "between attributes" : "in attribute " + path)
        + (" of a message of type " + type);
  }

  private static int headerLength(int protocol, int type) {
    if (protocol == Netlink.GENERIC) {
      return GENERIC_HEADER;
    }
    int group = (type - Netlink.NLMSG_MIN_TYPE) / 4;
    return protocol == Netlink.ROUTE && group >= 0 && group < ROUTE_HEADERS.length
        ? ROUTE_HEADERS[group]
        : 0;
  }
}
