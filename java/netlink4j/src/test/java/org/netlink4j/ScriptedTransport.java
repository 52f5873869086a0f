// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;

/** A kernel that says what the test tells it to. */
public final class ScriptedTransport implements Transport, NetlinkChannel {
  public static final int PORT = 4711;

  /** What the kernel does with a request: answers by calling {@link #say} and {@link #fail}. */
  public interface Kernel {
    void receive(NetlinkMessage request, ScriptedTransport to);
  }

  private final Kernel kernel;
  private final ArrayDeque<Object> answers = new ArrayDeque<>();
  public final List<NetlinkMessage> requests = new ArrayList<>();
  public final List<String> options = new ArrayList<>();

  /** The datagrams that were said, whose bytes the messages read from them share. */
  public final List<ByteBuffer> said = new ArrayList<>();

  int refuseOptionsWith;
  public boolean closed;

  public ScriptedTransport(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Each does with one request what it says, the last one with all that follow. */
  public static ScriptedTransport inTurn(Kernel... kernels) {
    Iterator<Kernel> turns = List.of(kernels).iterator();
    Kernel last = kernels[kernels.length - 1];
    return new ScriptedTransport(
        (request, to) -> (turns.hasNext() ? turns.next() : last).receive(request, to));
  }

  public NetlinkSocket socket() throws NetlinkException {
    return NetlinkSocket.builder(0).transport(this).dumpRetries(3).open();
  }

  /** A message as the kernel writes it. */
  public static ByteBuffer message(int type, int flags, int sequence, int port, byte... payload) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Netlink.align(16 + payload.length)).order(ByteOrder.nativeOrder());
    bytes.putInt(16 + payload.length).putShort((short) type).putShort((short) flags);
    bytes.putInt(sequence).putInt(port).put(payload);
    return bytes.rewind();
  }

  public static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  /** An error message about a request, with only its header quoted. */
  public static ByteBuffer error(NetlinkMessage request, int result) {
    byte[] payload = new byte[20];
    System.arraycopy(number(result), 0, payload, 0, 4);
    System.arraycopy(number(16), 0, payload, 4, 4);
    return message(Netlink.NLMSG_ERROR, Netlink.NLM_F_CAPPED, request.sequence(), PORT, payload);
  }

  public static ByteBuffer part(NetlinkMessage request, int moreFlags, byte... payload) {
    return message(20, Netlink.NLM_F_MULTI | moreFlags, request.sequence(), PORT, payload);
  }

  public static ByteBuffer done(NetlinkMessage request, int moreFlags) {
    return message(
        Netlink.NLMSG_DONE, Netlink.NLM_F_MULTI | moreFlags, request.sequence(), PORT, number(0));
  }

  /** Queues a datagram of these messages. */
  public ScriptedTransport say(ByteBuffer... messages) {
    return sayFrom(0, messages);
  }

  ScriptedTransport sayFrom(int port, ByteBuffer... messages) {
    int length = 0;
    for (ByteBuffer message : messages) {
      length += message.remaining();
    }
    ByteBuffer all = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    for (ByteBuffer message : messages) {
      all.put(message.duplicate());
    }
    said.add(all.flip());
    answers.add(new Datagram(port, all));
    return this;
  }

  /** Queues an error of receiving itself. */
  public ScriptedTransport fail(Errno errno) {
    answers.add(errno);
    return this;
  }

  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace) {
    return this;
  }

  @Override
  public NamespaceHandle openNamespace(NetNamespace namespace) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int portId() {
    return PORT;
  }

  @Override
  public void send(ByteBuffer message) throws NetlinkException {
    checkOpen();
    ByteBuffer copy = ByteBuffer.allocate(message.remaining()).put(message.duplicate()).flip();
    NetlinkMessage request = NetlinkMessage.parse(copy).get(0);
    requests.add(request);
    kernel.receive(request, this);
  }

  @Override
  public Optional<Datagram> receive(Duration timeout) throws NetlinkException {
    checkOpen();
    Object answer = answers.poll();
    if (answer instanceof Errno errno) {
      throw new NetlinkException("receive a netlink message", errno.number());
    }
    return Optional.ofNullable((Datagram) answer);
  }

  @Override
  public void setOption(int level, int option, int value) throws NetlinkException {
    if (refuseOptionsWith != 0) {
      throw new NetlinkException("set option", refuseOptionsWith);
    }
    options.add(level + "/" + option + "=" + value);
  }

  @Override
  public void close() {
    closed = true;
  }

  private void checkOpen() throws NetlinkException {
    if (closed) {
      throw new NetlinkException("use a closed channel", Errno.EBADF.number());
    }
  }
}
