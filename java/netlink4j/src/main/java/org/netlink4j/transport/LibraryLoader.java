// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.netlink4j.TransportUnavailableException;

/**
 * Finds and loads libnetlink4j.so.
 *
 * <p>{@code netlink4j.library.path}, a file or a directory, decides alone when it is set.
 * Otherwise: beside the jar, in {@code lib} or {@code native} beside its directory, in {@code
 * build/native} of a source tree that the classes lie in, in the usual library directories, and on
 * {@code java.library.path}. Never in the working directory: it may belong to someone else.
 *
 * <p>In each directory {@code libnetlink4j.so} is tried first, which was built for the machine that
 * it lies on, then that of this machine and C library among those that {@code make native-all}
 * builds, such as {@code libnetlink4j-aarch64-musl.so}.
 */
final class LibraryLoader {
  static final String PATH_PROPERTY = "netlink4j.library.path";
  private static final String FILE = "libnetlink4j.so";
  private static final String NAME = "netlink4j";

  /** What a process that runs on musl has mapped: the dynamic linker, which is the library too. */
  private static final String MUSL = "/ld-musl-";

  /** From {@code java/netlink4j/target/classes} up to the tree that has {@code build/native}. */
  private static final int TREE_DEPTH = 5;

  private LibraryLoader() {}

  static Door load() throws TransportUnavailableException {
    List<String> tried = new ArrayList<>();
    String configured = System.getProperty(PATH_PROPERTY);
    Throwable last = null;
    if (configured != null && !configured.isEmpty()) {
      Path path = Path.of(configured).toAbsolutePath().normalize();
      last = Files.isDirectory(path) ? tryDirectory(path, tried) : tryFile(path, tried);
      if (last == null) {
        return new JniDoor();
      }
      tried.add("(" + PATH_PROPERTY + " is set, so nowhere else)");
    } else {
      for (Path candidate : directories()) {
        last = tryDirectory(candidate, tried);
        if (last == null) {
          return new JniDoor();
        }
      }
      try {
        System.loadLibrary(NAME);
        return verified(new JniDoor());
      } catch (UnsatisfiedLinkError e) {
        last = e;
        tried.add("java.library.path: " + e.getMessage());
      }
    }
    throw new TransportUnavailableException(
        "find " + FILE + ", tried " + String.join("; ", tried), last);
  }

  /** Loads a library of a directory; null when that worked, else how it failed. */
  private static Throwable tryDirectory(Path directory, List<String> tried) {
    Throwable failure = tryFile(directory.resolve(FILE), tried);
    if (failure == null) {
      return null;
    }
    String arch = System.getProperty("os.arch");
    Path glibc = directory.resolve(variant(arch, false));
    Path musl = directory.resolve(variant(arch, true));
    // Which C library this is takes a look at all that is mapped: only where it matters.
    if (Files.exists(glibc) || Files.exists(musl)) {
      return tryFile(isMusl() ? musl : glibc, tried);
    }
    return failure;
  }

  /** The file for a machine and a C library. */
  static String variant(String arch, boolean musl) {
    // Java has names of its own for the machines that others call by these.
    String machine = arch.equals("amd64") ? "x86_64" : arch;
    return "libnetlink4j-" + machine + (musl ? "-musl.so" : "-glibc.so");
  }

  private static boolean isMusl() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return isMusl(maps);
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** Whether the lines of a process's {@code /proc/PID/maps} show musl. */
  static boolean isMusl(Stream<String> maps) {
    return maps.anyMatch(line -> line.contains(MUSL));
  }

  /** Loads a file; null when that worked, else how it failed. */
  private static Throwable tryFile(Path file, List<String> tried) {
    if (!Files.exists(file)) {
      tried.add(file + ": not there");
      return new UnsatisfiedLinkError(file + ": not there");
    }
    try {
      System.load(file.toString());
      verified(new JniDoor());
      return null;
    } catch (UnsatisfiedLinkError e) {
      tried.add(file + ": " + e.getMessage());
      return e;
    }
  }

  /** Makes a harmless call, so that a library of another version fails here and not later. */
  private static JniDoor verified(JniDoor door) {
    door.close(-1);
    return door;
  }

  private static Set<Path> directories() {
    Set<Path> directories = new LinkedHashSet<>();
    Path home = home();
    if (home != null) {
      Path directory = Files.isDirectory(home) ? home : home.getParent();
      if (directory != null) {
        directories.add(directory);
        directories.add(directory.resolveSibling("lib"));
        directories.add(directory.resolveSibling("native"));
        Path up = directory;
        for (int i = 0; i < TREE_DEPTH && up != null; i++) {
          Path built = up.resolve("build/native");
          if (Files.isDirectory(built) && Files.exists(up.resolve("native/netlink4j.c"))) {
            directories.add(built);
          }
          up = up.getParent();
        }
      }
    }
    for (String prefix : List.of("/usr/local/lib", "/usr/lib")) {
      directories.add(Path.of(prefix, "wg4j"));
      directories.add(Path.of(prefix));
    }
    return directories;
  }

  /** The jar or directory that this class comes from, or null. */
  private static Path home() {
    CodeSource source = LibraryLoader.class.getProtectionDomain().getCodeSource();
    if (source == null || source.getLocation() == null) {
      return null;
    }
    try {
      return Path.of(source.getLocation().toURI()).toAbsolutePath().normalize();
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
      return null;
    }
  }
}
