// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import java.util.Optional;
import org.netlink4j.NetNamespace;
import org.netlink4j.NetlinkException;

/**
 * A way to netlink sockets. {@link Transports} has the two ways to the kernel's own; tests may
 * bring another. Thread-safe.
 */
public interface Transport {
  /** A short name: {@code jni}, {@code jna}. */
  String name();

  /**
   * Opens a socket and binds it to a port of its own.
   *
   * @param protocol {@code Netlink.ROUTE}, {@code Netlink.GENERIC} ...
   * @param namespace the network namespace that the socket shall belong to, for all its life; empty
   *     for that of this process. No thread of the caller moves there.
   */
  NetlinkChannel open(int protocol, Optional<NetNamespace> namespace) throws NetlinkException;

  /** Opens a namespace's file, to name it in a message by its descriptor. */
  NamespaceHandle openNamespace(NetNamespace namespace) throws NetlinkException;

  /** An open namespace file. Closing twice is harmless. */
  interface NamespaceHandle extends AutoCloseable {
    /** Its descriptor in this process, valid until it is closed. */
    int descriptor();

    @Override
    void close();
  }
}
