// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.netlink4j.Errno;

/** The door through JNA: the C library's own functions, with nothing to compile. */
final class JnaDoor implements Door {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int O_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final int CLONE_NEWNET = 0x40000000;
  private static final int MSG_PEEK = 0x2;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final short POLLIN = 0x1;
  private static final short POLLNVAL = 0x20;

  private static final int POLLFD = 8;
  private static final int POLLFD_EVENTS = 4;
  private static final int POLLFD_REVENTS = 6;

  /** Room for the largest argument that is not a message: two {@code struct pollfd}. */
  private static final ThreadLocal<ByteBuffer> SCRATCH =
      ThreadLocal.withInitial(
          () -> ByteBuffer.allocateDirect(2 * POLLFD).order(ByteOrder.nativeOrder()));

  /** The C library. A C long has the size of size_t on all of Linux's ABIs for Java. */
  private static final class Libc {
    static {
      Native.register(Libc.class, "c");
    }

    private Libc() {}

    static native int socket(int domain, int type, int protocol);

    static native int setns(int fd, int type);

    static native int open(byte[] path, int flags);

    static native int close(int fd);

    static native int bind(int fd, Buffer address, int length);

    static native int getsockname(int fd, Buffer address, Buffer length);

    static native int setsockopt(int fd, int level, int option, Buffer value, int length);

    static native NativeLong sendto(
        int fd, Buffer data, NativeLong length, int flags, Buffer address, int addressLength);

    static native NativeLong recvfrom(
        int fd, Buffer data, NativeLong length, int flags, Buffer address, Buffer addressLength);

    static native int poll(Buffer fds, NativeLong count, int timeoutMs);

    static native int eventfd(int initial, int flags);

    static native NativeLong write(int fd, Buffer data, NativeLong length);
  }

  /** Makes sure that the library is there and its functions are known. */
  JnaDoor() {
    int fd = Libc.eventfd(0, O_CLOEXEC);
    if (fd >= 0) {
      Libc.close(fd);
    }
  }

  @Override
  public String name() {
    return "jna";
  }

  @Override
  public int socket(int protocol) {
    return result(Libc.socket(AF_NETLINK, SOCK_RAW | O_CLOEXEC, protocol));
  }

  /**
   * A thread that goes into the namespace, makes the socket there and dies. It is a plain new
   * thread, which never came from a pool and never goes to one, and once it has moved it calls
   * nothing that could start another thread: a child would inherit its namespace.
   */
  private static final class NetnsThread extends Thread {
    private final int namespace;
    private final int protocol;
    private int result;

    NetnsThread(int namespace, int protocol) {
      super("netlink4j-netns");
      this.namespace = namespace;
      this.protocol = protocol;
      setDaemon(true);
    }

    @Override
    public void run() {
      result = Libc.setns(namespace, CLONE_NEWNET);
      if (result == 0) {
        result = Libc.socket(AF_NETLINK, SOCK_RAW | O_CLOEXEC, protocol);
      }
      if (result < 0) {
        result = -Native.getLastError();
      }
    }

