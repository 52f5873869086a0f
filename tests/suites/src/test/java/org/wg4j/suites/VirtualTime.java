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
 * it says of its parts.
 */
final class VirtualTime {
  private static final Path LANE = ConformanceTable.root().resolve("tests/lab/uml");

  /** For a host that has much else to do; no script computes for longer than some two minutes. */
  private static final int LIMIT_SECONDS = 3600;

  private static final String OURS = "build/um/wireguard.ko";

  private final List<String> output;

  /** Runs a script to its end, on our module. */
  VirtualTime(String script, String... arguments) {
    this(List.of(OURS), script, arguments);
  }

  private VirtualTime(List<String> modules, String script, String... arguments) {
    command(LANE.resolve("build-module.sh").toString());
    List<String> argv = new ArrayList<>();
    argv.add(LANE.resolve("run.sh").toString());
    argv.addAll(List.of("-t", "" + LIMIT_SECONDS, "-k", "time-travel=inf-cpu"));
    modules.forEach(module -> argv.add(ConformanceTable.root().resolve(module).toString()));
    argv.add("--");
    argv.add(LANE.resolve(script).toString());
    argv.addAll(List.of(arguments));
    output = command(argv.toArray(String[]::new));
  }

  /** Runs a script to its end with the kernel's own module, as {@code wg_intree}, beside ours. */
  static VirtualTime besideInTree(String script, String... arguments) {
    command(LANE.resolve("build-in-tree.sh").toString());
    return new VirtualTime(List.of(OURS, "build/um/in-tree/wg_intree.ko"), script, arguments);
  }

  /** Runs a program of the host to its end; what it said, and its exit code as the last line. */
  static List<String> command(String... argv) {
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

  /** What the script said in lines that begin with a word, without the word. */
  List<String> said(String word) {
    return output.stream()
        .filter(line -> line.startsWith(word + " "))
        .map(line -> line.substring(word.length() + 1))
        .toList();
  }

  /** Asserts that a part of the script went well, and the kernel had nothing to complain of. */
  void assertPart(String name, TestReporter reporter) {
    said("kernel").forEach(line -> reporter.publishEntry(LabExtension.MACHINE, line + " ours"));
    String text = String.join("\n", output);
    assertThat(output).as(text).contains("ok " + name);
    assertThat(text).doesNotContain("the kernel complains", "no success token");
  }
}
