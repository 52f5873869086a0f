// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A command for a guest. Immutable; the methods that change something return a changed copy.
 *
 * @param argv the program, searched in the guest's PATH, and its arguments; at least one element
 * @param env variables added to the guest's default environment (PATH, HOME, LANG, TMPDIR)
 * @param cwd the working directory
 * @param stdin what it reads from its standard input, which then ends
 * @param limit how long it may take; positive
 */
public record Command(
    List<String> argv, Map<String, String> env, String cwd, byte[] stdin, Duration limit) {

  /** How long a command may take if nothing else is said: guests are emulated, and hosts busy. */
  public static final Duration DEFAULT_LIMIT = Duration.ofMinutes(2);

  /** Checks and copies what it is given. */
  public Command {
    argv = List.copyOf(argv);
    env = Map.copyOf(env);
    stdin = stdin.clone();
    Objects.requireNonNull(cwd);
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("a command needs a program");
    }
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("a time limit must be positive: " + limit);
    }
    argv.forEach(Command::requireNoNul);
    requireNoNul(cwd);
    env.forEach(
        (name, value) -> {
          requireNoNul(name);
          requireNoNul(value);
          if (name.isEmpty() || name.indexOf('=') >= 0) {
            throw new IllegalArgumentException("not a name for a variable: " + name);
          }
        });
  }

  /** A program and its arguments, run in / with empty input. */
  public static Command of(String... argv) {
    return new Command(List.of(argv), Map.of(), "/", new byte[0], DEFAULT_LIMIT);
  }

  /** A script for /bin/sh. */
  public static Command sh(String script) {
    return of("/bin/sh", "-c", script);
  }

  /** The same command in another directory. */
  public Command in(String directory) {
    return new Command(argv, env, directory, stdin, limit);
  }

  /** The same command with one more variable in its environment. */
  public Command env(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(env);
    more.put(name, value);
    return new Command(argv, more, cwd, stdin, limit);
  }

  /** The same command reading these bytes. */
  public Command stdin(byte[] bytes) {
    return new Command(argv, env, cwd, bytes, limit);
  }

  /** The same command reading this text, as UTF-8. */
  public Command stdin(String text) {
    return stdin(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The same command with another time limit. */
  public Command within(Duration newLimit) {
    return new Command(argv, env, cwd, stdin, newLimit);
  }

  /** A copy of the input. */
  @Override
  public byte[] stdin() {
    return stdin.clone();
  }

  private static void requireNoNul(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a NUL in " + text.replace('\0', '?'));
    }
  }
}
