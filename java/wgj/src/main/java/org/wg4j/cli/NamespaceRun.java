// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a command of wg-quick(8) once more, inside a network namespace: its hooks, the firewall and
 * the resolver belong there, too, which a socket alone would not bring about.
 */
final class NamespaceRun {

  private static final Path NAMED = Path.of("/run/netns");

  private NamespaceRun() {}

  static int run(Session session, Shell shell, String command, String[] rest) throws Failure {
    Path namespace = session.namespace().orElseThrow().path();
    // ip(8) also puts /etc/netns/NAME/resolv.conf in place, and a /sys that fits.
    boolean named = NAMED.equals(namespace.getParent());
    List<String> words = new ArrayList<>();
    if (named) {
      words.addAll(List.of("ip", "netns", "exec", namespace.getFileName().toString()));
    } else {
      words.addAll(List.of("nsenter", "--net=" + namespace, "--"));
    }
    if (!shell.has(words.get(0))) {
      throw new Failure(
          session.program()
              + ": there is no "
              + words.get(0)
              + ", which --netns needs: install "
              + (named ? "iproute2" : "util-linux"));
    }
    try {
      words.addAll(jvm(session.host().commandLine()));
      if (session.debug()) {
        words.add("--debug");
      }
      words.add(command);
      words.addAll(List.of(rest));
      session.out().flush();
      Runnable done = session.host().onExit(shell::stop);
      try {
        return shell.run(words, "");
      } finally {
        done.run();
      }
    } catch (IOException e) {
      throw new Failure(session.program() + ": " + e.getMessage()).because(e, "");
    }
  }

  /** The command line up to the main class, which the program's own words follow. */
  private static List<String> jvm(List<String> all) throws IOException {
    int main = all.indexOf(Main.class.getName());
    if (main < 0) {
      throw new IOException("cannot tell how this program was started");
    }
    return all.subList(0, main + 1);
  }
}
