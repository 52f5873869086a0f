// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.wg4j.Key;

/** What a real terminal says, which script(1) of bsdutils makes. */
class TerminalTest {

  /** Runs with the terminal as its standard output. */
  static final class Probe {
    private Probe() {}

    /** Says what it sees. */
    public static void main(String[] arguments) {
      Host host = new Host();
      System.out.println(
          host.isTerminal() + " " + host.isErrorTerminal() + " " + host.terminalRows());
    }
  }

  private static String run(String before, String after) throws IOException, InterruptedException {
    String classPath =
        Stream.of(Probe.class, Main.class, Key.class)
            .map(HotPathTest::home)
            .collect(Collectors.joining(File.pathSeparator));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String command =
        "%s'%s' -cp '%s' '%s' %s".formatted(before, java, classPath, Probe.class.getName(), after);
    Process process =
        new ProcessBuilder(List.of("script", "-qec", command, "/dev/null"))
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said.strip();
  }

  @Test
  void saysHowLargeItIs() throws Exception {
    assertThat(run("stty rows 7 cols 90; ", "")).isEqualTo("true true OptionalInt[7]");
  }

  @Test
  void aPipeIsNone() throws Exception {
    assertThat(run("", "| cat")).isEqualTo("false true OptionalInt.empty");
    assertThat(run("", "2>/dev/null | cat")).isEqualTo("false false OptionalInt.empty");
  }
}
