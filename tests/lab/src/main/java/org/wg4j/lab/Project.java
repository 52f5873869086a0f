// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where the project lies on the host, and its scripts as methods. */
final class Project {
  private Project() {}

  /**
   * The project's root directory: the system property {@code wg4j.home} if it is set, else the
   * nearest directory at or above the working directory that holds the lab.
   */
  static Path root() {
    String home = System.getProperty("wg4j.home");
    if (home != null) {
      return Path.of(home).toAbsolutePath();
    }
    for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
      if (Files.isRegularFile(dir.resolve("tests/lab/agent/agent.c"))) {
        return dir;
      }
    }
    throw new LabException("no wg4j project at or above " + Path.of("").toAbsolutePath());
  }

  /** Where consoles and other things worth reading after a failure are kept. */
  static Path logs() {
    return root().resolve("build/lab");
  }

  /**
   * Runs one of the lab's scripts, its progress going to our standard error, and returns what it
   * printed.
   */
  static List<String> script(String path, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(root().resolve("tests/lab").resolve(path).toString());
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      process.getOutputStream().close();
      List<String> lines = new ArrayList<>();
      try (BufferedReader reader = process.inputReader()) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          lines.add(line);
        }
      }
      int code = process.waitFor();
      if (code != 0) {
        throw new LabException(String.join(" ", command) + " failed with exit code " + code);
      }
      return lines;
    } catch (IOException e) {
      throw new LabException(String.join(" ", command) + " cannot be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted in " + String.join(" ", command), e);
    }
  }

  /** What a machine boots from; the machine is named as {@code uname -m} names it. */
  record BootFiles(Path root, Path kernel, Path initrd, String kernelRelease, String machine) {
    static BootFiles of(MachineSpec spec) {
      Map<String, String> values = new LinkedHashMap<>();
      for (String line : script("image/boot-files.sh", spec.release(), spec.kernel().kind())) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          values.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
      if (!values.keySet().containsAll(List.of("root", "kernel", "initrd", "release", "machine"))) {
        throw new LabException("boot-files.sh printed " + values);
      }
      return new BootFiles(
          Path.of(values.get("root")),
          Path.of(values.get("kernel")),
          Path.of(values.get("initrd")),
          values.get("release"),
          values.get("machine"));
    }
  }
}
