// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;

/** Netlink sockets through a door: what both doors have in common. */
final class DoorTransport implements Transport {
  /** What a dump's reader offers, the kernel fills, up to about half of this. */
  private static final int BUFFER_SIZE = 64 * 1024;

  private final Door door;
  private final int bufferSize;

  DoorTransport(Door door) {
    this(door, BUFFER_SIZE);
  }

  /**
   * A transport with its own receive buffers.
   *
   * @param bufferSize their size at first; they grow as datagrams do
   */
  DoorTransport(Door door, int bufferSize) {
    this.door = door;
    this.bufferSize = bufferSize;
  }

  @Override
  public String name() {
    return door.name();
  }

  @Override
  public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace)
      throws NetlinkException {
    String operation =
        "open a netlink socket for protocol "
            + protocol
            + namespace.map(ns -> " in network namespace " + ns.path()).orElse("");
    int socket =
        namespace.isPresent()
            ? door.socketIn(bytes(namespace.get()), protocol)
            : door.socket(protocol);
    check(socket, operation);
    int wake = -1;
    try {
      check(door.bind(socket), operation);
      long port = door.port(socket);
      if (port < 0) {
        check((int) port, operation);
      }
      wake = door.eventFd();
      check(wake, operation);
      return new DoorChannel(door, socket, wake, (int) port, bufferSize);
    } catch (NetlinkException | RuntimeException | Error e) {
      door.close(socket);
      if (wake >= 0) {
        door.close(wake);
      }
      throw e;
    }
  }

  @Override
  public NamespaceHandle openNamespace(NetNamespace namespace) throws NetlinkException {
    int fd = door.open(bytes(namespace));
    check(fd, "open network namespace " + namespace.path());
    return new Handle(door, new AtomicInteger(fd));
  }

  static void check(int result, String operation) throws NetlinkException {
    if (result < 0) {
      throw failure(operation, -result);
    }
  }

  static NetlinkException failure(String operation, int errno) {
    return errno == Errno.ECANCELED.number()
        ? new NetlinkException(operation + " (the socket is closed)", Errno.EBADF.number())
        : NetlinkException.of(operation, errno, ExtAck.NONE);
  }

  private static byte[] bytes(NetNamespace namespace) {
    return namespace.path().toString().getBytes(StandardCharsets.UTF_8);
  }

  private record Handle(Door door, AtomicInteger fd) implements NamespaceHandle {
    @Override
    public int descriptor() {
      int value = fd.get();
      if (value < 0) {
        throw new IllegalStateException("the namespace handle is closed");
      }
      return value;
    }

    @Override
    public void close() {
      int value = fd.getAndSet(-1);
      if (value >= 0) {
        door.close(value);
      }
    }
  }
}
