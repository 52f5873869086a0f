// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a command of wg-quick(8) once more: as root, as wg-quick does it, or inside a network
 * namespace, where its hooks, the firewall and the resolver belong, too, which a socket alone would
 * not bring about.
 */
final class Rerun {

  private static final Path NAMED = Path.of("/run/netns");

  private Rerun() {}

  /** Whether a command must be run by root but is not, and sudo(8) can help. */
  static boolean needsRoot(Session session, Shell shell, String command, String[] rest) {
    return rest.length == 1
        && !rest[0].startsWith("-")
        && !session.host().isRoot()
        && (!command.equals("strip") || isHidden(ConfigName.locate(session, rest[0])))
        && shell.has("sudo");
  }

  private static boolean isHidden(Path file) {
    return !Files.isReadable(file) && !Files.notExists(file);
  }

  static int asRoot(Session session, Shell shell, String command, String[] rest) throws Failure {
    String prompt =
        session.program() + " must be run as root. Please enter the password for %u to continue: ";
    List<String> options =
        session.namespace().map(it -> List.of("--netns=" + it.path())).orElse(List.of());
    return run(session, shell, List.of("sudo", "-p", prompt, "--"), options, command, rest);
  }

  static int inNamespace(Session session, Shell shell, String command, String[] rest)
      throws Failure {
    Path namespace = session.namespace().orElseThrow().path();
    // ip(8) also puts /etc/netns/NAME/resolv.conf in place, and a /sys that fits.
    boolean named = NAMED.equals(namespace.getParent());
    List<String> enter =
        named
            ? List.of("ip", "netns", "exec", namespace.getFileName().toString())
            : List.of("nsenter", "--net=" + namespace, "--");
    if (!shell.has(enter.get(0))) {
      throw new Failure(
          session.program()
              + ": there is no "
              + enter.get(0)
              + ", which --netns needs: install "
              + (named ? "iproute2" : "util-linux"));
    }
    return run(session, shell, enter, List.of(), command, rest);
  }

  private static int run(
      Session session,
      Shell shell,
      List<String> before,
      List<String> options,
      String command,
      String[] rest)
      throws Failure {
    try {
      List<String> words = new ArrayList<>(before);
      words.addAll(jvm(session.host().commandLine()));
      words.addAll(options);
      if (session.debug()) {
        words.add("--debug");
      }
      words.add(command);
      words.addAll(List.of(rest));
      session.out().flush();
      Runnable done = session.host().onExit(shell::stop);
      try {
        return shell.run(words);
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
