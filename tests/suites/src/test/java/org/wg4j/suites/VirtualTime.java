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

  private static final String BOOKWORM = "bookworm";

  private final List<String> output;

  /** Runs a script to its end, on our module. */
  VirtualTime(String script, String... arguments) {
    this(BOOKWORM, List.of("wireguard.ko"), script, arguments);
  }

  private VirtualTime(String release, List<String> modules, String script, String... arguments) {
    lane(release, "build-module.sh");
    Path made = ConformanceTable.root().resolve("build/um");
    Path built = release.equals(BOOKWORM) ? made : made.resolve(release);
    List<String> argv = new ArrayList<>();
    argv.addAll(List.of("run.sh", "-t", "" + LIMIT_SECONDS, "-k", "time-travel=inf-cpu"));
    modules.forEach(module -> argv.add(built.resolve(module).toString()));
    argv.add("--");
    argv.add(LANE.resolve(script).toString());
    argv.addAll(List.of(arguments));
    output = lane(release, argv.toArray(String[]::new));
  }

  /** Runs a script to its end with the kernel's own module, as {@code wg_intree}, beside ours. */
  static VirtualTime besideInTree(String script, String... arguments) {
    return besideInTreeOf(BOOKWORM, script, arguments);
  }

  /** The same in the kernel of a Debian release, with that kernel's own module. */
  static VirtualTime besideInTreeOf(String release, String script, String... arguments) {
    lane(release, "build-in-tree.sh");
    List<String> modules = List.of("wireguard.ko", "in-tree/wg_intree.ko");
    return new VirtualTime(release, modules, script, arguments);
  }

  /** Runs a program of the fast lane, whose kernel is a Debian release's, as {@link #command}. */
  private static List<String> lane(String release, String... argv) {
    String[] whole = argv.clone();
    whole[0] = LANE.resolve(argv[0]).toString();
    ProcessBuilder program = new ProcessBuilder(whole);
    program.environment().put("WG4J_LINUX", release);
    return finish(program);
  }

  /** Runs a program of the host to its end; what it said, and its exit code as the last line. */
  static List<String> command(String... argv) {
    return finish(new ProcessBuilder(argv));
  }

  private static List<String> finish(ProcessBuilder program) {
    try {
      Process process = program.redirectErrorStream(true).start();
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
      throw new AssertionError("cannot run " + program.command().get(0), e);
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
