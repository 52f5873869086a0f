// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

/** The numbers of the netlink protocol itself, as {@code <linux/netlink.h>} has them. */
public final class Netlink {
  /** Protocol: links, addresses, routes, rules. */
  public static final int ROUTE = 0;

  /** Protocol: Generic Netlink. */
  public static final int GENERIC = 16;

  /** Message type: nothing, to be skipped. */
  public static final int NLMSG_NOOP = 1;

  /** Message type: an error, or an acknowledgement when its number is 0. */
  public static final int NLMSG_ERROR = 2;

  /** Message type: the end of a dump. */
  public static final int NLMSG_DONE = 3;

  /** Message type: data was lost. */
  public static final int NLMSG_OVERRUN = 4;

  /** The first message type that belongs to a protocol. */
  public static final int NLMSG_MIN_TYPE = 0x10;

  /** Flag: this is a request. */
  public static final int NLM_F_REQUEST = 0x1;

  /** Flag: part of an answer of several messages that ends with {@link #NLMSG_DONE}. */
  public static final int NLM_F_MULTI = 0x2;

  /** Flag: acknowledge this request. */
  public static final int NLM_F_ACK = 0x4;

  /** Flag: answer with what the request caused. */
  public static final int NLM_F_ECHO = 0x8;

  /** Flag on an answer: what is dumped changed meanwhile, the dump may be inconsistent. */
  public static final int NLM_F_DUMP_INTR = 0x10;

  /** Flag on an answer: the dump was filtered as asked. */
  public static final int NLM_F_DUMP_FILTERED = 0x20;

  /** Flags on a get request: answer with everything. */
  public static final int NLM_F_DUMP = 0x300;

  /** Flag on a new request: replace what exists. */
  public static final int NLM_F_REPLACE = 0x100;

  /** Flag on a new request: fail when it exists. */
  public static final int NLM_F_EXCL = 0x200;

  /** Flag on a new request: create it when it does not exist. */
  public static final int NLM_F_CREATE = 0x400;

  /** Flag on a new request: add at the end of the list. */
  public static final int NLM_F_APPEND = 0x800;

  /** Flag on an acknowledgement: the request is not quoted. */
  public static final int NLM_F_CAPPED = 0x100;

  /** Flag on an acknowledgement: extended-acknowledgement attributes follow. */
  public static final int NLM_F_ACK_TLVS = 0x200;

  /** Attribute flag: the attribute holds attributes. */
  public static final int NLA_F_NESTED = 0x8000;

  /** Attribute flag: the integer is in network byte order. */
  public static final int NLA_F_NET_BYTEORDER = 0x4000;

  /** The bits of an attribute's type field that are its type. */
  public static final int NLA_TYPE_MASK = 0x3fff;

  /** Length of a message header in bytes. */
  public static final int MESSAGE_HEADER = 16;

  /** Length of an attribute header in bytes. */
  public static final int ATTRIBUTE_HEADER = 4;

  /** The longest attribute in bytes, header included: its length field has 16 bits. */
  public static final int MAX_ATTRIBUTE = 0xffff;

  private Netlink() {}

  /** Rounds a length up to the four-byte alignment of messages and attributes. */
  public static int align(int length) {
    return (length + 3) & ~3;
  }
}