    int await() {
      boolean interrupted = false;
      while (true) {
        try {
          join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return result;
    }
  }

  @Override
  public int socketIn(byte[] namespacePath, int protocol) {
    int namespace = open(namespacePath);
    if (namespace < 0) {
      return namespace;
    }
    try {
      NetnsThread thread = new NetnsThread(namespace, protocol);
      thread.start();
      return thread.await();
    } finally {
      Libc.close(namespace);
    }
  }

  @Override
  public int open(byte[] path) {
    if (path.length == 0) {
      return -Errno.ENOENT.number();
    }
    byte[] terminated = new byte[path.length + 1];
    for (int i = 0; i < path.length; i++) {
      if (path[i] == 0) {
        return -Errno.EINVAL.number();
      }
      terminated[i] = path[i];
    }
    return result(Libc.open(terminated, O_CLOEXEC));
  }

  @Override
  public int bind(int fd) {
    ByteBuffer address = scratch();
    address.putShort(0, (short) AF_NETLINK);
    return result(Libc.bind(fd, address, SOCKADDR_NL));
  }

  @Override
  public long port(int fd) {
    ByteBuffer address = scratch();
    ByteBuffer length = address.slice(SOCKADDR_NL, 4).order(ByteOrder.nativeOrder());
    length.putInt(0, SOCKADDR_NL);
    int result = result(Libc.getsockname(fd, address, length));
    if (result < 0) {
      return result;
    }
    if (length.getInt(0) != SOCKADDR_NL || address.getShort(0) != AF_NETLINK) {
      return -Errno.EINVAL.number();
    }
    return Integer.toUnsignedLong(address.getInt(SOCKADDR_NL_PORT));
  }

  @Override
  public int setOption(int fd, int level, int option, int value) {
    ByteBuffer bytes = scratch();
    bytes.putInt(0, value);
    return result(Libc.setsockopt(fd, level, option, bytes, Integer.BYTES));
  }

  @Override
  public int send(int fd, ByteBuffer direct, int offset, int length) {
    int error = checkRange(direct, offset, length);
    if (error != 0) {
      return error;
    }
    ByteBuffer kernel = scratch();
    kernel.putShort(0, (short) AF_NETLINK);
    int sent;
    do {
      sent =
          result(
              Libc.sendto(
                      fd,
                      direct.slice(offset, length),
                      new NativeLong(length),
                      0,
                      kernel,
                      SOCKADDR_NL)
                  .longValue());
    } while (sent == -Errno.EINTR.number());
    return sent;
  }

  @Override
  public int receive(
      int fd,
      int wake,
      ByteBuffer direct,
      int offset,
      int length,
      ByteBuffer from,
      boolean peek,
      int timeoutMs) {
    int error = checkRange(direct, offset, length);
    if (error == 0) {
      error = checkRange(from, 0, SOCKADDR_NL);
    }
    if (error != 0) {
      return error;
    }
    long start = System.nanoTime();
    int flags = MSG_DONTWAIT | MSG_TRUNC | (peek ? MSG_PEEK : 0);
    int received;
    do {
      int ready = waitReadable(fd, wake, timeoutMs, start);
      if (ready != 0) {
        return ready;
      }
      ByteBuffer fromLength = scratch();
      fromLength.putInt(0, SOCKADDR_NL);
      received =
          result(
              Libc.recvfrom(
                      fd,
                      direct.slice(offset, length),
                      new NativeLong(length),
                      flags,
                      from,
                      fromLength)
                  .longValue());
      if (received >= 0 && fromLength.getInt(0) != SOCKADDR_NL) {
        return -Errno.EPROTO.number();
      }
      // Another thread may have taken the datagram: wait for the next one.
    } while (received == -Errno.EINTR.number() || received == -Errno.EAGAIN.number());
    return received;
  }

  private static int waitReadable(int fd, int wake, int timeoutMs, long start) {
    while (true) {
      long left = -1;
      if (timeoutMs >= 0) {
        left = Math.max(0, timeoutMs - (System.nanoTime() - start) / 1_000_000);
      }
      ByteBuffer fds = scratch();
      fds.putInt(0, fd).putShort(POLLFD_EVENTS, POLLIN);
      fds.putInt(POLLFD, wake).putShort(POLLFD + POLLFD_EVENTS, POLLIN);
      int ready = result(Libc.poll(fds, new NativeLong(2), (int) left));
      if (ready == -Errno.EINTR.number()) {
        continue;
      }
      if (ready < 0) {
        return ready;
      }
      if (ready == 0) {
        return -Errno.ETIMEDOUT.number();
      }
      if (fds.getShort(POLLFD + POLLFD_REVENTS) != 0) {
        return -Errno.ECANCELED.number();
      }
      return (fds.getShort(POLLFD_REVENTS) & POLLNVAL) != 0 ? -Errno.EBADF.number() : 0;
    }
  }

  @Override
  public int eventFd() {
    return result(Libc.eventfd(0, O_CLOEXEC | EFD_NONBLOCK));
  }

  @Override
  public int signal(int fd) {
    ByteBuffer one = scratch();
    one.putLong(0, 1);
    int written = result(Libc.write(fd, one, new NativeLong(Long.BYTES)).longValue());
    return written < 0 ? written : 0;
  }

  @Override
  public int close(int fd) {
    return result(Libc.close(fd));
  }

  private static int checkRange(ByteBuffer buffer, int offset, int length) {
    if (buffer == null || offset < 0 || length < 0) {
      return -Errno.EINVAL.number();
    }
    if (!buffer.isDirect()) {
      return -Errno.EFAULT.number();
    }
    return (long) offset + length > buffer.capacity() ? -Errno.EINVAL.number() : 0;
  }

  private static ByteBuffer scratch() {
    ByteBuffer bytes = SCRATCH.get();
    bytes.putLong(0, 0).putLong(POLLFD, 0);
    return bytes;
  }

  private static int result(long value) {
    if (value < 0) {
      return -Native.getLastError();
    }
    return value > Integer.MAX_VALUE ? -Errno.EMSGSIZE.number() : (int) value;
  }
}
