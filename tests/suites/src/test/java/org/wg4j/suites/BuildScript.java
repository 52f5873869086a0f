// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The project's scripts that make a file and print its path last. */
final class BuildScript {
  private BuildScript() {}

  /** Runs one, named from the project's directory, and says where what it made is. */
  static Path run(String script, String... arguments) {
    List<String> argv = new ArrayList<>();
    argv.add(ConformanceTable.root().resolve(script).toString());
    argv.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(argv).redirectError(Redirect.INHERIT).start();
      List<String> lines = process.inputReader().lines().toList();
      if (process.waitFor() != 0) {
        throw new AssertionError(String.join(" ", argv) + " failed");
      }
      return Path.of(lines.get(lines.size() - 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
