// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.wg4j.lab.Machine;

/** The module in tests/suites/guest-module, which lets a test look into our module. */
final class GuestModule {
  /** All that our module's devices remember, a line for each field. */
  static final String STATE = "/proc/wg_state";

  /** The secrets they hold, masked. */
  static final String SECRETS = "/proc/wg_secrets";

  private static final String SCRIPT = "tests/suites/guest-module/build.sh";

  private GuestModule() {}

  /** Loads it, built for the machine's kernel and the present sources. */
  static void load(Machine machine) {
    if (!machine.moduleLoaded("wg_state")) {
      String kernel = machine.spec().kernel().name().toLowerCase(Locale.ROOT);
      machine.loadModule(build(machine.spec().release(), kernel));
    }
  }

  private static Path build(String release, String kernel) {
    try {
      Process process =
          new ProcessBuilder(project().resolve(SCRIPT).toString(), release, kernel)
              .redirectError(Redirect.INHERIT)
              .start();
      List<String> lines = process.inputReader().lines().toList();
      if (process.waitFor() != 0) {
        throw new AssertionError(SCRIPT + " failed");
      }
      return Path.of(lines.get(lines.size() - 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static Path project() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve(SCRIPT))) {
      directory = directory.getParent();
    }
    return directory;
  }
}
