// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import java.nio.ByteBuffer;

/**
 * The few system calls that a netlink socket needs. Each returns a result that is not negative, or
 * {@code -errno}. Arguments reach the kernel as they are; {@link DoorTransport} sees to their
 * sense.
 */
interface Door {
  /** Length of {@code struct sockaddr_nl}. */
  int SOCKADDR_NL = 12;

  /** Where in it the port is. */
  int SOCKADDR_NL_PORT = 4;

  String name();

  int socket(int protocol);

  /** A socket that belongs to another namespace, made by a thread that exists for this only. */
  int socketIn(byte[] namespacePath, int protocol);

  int open(byte[] path);

  int bind(int fd);

  long port(int fd);

  int setOption(int fd, int level, int option, int value);

  int send(int fd, ByteBuffer direct, int offset, int length);

  /**
   * Receives a datagram, or looks at it without taking it.
   *
   * @param wake a descriptor that ends the wait with {@code -ECANCELED} when it is readable
   * @param from a direct buffer that receives the sender's address
   * @param timeoutMs negative to wait for ever
   * @return the datagram's full length, also when the buffer is shorter; {@code -ETIMEDOUT}
   */
  int receive(
      int fd,
      int wake,
      ByteBuffer direct,
      int offset,
      int length,
      ByteBuffer from,
      boolean peek,
      int timeoutMs);

  int eventFd();

  int signal(int fd);

  int close(int fd);
}
