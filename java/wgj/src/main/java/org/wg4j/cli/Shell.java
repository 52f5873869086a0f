// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs other programs. They inherit standard output and standard error. */
class Shell {

  /** What a shell answers when there is no such program. */
  static final int NOT_FOUND = 127;

  private final String hooks;
  private volatile Process running;

  Shell() {
    this(System.getProperty("wgj.hooks", ""));
  }

  /**
   * A shell of its own world.
   *
   * @param hooks where this program is called {@code wg}; need not exist
   */
  Shell(String hooks) {
    this.hooks = hooks;
  }

  /** Ends the program that runs now, if one does. For use by another thread. */
  void stop() {
    Process process = running;
    if (process != null) {
      process.destroy();
    }
  }

  /** Whether there is a program of that name. */
  boolean has(String program) {
    if (program.indexOf('/') >= 0) {
      return Files.isExecutable(Path.of(program));
    }
    for (String directory : path().split(":", -1)) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, program);
      if (Files.isRegularFile(file) && Files.isExecutable(file)) {
        return true;
      }
    }
    return false;
  }

  private static String path() {
    String path = System.getenv("PATH");
    return path == null ? "/usr/sbin:/usr/bin:/sbin:/bin" : path;
  }

  /**
   * Runs a hook: a line of bash in the setting that wg-quick(8) gives it.
   *
   * @param variables added to the environment
   * @return its exit code
   */
  int hook(String command, Map<String, String> variables) throws IOException {
    List<String> words =
        List.of(
            "bash", "-e", "-o", "pipefail", "-O", "extglob", "-c", "eval \"$1\"", "wgj", command);
    ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
    builder.environment().put("LC_ALL", "C");
    if (!hooks.isEmpty() && !has("wg")) {
      // Hooks may count on wg(8), which comes with wg-quick: without it, this program is it.
      builder.environment().put("PATH", path() + ":" + hooks);
    }
    builder.environment().putAll(variables);
    return await(start(builder));
  }

  /**
   * Runs a program that shares standard input, too.
   *
   * @return its exit code
   */
  int run(List<String> words) throws IOException {
    return await(start(new ProcessBuilder(words).inheritIO()));
  }

  /** An exit code other than 0 is ours, too: the program has said why. */
  static void check(int exitCode) throws Failure {
    if (exitCode != 0) {
      throw new Failure("", exitCode);
    }
  }

  /**
   * Runs a program with that text as its input.
   *
   * @return its exit code
   */
  int run(List<String> words, String input) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
    builder.redirectInput(ProcessBuilder.Redirect.PIPE);
    Process process = start(builder);
    try (OutputStream out = process.getOutputStream()) {
      out.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException brokenPipe) {
      // The program ended without reading everything; its exit code says what that means.
    }
    return await(process);
  }

  /**
   * Runs a program for its output, with its complaints thrown away.
   *
   * @return what it wrote, as lines; empty if it failed
   */
  List<String> lines(List<String> words) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    Process process = start(builder);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (InputStream in = process.getInputStream()) {
      in.transferTo(text);
    }
    List<String> lines = new ArrayList<>();
    if (await(process) == 0) {
      for (String line : text.toString(StandardCharsets.UTF_8).split("\n", -1)) {
        if (!line.isEmpty()) {
          lines.add(line);
        }
      }
    }
    return lines;
  }

  private Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    running = process;
    return process;
  }

  private int await(Process process) throws IOException {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    } finally {
      running = null;
    }
  }
}
