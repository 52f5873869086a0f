// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

/** One line of a recording, with its data; an {@code errno} of 0 stands for success. */
sealed interface Step {
  /** Where it is in its file, from 1. */
  int line();

  /** A socket was opened, or could not be; {@code namespace} is empty for the process's own. */
  record Open(int line, int channel, int protocol, String namespace, int errno) implements Step {}

  /** A namespace's file was opened, or could not be. */
  record Namespace(int line, int descriptor, String path, int errno) implements Step {}

  /** What happened on a socket. */
  sealed interface OnChannel extends Step {
    /** The socket's number. */
    int channel();
  }

  /** An option was set. */
  record Option(int line, int channel, int level, int name, int value, int errno)
      implements OnChannel {}

  /** A datagram was sent. */
  record Send(int line, int channel, int errno, byte[] data) implements OnChannel {}

  /** A datagram came. */
  record Receive(int line, int channel, int senderPort, byte[] data) implements OnChannel {}

  /** Receiving failed. */
  record ReceiveFailed(int line, int channel, int errno) implements OnChannel {}

  /** Nothing came in time. */
  record Timeout(int line, int channel) implements OnChannel {}

  /** The wait for a datagram ended because the program closed the socket. */
  record Closed(int line, int channel) implements OnChannel {}
}
