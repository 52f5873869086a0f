// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.transport;

import java.net.URISyntaxException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.netlink4j.TransportUnavailableException;

/**
 * Finds and loads libnetlink4j.so.
 *
 * <p>{@code netlink4j.library.path}, a file or a directory, decides alone when it is set.
 * Otherwise: beside the jar, in {@code lib} or {@code native} beside its directory, in {@code
 * build/native} of a source tree that the classes lie in, in the usual library directories, and on
 * {@code java.library.path}. Never in the working directory: it may belong to someone else.
 */
final class LibraryLoader {
  static final String PATH_PROPERTY = "netlink4j.library.path";
  private static final String FILE = "libnetlink4j.so";
  private static final String NAME = "netlink4j";

  /** From {@code java/netlink4j/target/classes} up to the tree that has {@code build/native}. */
  private static final int TREE_DEPTH = 5;

  private LibraryLoader() {}

  static Door load() throws TransportUnavailableException {
    List<String> tried = new ArrayList<>();
    String configured = System.getProperty(PATH_PROPERTY);
    Throwable last = null;
    if (configured != null && !configured.isEmpty()) {
      Path path = Path.of(configured).toAbsolutePath().normalize();
      last = tryFile(Files.isDirectory(path) ? path.resolve(FILE) : path, tried);
      if (last == null) {
        return new JniDoor();
      }
      tried.add("(" + PATH_PROPERTY + " is set, so nowhere else)");
    } else {
      for (Path candidate : candidates()) {
        last = tryFile(candidate, tried);
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

  private static Set<Path> candidates() {
    Set<Path> candidates = new LinkedHashSet<>();
    Path home = home();
    if (home != null) {
      Path directory = Files.isDirectory(home) ? home : home.getParent();
      if (directory != null) {
        candidates.add(directory.resolve(FILE));
        candidates.add(directory.resolveSibling("lib").resolve(FILE));
        candidates.add(directory.resolveSibling("native").resolve(FILE));
        Path up = directory;
        for (int i = 0; i < TREE_DEPTH && up != null; i++) {
          Path built = up.resolve("build/native").resolve(FILE);
          if (Files.exists(built) && Files.exists(up.resolve("native/netlink4j.c"))) {
            candidates.add(built);
          }
          up = up.getParent();
        }
      }
    }
    for (String prefix : List.of("/usr/local/lib", "/usr/lib")) {
      candidates.add(Path.of(prefix, "wg4j", FILE));
      candidates.add(Path.of(prefix, FILE));
    }
    return candidates;
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
