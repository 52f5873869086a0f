// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.generic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.netlink4j.Attributes;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.Netlink;

/**
 * A Generic Netlink family as the kernel's controller describes it. Its number, and those of its
 * groups, hold until its module is unloaded.
 *
 * @param id the message type of its messages
 * @param name its name
 * @param version its version
 * @param headerSize length of its own header in bytes, usually 0
 * @param maxAttribute the highest top-level attribute type, 0 when it does not say
 * @param operations its commands
 * @param groups its multicast groups, number by name
 */
public record GenericFamily(
    int id,
    String name,
    int version,
    int headerSize,
    int maxAttribute,
    List<Operation> operations,
    Map<String, Integer> groups) {
  static final int CTRL_ATTR_FAMILY_ID = 1;
  static final int CTRL_ATTR_FAMILY_NAME = 2;
  private static final int CTRL_ATTR_VERSION = 3;
  private static final int CTRL_ATTR_HDRSIZE = 4;
  private static final int CTRL_ATTR_MAXATTR = 5;
  private static final int CTRL_ATTR_OPS = 6;
  private static final int CTRL_ATTR_MCAST_GROUPS = 7;
  private static final int CTRL_ATTR_OP_ID = 1;
  private static final int CTRL_ATTR_OP_FLAGS = 2;
  private static final int CTRL_ATTR_MCAST_GRP_NAME = 1;
  private static final int CTRL_ATTR_MCAST_GRP_ID = 2;

  /** A message has eight bits for it. */
  private static final int MAX_VERSION = 255;

  /** The lists are copied. */
  public GenericFamily {
    Objects.requireNonNull(name);
    operations = List.copyOf(operations);
    groups = Map.copyOf(groups);
  }

  /**
   * A command of a family.
   *
   * @param command its number
   * @param flags what it can and needs, {@code GENL_*}
   */
  public record Operation(int command, int flags) {
    /** Needs CAP_NET_ADMIN in the initial user namespace. */
    public static final int ADMIN_PERM = 0x1;

    /** Can be requested. */
    public static final int CAN_DO = 0x2;

    /** Can be dumped. */
    public static final int CAN_DUMP = 0x4;

    /** Has a policy for its attributes. */
    public static final int HAS_POLICY = 0x8;

    /** Needs CAP_NET_ADMIN in the user namespace of the network namespace. */
    public static final int UNS_ADMIN_PERM = 0x10;
  }

  static GenericFamily read(Attributes attributes) throws MalformedMessageException {
    List<Operation> operations = new ArrayList<>();
    if (attributes.has(CTRL_ATTR_OPS)) {
      for (Attributes op : attributes.get(CTRL_ATTR_OPS).array()) {
        operations.add(
            new Operation(op.get(CTRL_ATTR_OP_ID).s32(), op.get(CTRL_ATTR_OP_FLAGS).s32()));
      }
    }
    Map<String, Integer> groups = new HashMap<>();
    if (attributes.has(CTRL_ATTR_MCAST_GROUPS)) {
      for (Attributes group : attributes.get(CTRL_ATTR_MCAST_GROUPS).array()) {
        groups.put(
            group.get(CTRL_ATTR_MCAST_GRP_NAME).string(), group.get(CTRL_ATTR_MCAST_GRP_ID).s32());
      }
    }
    return new GenericFamily(
        attributes.get(CTRL_ATTR_FAMILY_ID).u16(),
        attributes.get(CTRL_ATTR_FAMILY_NAME).string(),
        number(attributes, CTRL_ATTR_VERSION, MAX_VERSION),
        number(attributes, CTRL_ATTR_HDRSIZE, Netlink.MAX_ATTRIBUTE),
        number(attributes, CTRL_ATTR_MAXATTR, Integer.MAX_VALUE),
        operations,
        groups);
  }

  private static int number(Attributes attributes, int type, int max)
      throws MalformedMessageException {
    long number = attributes.has(type) ? attributes.get(type).u32() : 0;
    if (number > max) {
      throw new MalformedMessageException("a family whose attribute " + type + " is " + number);
    }
    return (int) number;
  }
}
