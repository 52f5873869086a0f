// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import java.util.Objects;
import java.util.Optional;
import org.netlink4j.Errno;
import org.netlink4j.ExtAck;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;
import org.netlink4j.transport.NetlinkChannel;
import org.netlink4j.transport.Transport;
import org.wg4j.lab.Command;
import org.wg4j.lab.GuestSystem;
import org.wg4j.lab.LabException;

/**
 * Netlink sockets of a guest, for programs of this JVM: each is opened by the guest's agent, which
 * passes its datagrams on as they are. Namespaces are named by the guest's paths. Host and guest
 * must have the same byte order.
 *
 * <p>For tests: what goes over such a socket, keys too, is not wiped from the buffers on its way.
 *
 * <p>Thread-safe.
 */
public final class ForwardedTransport implements Transport {
  private final GuestSystem guest;
  private final Optional<NetNamespace> home;

  /** The transport to a guest, which must outlive the sockets that are opened by it. */
  public ForwardedTransport(GuestSystem guest) {
    this(guest, Optional.empty());
  }

  private ForwardedTransport(GuestSystem guest, Optional<NetNamespace> home) {
    this.guest = Objects.requireNonNull(guest);
    this.home = home;
  }

  /** The same, whose sockets belong to a namespace of the guest where no other is asked for. */
  public ForwardedTransport in(NetNamespace namespace) {
    return new ForwardedTransport(guest, Optional.of(namespace));
  }

  @Override
  public String name() {
    return "forwarded";
  }

  @Override
  public NetlinkChannel open(int protocol, Optional<NetNamespace> namespace)
      throws NetlinkException {
    String path = namespace.or(() -> home).map(ns -> ns.path().toString()).orElse("");
    String operation =
        "open a netlink socket for protocol "
            + protocol
            + " in "
            + guest.name()
            + (path.isEmpty() ? "" : ", network namespace " + path);
    try {
      return new ForwardedChannel(
          guest.start(Command.of("@netlink", Integer.toString(protocol), path)), operation);
    } catch (LabException e) {
      throw failure(operation, Errno.EIO, e);
    }
  }

  /**
   * Not to be had: a descriptor of this process means nothing to the guest.
   *
   * @throws NetlinkException always, with {@code EOPNOTSUPP}
   */
  @Override
  public NamespaceHandle openNamespace(NetNamespace namespace) throws NetlinkException {
    throw failure(
        "name network namespace " + namespace.path() + " by a descriptor in " + guest.name(),
        Errno.EOPNOTSUPP,
        null);
  }

  static NetlinkException failure(String operation, Errno errno, Throwable cause) {
    NetlinkException failure = NetlinkException.of(operation, errno.number(), ExtAck.NONE);
    if (cause != null) {
      failure.initCause(cause);
    }
    return failure;
  }
}
