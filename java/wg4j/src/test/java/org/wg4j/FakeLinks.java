// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.netlink4j.Attributes;
import org.netlink4j.Errno;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.Netlink;
import org.netlink4j.NetlinkException;
import org.netlink4j.NetlinkMessage;
import org.netlink4j.transport.NetlinkChannel;

/** The links of a kernel, as far as rtnetlink shows: they can be listed, made and deleted. */
final class FakeLinks implements NetlinkChannel {

  private static final int PORT = 98;
  private static final int NEW = 16;
  private static final int DELETE = 17;
  private static final int GET = 18;
  private static final int HEADER = 16;
  private static final int NAME = 3;
  private static final int MTU = 4;
  private static final int INFO = 18;

  /** A link. */
  record FakeLink(int index, String kind) {}

  final Map<String, FakeLink> all = new LinkedHashMap<>();
  private final ArrayDeque<byte[]> answers = new ArrayDeque<>();
  private int nextIndex = 10;

  void add(String name, String kind) {
    all.put(name, new FakeLink(nextIndex++, kind));
  }

  @Override
  public void send(ByteBuffer bytes) throws NetlinkException {
    ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    NetlinkMessage request = NetlinkMessage.parse(copy).get(0);
    Attributes attributes = request.attributes(HEADER);
    if (request.type() == NEW) {
      String name = attributes.get(NAME).string();
      boolean free = !all.containsKey(name);
      if (free) {
        add(name, attributes.get(INFO).nested().get(1).string());
      }
      acknowledge(request, free ? 0 : Errno.EEXIST.number());
    } else if (request.type() == GET
        && (request.flags() & Netlink.NLM_F_DUMP) == Netlink.NLM_F_DUMP) {
      all.forEach((name, link) -> answer(request, NEW, Netlink.NLM_F_MULTI, link(name, link)));
      answer(request, Netlink.NLMSG_DONE, Netlink.NLM_F_MULTI, new byte[4]);
    } else {
      one(request, attributes);
    }
  }

  private void one(NetlinkMessage request, Attributes attributes) throws MalformedMessageException {
    int index = request.header(HEADER).getInt(4);
    String wanted = attributes.has(NAME) ? attributes.get(NAME).string() : "";
    Optional<String> found =
        all.keySet().stream()
            .filter(name -> name.equals(wanted) || all.get(name).index() == index)
            .findFirst();
    if (found.isPresent() && request.type() == GET) {
      answer(request, NEW, 0, link(found.get(), all.get(found.get())));
    } else if (found.isPresent() && request.type() == DELETE) {
      all.remove(found.get());
    }
    acknowledge(request, found.isPresent() ? 0 : Errno.ENODEV.number());
  }

  private static byte[] link(String name, FakeLink link) {
    byte[] attributes =
        new FakeKernel.Writer()
            .string(NAME, name)
            .u32(MTU, 1420)
            .nest(INFO, new FakeKernel.Writer().string(1, link.kind()))
            .toBytes();
    ByteBuffer out = ByteBuffer.allocate(HEADER + attributes.length).order(ByteOrder.nativeOrder());
    return out.putInt(4, link.index()).put(HEADER, attributes).array();
  }

  private void acknowledge(NetlinkMessage request, int errno) {
    byte[] payload = new byte[20];
    ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).putInt(0, -errno).putInt(4, 16);
    answer(request, Netlink.NLMSG_ERROR, Netlink.NLM_F_CAPPED, payload);
  }

  private void answer(NetlinkMessage request, int type, int flags, byte[] payload) {
    ByteBuffer message = ByteBuffer.allocate(16 + payload.length).order(ByteOrder.nativeOrder());
    message.putInt(16 + payload.length).putShort((short) type).putShort((short) flags);
    message.putInt(request.sequence()).putInt(PORT).put(payload);
    answers.add(message.array());
  }

  @Override
  public Optional<Datagram> receive(Duration timeout) {
    return Optional.ofNullable(answers.poll())
        .map(bytes -> new Datagram(0, ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder())));
  }

  @Override
  public int portId() {
    return PORT;
  }

  @Override
  public void setOption(int level, int option, int value) {}

  @Override
  public void close() {}
}
