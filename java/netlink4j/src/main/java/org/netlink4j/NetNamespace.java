// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A network namespace, by the file that stands for it. It is looked up anew at each use; nothing is
 * kept open.
 *
 * @param path an nsfs file, such as {@code /run/netns/blue} or {@code /proc/1/ns/net}
 */
public record NetNamespace(Path path) {
  private static final Path NAMED = Path.of("/run/netns");

  /** The path is required. */
  public NetNamespace {
    Objects.requireNonNull(path);
  }

  /**
   * A namespace that {@code ip netns} knows by name.
   *
   * @throws IllegalArgumentException when the name is not one plain file name
   */
  public static NetNamespace named(String name) {
    if (name.isEmpty()
        || name.equals(".")
        || name.equals("..")
        || name.indexOf('/') >= 0
        || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not a namespace name: \"" + name + "\"");
    }
    return new NetNamespace(NAMED.resolve(name));
  }

  /** The namespace of an nsfs file. */
  public static NetNamespace path(Path path) {
    return new NetNamespace(path);
  }

  /**
   * The namespace of a process.
   *
   * @param pid its number in this process's PID namespace, at least 1
   */
  public static NetNamespace pid(long pid) {
    if (pid < 1) {
      throw new IllegalArgumentException("not a process number: " + pid);
    }
    return new NetNamespace(Path.of("/proc", Long.toString(pid), "ns", "net"));
  }

  /**
   * The namespace of an open descriptor of this process.
   *
   * @param fd the descriptor, at least 0; it must stay open until the namespace was used
   */
  public static NetNamespace descriptor(int fd) {
    if (fd < 0) {
      throw new IllegalArgumentException("not a descriptor: " + fd);
    }
    return new NetNamespace(Path.of("/proc/self/fd", Integer.toString(fd)));
  }
}
