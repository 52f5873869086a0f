// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs scripts/install.sh with what this build has packaged. */
final class Installation {

  private static final Path PROJECT = Path.of("../..").toAbsolutePath().normalize();

  private Installation() {}

  /** Skips the test where there is nothing to install. */
  static void need() {
    assumeTrue(
        Files.exists(PROJECT.resolve("build/native/libnetlink4j.so")), "the JNI door: make native");
  }

  /** Installs or uninstalls, which must succeed. */
  static Cli.Result script(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(script().toString());
    command.addAll(List.of(arguments));
    return Programs.good(environment, command.toArray(String[]::new));
  }

  static Path script() {
    return PROJECT.resolve("scripts/install.sh");
  }

  /** The JDKs of this machine that wgj runs on, the one of this test among them. */
  static List<Path> jdks() throws IOException {
    List<Path> found = new ArrayList<>();
    found.add(Path.of(System.getProperty("java.home")).toRealPath());
    Path all = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(all)) {
      try (Stream<Path> entries = Files.list(all)) {
        for (Path entry : entries.sorted().toList()) {
          Path home = entry.toRealPath();
          if (!found.contains(home) && Files.isExecutable(home.resolve("bin/java"))) {
            String version = version(home);
            if (!version.isEmpty() && Integer.parseInt(version.replaceAll("\\D.*", "")) >= 17) {
              found.add(home);
            }
          }
        }
      }
    }
    return found;
  }

  /** What a JDK says of itself, or an empty string. */
  static String version(Path home) throws IOException {
    Path release = home.resolve("release");
    if (!Files.isReadable(release)) {
      return "";
    }
    try (Stream<String> lines = Files.lines(release)) {
      return lines
          .filter(line -> line.startsWith("JAVA_VERSION="))
          .map(line -> line.replaceAll(".*=|\"", ""))
          .findFirst()
          .orElse("");
    }
  }
}
