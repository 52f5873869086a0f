// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.List;
import java.util.Objects;

/**
 * How a command in a guest ended.
 *
 * @param argv the program and its arguments
 * @param exitCode its exit code; 128 + n if signal n ended it; 127 if it could not be started
 * @param stdout what it wrote to its standard output, read as UTF-8
 * @param stderr what it wrote to its standard error, read as UTF-8
 */
public record Result(List<String> argv, int exitCode, String stdout, String stderr) {
  /** Makes the argument list immutable. */
  public Result {
    argv = List.copyOf(argv);
    Objects.requireNonNull(stdout);
    Objects.requireNonNull(stderr);
  }

  /** Whether the exit code is 0. */
  public boolean ok() {
    return exitCode == 0;
  }

  /**
   * Demands success.
   *
   * @return this result
   * @throws AssertionError if the exit code is not 0, showing all there is to see
   */
  public Result check() {
    if (!ok()) {
      throw new AssertionError("failed: " + this);
    }
    return this;
  }

  /** The lines of the standard output, without their ends. */
  public List<String> lines() {
    return stdout.lines().toList();
  }

  /** The whole story, for a test report. Do not run commands with secrets in their arguments. */
  @Override
  public String toString() {
    return String.join(" ", argv)
        + "\nexit code "
        + exitCode
        + section("stdout", stdout)
        + section("stderr", stderr);
  }

  private static String section(String name, String text) {
    return text.isEmpty() ? "" : "\n--- " + name + "\n" + text.stripTrailing();
  }
}
