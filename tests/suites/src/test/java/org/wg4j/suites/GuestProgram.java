// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import org.wg4j.lab.Machine;

/** The programs in tests/suites/guest-programs, which run in any guest and in user-mode Linux. */
final class GuestProgram {
  private static final Path DIRECTORY =
      ConformanceTable.root().resolve("tests/suites/guest-programs");

  private GuestProgram() {}

  /** Compiles a program, and says where it is. */
  static Path build(String name) {
    try {
      Process process =
          new ProcessBuilder(DIRECTORY.resolve("build.sh").toString(), name)
              .redirectError(Redirect.INHERIT)
              .start();
      List<String> lines = process.inputReader().lines().toList();
      if (process.waitFor() != 0) {
        throw new AssertionError(name + " does not compile");
      }
      return Path.of(lines.get(lines.size() - 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Compiles a program and puts it into a guest's /tmp. */
  static void put(String name, Machine machine) {
    machine.put(build(name), "/tmp/" + name, 0755);
  }
}
