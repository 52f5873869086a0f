// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.wg4j.QuickConfig;

/**
 * Whom this host asks for names while a tunnel is up: told to resolvconf(8) as wg-quick(8) does it,
 * and where there is none, which is where wg-quick gives up, to systemd-resolved.
 *
 * <p>{@link org.wg4j.DeviceDns} does the same for programs. People and scripts know it from
 * wg-quick otherwise: each command is shown before it runs, it says itself what it has to say, its
 * exit code is ours, and a signal ends it.
 */
final class HostDns {

  private final Session session;
  private final Shell shell;
  private final String name;
  private final QuickConfig quick;

  HostDns(Session session, Shell shell, String name, QuickConfig quick) {
    this.session = session;
    this.shell = shell;
    this.name = name;
    this.quick = quick;
  }

  /** Whether there is anything to tell: domains alone are nothing to wg-quick(8), either. */
  boolean isWanted() {
    return !quick.nameServers().isEmpty();
  }

  /** Lets the host ask the tunnel's name servers, and no others. */
  void set() throws Failure, IOException {
    if (!shell.has("resolvconf") && shell.has("resolvectl")) {
      List<String> servers = new ArrayList<>(List.of("resolvectl", "dns", name));
      quick.nameServers().forEach(server -> servers.add(server.toString()));
      run(servers, "");
      List<String> domains = new ArrayList<>(List.of("resolvectl", "domain", name));
      domains.addAll(quick.searchDomains());
      // All names are this interface's business, as with resolvconf -x.
      domains.add("~.");
      run(domains, "");
      return;
    }
    List<String> command = List.of("resolvconf", "-a", source(), "-m", "0", "-x");
    if (!shell.has("resolvconf")) {
      log(command);
      throw new Failure(
          session.program()
              + ": DNS is set, but there is no resolvconf: install openresolv, resolvconf or"
              + " systemd-resolved, or remove DNS from the configuration file",
          Shell.NOT_FOUND);
    }
    StringBuilder text = new StringBuilder();
    quick.nameServers().forEach(server -> text.append("nameserver ").append(server).append('\n'));
    if (!quick.searchDomains().isEmpty()) {
      text.append("search ").append(String.join(" ", quick.searchDomains())).append('\n');
    }
    run(command, text.toString());
  }

  /** Lets the host ask whom it asked before. What systemd-resolved knows goes with the link. */
  void unset() throws Failure, IOException {
    if (shell.has("resolvconf")) {
      run(List.of("resolvconf", "-d", source(), "-f"), "");
    }
  }

  private void run(List<String> command, String input) throws Failure, IOException {
    log(command);
    Shell.check(shell.run(command, input));
  }

  private void log(List<String> command) {
    session.complain("[#] " + String.join(" ", command));
  }

  /** What resolvconf(8) is to call this: Debian's sorts by name, in an order that a file says. */
  private String source() throws IOException {
    Path order = session.host().resolvconfOrder();
    if (!Files.isRegularFile(order)) {
      return name;
    }
    for (String line : Files.readAllLines(order, StandardCharsets.ISO_8859_1)) {
      String pattern = line.strip();
      if (pattern.matches("[A-Za-z0-9-]+\\*")) {
        return pattern.substring(0, pattern.length() - 1) + "." + name;
      }
    }
    return name;
  }
}
