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
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import org.netlink4j.NetNamespace;
import org.netlink4j.route.RouteNetlink;
import org.wg4j.EndpointResolver;
import org.wg4j.SystemResolver;
import org.wg4j.WireGuard;

/**
 * Questions to the operating system whose answers tests want to choose.
 *
 * <p>Every command loads this class, and what its methods name in a catch clause or turn into an
 * interface: such bodies are elsewhere.
 */
class Host {

  /** Whether standard output is a terminal. */
  boolean isTerminal() {
    return isTerminal("1");
  }

  /** Whether standard error is a terminal. */
  boolean isErrorTerminal() {
    return isTerminal("2");
  }

  private static boolean isTerminal(String descriptor) {
    try {
      // Both ends of System.console() must be terminals for it to exist; only one counts here.
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd", descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.startsWith("/dev/hvc")
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

  /** How Debian's resolvconf(8) sorts its sources by the beginnings of their names. */
  Path resolvconfOrder() {
    return Path.of("/etc/resolvconf/interface-order");
  }

  /** Whether this process is root's; so it is if nobody can tell. */
  boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException e) {
      return true;
    }
  }

  /** The name of the interface of that index. */
  Optional<String> interfaceName(int index) {
    return SystemResolver.interfaceName(index);
  }

  /** The name of the interface of that index in another network namespace. */
  Optional<String> interfaceName(NetNamespace namespace, int index) {
    try (RouteNetlink netlink = RouteNetlink.open(namespace)) {
      return Optional.of(netlink.link(index).name());
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /** A client for WireGuard in another network namespace. */
  WireGuard wireGuard(NetNamespace namespace) throws IOException {
    return FarSockets.withKernel(namespace);
  }

  /** Looks endpoints up, once each. */
  EndpointResolver resolver() {
    return RetryingResolver.system();
  }

  /** A clock that nobody sets, in nanoseconds, for differences only. */
  long ticks() {
    return System.nanoTime();
  }

  /**
   * Waits.
   *
   * @return false if this thread was interrupted
   */
  boolean pause(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
    }
    return true;
  }

  /** Has something done when the JVM ends, also by a signal; the result takes that back. */
  Runnable onExit(Runnable what) {
    Thread hook = new Thread(what, "at exit");
    Runtime.getRuntime().addShutdownHook(hook);
    return () -> {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException shuttingDown) {
        // It is being done.
      }
    };
  }

  /** Rows of the terminal that standard output is; empty if it does not say. */
  OptionalInt terminalRows() {
    return WatchCommand.terminalRows();
  }

  /** The words that this program was started with, the JVM and its options first. */
  List<String> commandLine() throws IOException {
    String words = Files.readString(Path.of("/proc/self/cmdline"));
    return List.of(words.substring(0, Math.max(0, words.length() - 1)).split("\0", -1));
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
  static final class Unreadable extends IOException {
    private static final long serialVersionUID = 1;

    Unreadable(String words) {
      super(words);
    }
  }
}
