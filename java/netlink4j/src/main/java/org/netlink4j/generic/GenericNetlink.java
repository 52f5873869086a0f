// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.generic;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.netlink4j.DumpReader;
import org.netlink4j.Errno;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.MessageBuilder;
import org.netlink4j.NetNamespace;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.NetlinkSocket;

/**
 * Generic Netlink: families by name, their messages and dumps. For a family's events resolve the
 * group's number here and open a {@link org.netlink4j.NetlinkSubscription} for it.
 *
 * <p>Thread-safe, as its {@link NetlinkSocket} is.
 */
public final class GenericNetlink implements AutoCloseable {
  private static final int GENL_ID_CTRL = 16;
  private static final int CTRL_CMD_GETFAMILY = 3;
  private static final int CTRL_VERSION = 2;

  /** Length of the kernel's longest family name, its NUL included. */
  private static final int GENL_NAMSIZ = 16;

  private final NetlinkSocket socket;

  /** Lengths of the own headers of families that have one, by their number. */
  private final Map<Integer, Integer> headers = new ConcurrentHashMap<>();

  private GenericNetlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Opens Generic Netlink in the present namespace. */
  public static GenericNetlink open() throws NetlinkException {
    return over(NetlinkSocket.open(Netlink.GENERIC));
  }

  /** Opens Generic Netlink in a namespace. */
  public static GenericNetlink open(NetNamespace namespace) throws NetlinkException {
    return over(NetlinkSocket.builder(Netlink.GENERIC).namespace(namespace).open());
  }

  /** Uses a socket for {@link Netlink#GENERIC}, which is closed with this. */
  public static GenericNetlink over(NetlinkSocket socket) {
    return new GenericNetlink(socket);
  }

  /**
   * Looks a family up; the kernel may load a module for it. Nothing is cached.
   *
   * @throws FamilyNotFoundException when there is none of that name
   */
  public GenericFamily family(String name) throws NetlinkException {
    if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length >= GENL_NAMSIZ) {
      throw new FamilyNotFoundException(name);
    }
    MessageBuilder request =
        control()
            .describe("find the Generic Netlink family \"" + name + "\"")
            .string(GenericFamily.CTRL_ATTR_FAMILY_NAME, name);
    List<NetlinkMessage> replies;
    try {
      replies = socket.request(request);
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        throw new FamilyNotFoundException(name);
      }
      throw e;
    }
    for (NetlinkMessage reply : replies) {
      if (reply.type() == GENL_ID_CTRL) {
        return GenericFamily.read(GenericMessage.of(reply).attributes());
      }
    }
    throw new FamilyNotFoundException(name);
  }

  /** All families that are registered now. */
  public List<GenericFamily> families() throws NetlinkException {
    List<GenericFamily> families = new ArrayList<>();
    for (GenericMessage message : dump(control().describe("list the Generic Netlink families"))) {
      families.add(GenericFamily.read(message.attributes()));
    }
    return families;
  }

  /**
   * Starts a message of a family: its headers are there, the family's own (if it has one) and the
   * attributes are to be added. Answers of a family are read with the header that it had here.
   *
   * @param command the family's command, 0 to 255
   */
  public MessageBuilder message(GenericFamily family, int command) {
    if (family.headerSize() != 0) {
      headers.put(family.id(), family.headerSize());
    } else {
      headers.remove(family.id());
    }
    return message(family.id(), command, family.version())
        .describe("family " + family.name() + " command " + command);
  }

  /** Sends a request and reads its answers. See {@link NetlinkSocket#request}. */
  public List<GenericMessage> request(MessageBuilder message) throws NetlinkException {
    return read(socket.request(message));
  }

  /** Dumps and reads all answers. See {@link NetlinkSocket#dump(MessageBuilder)}. */
  public List<GenericMessage> dump(MessageBuilder message) throws NetlinkException {
    return read(socket.dump(message));
  }

  /** Dumps into a reader. See {@link NetlinkSocket#dump(MessageBuilder, Supplier)}. */
  public <R> R dump(MessageBuilder message, Supplier<? extends DumpReader<R>> readers)
      throws NetlinkException {
    return socket.dump(message, readers);
  }

  /** The socket that is used. */
  public NetlinkSocket socket() {
    return socket;
  }

  @Override
  public void close() {
    socket.close();
  }

  private List<GenericMessage> read(List<NetlinkMessage> messages) throws NetlinkException {
    List<GenericMessage> read = new ArrayList<>(messages.size());
    for (NetlinkMessage message : messages) {
      read.add(GenericMessage.of(message, headers.getOrDefault(message.type(), 0)));
    }
    return read;
  }

  private static MessageBuilder control() {
    return message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_VERSION);
  }

  private static MessageBuilder message(int family, int command, int version) {
    return MessageBuilder.of(family, 0).header8(command).header8(version).header16(0);
  }
}
