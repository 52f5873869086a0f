// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.TestReporter;
import org.wg4j.lab.LabExtension;

/**
 * A script of the fast lane on virtual time, in which waiting costs nothing: a run of it, and what
 * it says of its parts. There is no in-tree module in that kernel to compare with.
 */
final class VirtualTime {
  private static final Path LANE = ConformanceTable.root().resolve("tests/lab/uml");

  /** For a host that has much else to do; the scripts themselves take about a minute. */
  private static final int LIMIT_SECONDS = 1800;

  private final List<String> output;

  /** Runs a script to its end. */
  VirtualTime(String script, String... arguments) {
    command(LANE.resolve("build-module.sh").toString());
    List<String> argv = new ArrayList<>();
    argv.addAll(List.of(LANE.resolve("run.sh").toString(), "-t", "" + LIMIT_SECONDS));
    argv.addAll(List.of("-k", "time-travel=inf-cpu"));
    argv.add(ConformanceTable.root().resolve("build/um/wireguard.ko").toString());
    argv.addAll(List.of("--", LANE.resolve(script).toString()));
    argv.addAll(List.of(arguments));
    output = command(argv.toArray(String[]::new));
  }

  private static List<String> command(String... argv) {
    try {
      Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
      process.getOutputStream().close();
      List<String> lines = new ArrayList<>();
      try (BufferedReader reader = process.inputReader()) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          lines.add(line.stripTrailing());
        }
      }
      lines.add("exit code " + process.waitFor());
      return lines;
    } catch (IOException e) {
      throw new AssertionError("cannot run " + argv[0], e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Asserts that a part of the script went well, and the kernel had nothing to complain of. */
  void assertPart(String name, TestReporter reporter) {
    output.stream()
        .filter(line -> line.startsWith("kernel "))
        .forEach(line -> reporter.publishEntry(LabExtension.MACHINE, line.substring(7) + " ours"));
    String text = String.join("\n", output);
    assertThat(output).as(text).contains("ok " + name);
    assertThat(text).doesNotContain("the kernel complains", "no success token");
  }
}
