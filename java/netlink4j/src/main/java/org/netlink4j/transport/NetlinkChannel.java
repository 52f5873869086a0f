// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.netlink4j.NetlinkException;

/**
 * An open, bound netlink socket that carries datagrams and knows nothing of their content.
 *
 * <p>Thread-safe: sends may overlap receives, and each datagram goes to one receiver. After {@link
 * #close()} each call, also one that is waiting in another thread, fails with {@code EBADF}.
 */
public interface NetlinkChannel extends AutoCloseable {
  /** Socket option level of the options below. */
  int SOL_NETLINK = 270;

  /** Socket option: join a multicast group. */
  int NETLINK_ADD_MEMBERSHIP = 1;

  /** Socket option: leave a multicast group. */
  int NETLINK_DROP_MEMBERSHIP = 2;

  /** Socket option: acknowledgements do not quote the request. */
  int NETLINK_CAP_ACK = 10;

  /** Socket option: extended acknowledgements. */
  int NETLINK_EXT_ACK = 11;

  /** Socket option: get requests are checked strictly, and may filter. */
  int NETLINK_GET_STRICT_CHK = 12;

  /** Socket option level of the sockets themselves. */
  int SOL_SOCKET = 1;

  /** Socket option: size of the receive buffer in bytes, within the system's limit. */
  int SO_RCVBUF = 8;

  /** Socket option: size of the receive buffer in bytes, beyond the limit (CAP_NET_ADMIN). */
  int SO_RCVBUFFORCE = 33;

  /**
   * A received datagram.
   *
   * @param senderPort the port it comes from, an unsigned number; 0 is the kernel
   * @param data its bytes, in native byte order, owned by the receiver
   */
  record Datagram(int senderPort, ByteBuffer data) {}

  /** The port that the kernel gave this socket, an unsigned number. */
  int portId();

  /** Sends the bytes between a buffer's position and limit to the kernel, as one datagram. */
  void send(ByteBuffer message) throws NetlinkException;

  /**
   * Waits for a datagram and receives it whole. Several threads that wait take turns, and the time
   * limit of each counts from its turn.
   *
   * @param timeout how long to wait; zero only looks
   * @return the datagram, or empty when none came in time
   * @throws NetlinkException with {@code ENOBUFS} when datagrams were lost because they came faster
   *     than they were received, and with {@code EMSGSIZE} when one was dropped because it has more
   *     than 16 MiB; the socket goes on
   */
  Optional<Datagram> receive(Duration timeout) throws NetlinkException;

  /** Sets a socket option that is a 32-bit number. */
  void setOption(int level, int option, int value) throws NetlinkException;

  /** Joins a multicast group. */
  default void join(int group) throws NetlinkException {
    setOption(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
  }

  /** Leaves a multicast group. */
  default void leave(int group) throws NetlinkException {
    setOption(SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, group);
  }

  /** Closes the socket and wakes whoever waits for it. Closing twice is harmless. */
  @Override
  void close();
}
