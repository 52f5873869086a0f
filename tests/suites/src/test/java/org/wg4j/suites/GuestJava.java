// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.wg4j.cli.ManyCommands;
import org.wg4j.lab.Command;
import org.wg4j.lab.Machine;
import org.wg4j.suites.guest.NetlinkErrors;

/** Runs this module's main classes in a guest's JVM, with wgj and all it needs beside them. */
final class GuestJava {
  /** A JVM of an emulated guest takes its time. */
  private static final Duration LIMIT = Duration.ofMinutes(8);

  /** What {@code make java} has put together for wgj's launcher. */
  private static final String LIBRARIES = "/wg4j/java/wgj/target/lib/*";

  private GuestJava() {}

  /**
   * The command that runs a main class.
   *
   * @param door jni or jna
   */
  static Command command(Machine machine, String door, Class<?> main, String... arguments) {
    List<String> argv = new ArrayList<>();
    argv.addAll(List.of("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
    argv.add("-Dnetlink4j.door=" + door);
    argv.add("-Dnetlink4j.library.path=/wg4j/build/native");
    argv.add("-Dwgj.program=wg");
    argv.add("-cp");
    argv.add(machine.guestPath(classes()) + ":" + LIBRARIES);
    argv.add(main.getName());
    argv.addAll(List.of(arguments));
    return Command.of(argv.toArray(String[]::new)).within(LIMIT);
  }

  private static Path classes() {
    try {
      return Path.of(
          NetlinkErrors.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A program to run: {@code wgj} is ours, in one JVM for the whole list.
   *
   * @param argv program and arguments, without tabs and line ends
   * @param input its standard input
   */
  record Call(List<String> argv, String input) {
    static Call of(String... argv) {
      return new Call(List.of(argv), "");
    }

    /** Words separated by spaces; {@code ''} is the empty word. */
    static Call words(String line) {
      return new Call(
          List.of(line.split(" ")).stream().map(word -> word.equals("''") ? "" : word).toList(),
          "");
    }

    Call with(String newInput) {
      return new Call(argv, newInput);
    }
  }

  /** What came of a {@link Call}. */
  record Outcome(int code, String out, String err) {}

  /** Runs the calls one after the other. */
  static List<Outcome> run(Machine machine, List<Call> calls) {
    Base64.Encoder encoder = Base64.getEncoder();
    StringBuilder list = new StringBuilder();
    for (Call call : calls) {
      list.append(encoder.encodeToString(call.input().getBytes(StandardCharsets.UTF_8)));
      call.argv().forEach(word -> list.append('\t').append(word));
      list.append('\n');
    }
    List<String> lines =
        machine
            .run(command(machine, "auto", ManyCommands.class).stdin(list.toString()))
            .check()
            .stdout()
            .lines()
            .toList();
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i + 2 < lines.size(); i += 3) {
      outcomes.add(
          new Outcome(
              Integer.parseInt(lines.get(i)), decode(lines.get(i + 1)), decode(lines.get(i + 2))));
    }
    if (outcomes.size() != calls.size()) {
      throw new AssertionError(calls.size() + " calls, " + outcomes.size() + " outcomes: " + lines);
    }
    return outcomes;
  }

  private static String decode(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
