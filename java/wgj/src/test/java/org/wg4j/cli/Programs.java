// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Starts programs for tests. */
final class Programs {

  private static final int MINUTES = 10;

  private Programs() {}

  /** Runs a program with nothing on standard input. */
  static Cli.Result run(Map<String, String> environment, String... command) throws Exception {
    return run(environment, "", List.of(command));
  }

  static Cli.Result run(Map<String, String> environment, String input, List<String> command)
      throws Exception {
    Path out = Files.createTempFile("out", null);
    Path err = Files.createTempFile("err", null);
    Path in = Files.createTempFile("in", null);
    try {
      Files.writeString(in, input);
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder.redirectInput(in.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
      Process process = builder.start();
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("does not end: " + command);
      }
      return new Cli.Result(process.exitValue(), text(out), text(err));
    } finally {
      for (Path file : List.of(out, err, in)) {
        Files.delete(file);
      }
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /** Runs a program that must succeed. */
  static Cli.Result good(Map<String, String> environment, String... command) throws Exception {
    Cli.Result result = run(environment, command);
    assertThat(result.code()).as("%s: %s%s", List.of(command), result.out(), result.err()).isZero();
    return result;
  }

  /** Skips the test, with the reason, where a program of the system is not installed. */
  static void need(String program) {
    List<String> tried = new ArrayList<>();
    for (String directory : System.getenv("PATH").split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return;
      }
      tried.add(directory);
    }
    assumeTrue(false, program + " is not installed: not in " + tried);
  }
}
