// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** bin/wgj, with a java that tells what it was started with. */
class LauncherTest {

  @TempDir Path directory;
  private Path launcher;

  @BeforeEach
  void install() throws IOException {
    launcher = Files.createDirectory(directory.resolve("bin")).resolve("wgj");
    Files.copy(Path.of("bin/wgj"), launcher);
    Path lib = Files.createDirectories(directory.resolve("target/lib"));
    Files.createFile(lib.resolve("wgj.jar"));
    Path java = Files.createDirectories(directory.resolve("jdk/bin")).resolve("java");
    Files.writeString(
        java,
        "#!/bin/sh\nprintf '%s\\n' \"LC_ALL=$LC_ALL LC_CTYPE=$LC_CTYPE\" \"$@\"\n"
            + "in=$(readlink /proc/$$/fd/0) out=$(readlink /proc/$$/fd/1)\n"
            + "err=$(readlink /proc/$$/fd/2)\n"
            + "printf '%s\\n' \"$in\" \"$out\" \"$err\" >descriptors\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
  }

  private List<String> start(Map<String, String> environment, String... arguments)
      throws IOException {
    // A shell writes the arguments: what Java passes depends on the locale of the tests.
    String words = String.join(" ", arguments);
    ProcessBuilder builder = new ProcessBuilder("sh").directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().putAll(environment);
    builder.environment().put("JAVA_HOME", directory.resolve("jdk").toString());
    Process process = builder.redirectErrorStream(true).start();
    process
        .getOutputStream()
        .write(("exec sh " + launcher + " " + words + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.onExit().join();
    return out.lines().toList();
  }

  @Test
  void passesArgumentsOn() throws IOException {
    List<String> lines = start(Map.of("LANG", "C"), "set", "''", "'a  b'", "--help");
    assertThat(lines).startsWith("LC_ALL= LC_CTYPE=").endsWith("set", "", "a  b", "--help");
    assertThat(lines).contains("-Dwgj.program=wgj", "org.wg4j.cli.Main");
  }

  @Test
  void givesJavaAllThreeDescriptors() throws IOException {
    start(Map.of(), "show", "<&-", ">&-", "2>&-");
    assertThat(Files.readAllLines(directory.resolve("descriptors")))
        .containsExactly("/dev/null", "/dev/null", "/dev/null");
    start(Map.of(), "show", "</dev/zero", ">/dev/full");
    assertThat(Files.readAllLines(directory.resolve("descriptors")))
        .startsWith("/dev/zero", "/dev/full");
  }

  @Test
  void findsACharacterSetForWhatIsNotAscii() throws IOException {
    String utf8 = "LC_ALL= LC_CTYPE=C.UTF-8";
    assertThat(start(Map.of(), "b\u00fcro.conf")).startsWith(utf8).endsWith("b\u00fcro.conf");
    assertThat(start(Map.of("LC_ALL", "C"), "b\u00fcro.conf")).startsWith(utf8);
    assertThat(start(Map.of("LC_ALL", "xx_XX.UTF-8"), "b\u00fcro.conf"))
        .as("a locale that is not there")
        .startsWith(utf8);
    assertThat(start(Map.of("LC_ALL", "C.UTF-8"), "b\u00fcro.conf"))
        .startsWith("LC_ALL=C.UTF-8 LC_CTYPE=");
    assertThat(start(Map.of("LC_ALL", "C"), "office.conf")).startsWith("LC_ALL=C LC_CTYPE=");
  }
}
