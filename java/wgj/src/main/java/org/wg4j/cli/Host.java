// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** Questions to the operating system whose answers tests want to choose. */
class Host {

  /** Whether standard output is a terminal. */
  boolean isTerminal() {
    try {
      // Both ends of System.console() must be terminals for it to exist; only ours counts here.
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether standard output is a file that others than its owner and group may access. */
  boolean isWorldAccessibleFile() {
    try {
      Path output = FileSystems.getDefault().getPath("/proc/self/fd/1");
      return Files.isRegularFile(output) && (mode(output) & 7) != 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The permission bits of a file, following links. */
  int mode(Path file) throws IOException {
    return (Integer) Files.getAttribute(file, "unix:mode", new LinkOption[0]) & 07777;
  }

  /** Where configuration files lie that are given by interface name. */
  Path configDirectory() {
    return Path.of("/etc/wireguard");
  }

  /** Whether resolvconf(8) sorts its sources by the beginnings of their names. */
  boolean hasResolvconfOrder() {
    return Files.exists(Path.of("/etc/resolvconf/interface-order"));
  }

  /** The name of the interface of that index. */
  Optional<String> interfaceName(int index) {
    return org.wg4j.SystemResolver.interfaceName(index);
  }

  /**
   * Opens a file that a user named.
   *
   * @throws Unreadable if it cannot be opened, in the words of strerror(3)
   */
  InputStream open(String file) throws Unreadable {
    try {
      // FileInputStream's own readAllBytes() asks for its position, which a pipe has none of: the
      // one of InputStream just reads.
      return new FilterInputStream(new FileInputStream(file)) {};
    } catch (FileNotFoundException e) {
      // "NAME (Permission denied)"
      String message = String.valueOf(e.getMessage());
      int open = message.lastIndexOf('(');
      boolean worded = open >= 0 && message.endsWith(")");
      throw new Unreadable(
          worded ? message.substring(open + 1, message.length() - 1) : "Input/output error");
    }
  }

  /** Why a file cannot be opened, in the words of strerror(3). */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;

    Unreadable(String words) {
      super(words);
    }
  }
}
