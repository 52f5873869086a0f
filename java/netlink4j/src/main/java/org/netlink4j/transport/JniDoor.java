// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import java.nio.ByteBuffer;

/** The door through libnetlink4j.so, whose functions are the native ones here, one to one. */
final class JniDoor implements Door {
  /** Made by {@link LibraryLoader} after the library is loaded. */
  JniDoor() {}

  @Override
  public String name() {
    return "jni";
  }

  @Override
  public native int socket(int protocol);

  @Override
  public native int socketIn(byte[] namespacePath, int protocol);

  @Override
  public native int open(byte[] path);

  @Override
  public native int bind(int fd);

  @Override
  public native long port(int fd);

  @Override
  public native int setOption(int fd, int level, int option, int value);

  @Override
  public native int send(int fd, ByteBuffer direct, int offset, int length);

  @Override
  public native int receive(
      int fd,
      int wake,
      ByteBuffer direct,
      int offset,
      int length,
      ByteBuffer from,
      boolean peek,
      int timeoutMs);

  @Override
  public native int eventFd();

  @Override
  public native int signal(int fd);

  @Override
  public native int close(int fd);
}
