// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code kernel/timers.c} does, as {@code make -C kernel/tests table} prints it. */
final class KernelTable {
  private KernelTable() {}

  /** The lines, from a program that is built if it is not there or not up to date. */
  static List<String> lines() {
    List<String> command =
        List.of("make", "-s", "--no-print-directory", "-C", tests().toString(), "table");
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      process.getOutputStream().close();
      List<String> lines = new ArrayList<>();
      try (BufferedReader reader = process.inputReader()) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          lines.add(line);
        }
      }
      int code = process.waitFor();
      if (code != 0) {
        throw new IllegalStateException(
            String.join(" ", command)
                + " ended with "
                + code
                + ": it needs make and gcc (scripts/setup.sh lint), or a pair of event and state"
                + " has no row; see its errors above");
      }
      return lines;
    } catch (IOException e) {
      throw new IllegalStateException("make cannot be run: scripts/setup.sh build", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the kernel's table was made", e);
    }
  }

  /** The system property {@code wg4j.home} names the project, or we are somewhere in it. */
  private static Path tests() {
    String home = System.getProperty("wg4j.home");
    Path start = (home == null ? Path.of("") : Path.of(home)).toAbsolutePath();
    for (Path dir = start; dir != null; dir = dir.getParent()) {
      if (Files.isRegularFile(dir.resolve("kernel/tests/timers_table.c"))) {
        return dir.resolve("kernel/tests");
      }
    }
    throw new IllegalStateException("no wg4j project at or above " + start);
  }
}
