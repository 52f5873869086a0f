// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.netlink4j.NetlinkSocket;

/** Programs of these tests in a JVM of their own. */
final class ChildJvm {

  private ChildJvm() {}

  /** A program of the JDK that runs this test. */
  static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  private static String classPath() {
    Set<String> entries = new LinkedHashSet<>();
    try {
      for (Class<?> type : List.of(ChildJvm.class, WireGuard.class, NetlinkSocket.class)) {
        entries.add(
            Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
      }
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
    entries.add(Path.of("target", "test-classes").toString());
    return String.join(File.pathSeparator, entries);
  }

  /** A JVM that runs a class of the tests, whose errors come with its output. */
  static ProcessBuilder running(Class<?> main, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>(List.of(tool("java")));
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true);
  }
}
