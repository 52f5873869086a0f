// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.netlink4j.Netlink;
import org.wg4j.WireGuard;

/** What scripts call a thousand times loads nothing of what they do not use. */
class HotPathTest {

  private static final Pattern LOADED =
      Pattern.compile(
          "\\] ((?:org\\.wg4j\\.cli|picocli|io\\.nayuki|java\\.util\\.regex)\\.\\S+) source:");

  private static final Set<String> ALWAYS =
      Set.of(
          "CombinedWireGuard",
          "Failure",
          "Host",
          "Host$1",
          "Host$Unreadable",
          "Main",
          "Main$1",
          "Output",
          "Session",
          "Session$ClientSource");

  @TempDir Path directory;

  /** Where a class was loaded from. */
  static String home(Class<?> type) {
    try {
      return new File(type.getProtectionDomain().getCodeSource().getLocation().toURI()).getPath();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private Set<String> loaded(String command) throws IOException, InterruptedException {
    Path key = Files.writeString(directory.resolve("key"), "A".repeat(43) + "=\n");
    Path log = directory.resolve("log");
    String classPath =
        Stream.of(Main.class, WireGuard.class, Netlink.class)
            .map(HotPathTest::home)
            .collect(Collectors.joining(File.pathSeparator));
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:disable",
                "-Xlog:class+load=info:file=" + log,
                "-cp",
                classPath,
                Main.class.getName()));
    words.addAll(List.of(command.split(" ")));
    Process process =
        new ProcessBuilder(words)
            .redirectInput(key.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.waitFor();
    Set<String> classes = new TreeSet<>();
    for (String line : Files.readAllLines(log)) {
      Matcher matcher = LOADED.matcher(line);
      if (matcher.find() && !matcher.group(1).contains("$$Lambda")) {
        classes.add(matcher.group(1).replaceFirst("^org\\.wg4j\\.cli\\.", ""));
      }
    }
    assertThat(classes).contains("Main");
    classes.removeAll(ALWAYS);
    return classes;
  }

  @ParameterizedTest
  @CsvSource({
    "genkey, KeyCommands",
    "pubkey, KeyCommands",
    // Without WireGuard in the kernel, which is the same but for its output.
    "show, ShowCommand ShowCommand$1",
    // This looks for sockets of programs in user space, too.
    "show wg0, ShowCommand ShowCommand$1",
  })
  void loadsNoMoreThanItNeeds(String command, String needed)
      throws IOException, InterruptedException {
    assertThat(loaded(command)).isSubsetOf(needed.split(" "));
  }
}
