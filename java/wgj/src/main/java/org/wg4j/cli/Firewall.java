// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.util.List;
import org.wg4j.QuickConfig;

/**
 * The nftables rules that go with a default route through a tunnel.
 *
 * <p>Packets from outside to the tunnel's own addresses must have come through the tunnel, or a
 * neighbour could find out which address that is and whether a connection exists (CVE-2019-14899).
 * The mark of outgoing WireGuard packets is kept in connection tracking and given to their answers,
 * so that the check of source addresses finds the way they really came. Table names are wg-quick's,
 * so that either program removes what the other made.
 */
final class Firewall {

  private final Session session;
  private final Shell shell;
  private final String name;

  Firewall(Session session, Shell shell, String name) {
    this.session = session;
    this.shell = shell;
    this.name = name;
  }

  private String table() {
    return "wg-quick-" + name;
  }

  /** The rules for one family, as nft reads them. */
  String script(boolean v6, int mark, List<QuickConfig.Address> addresses) {
    String family = v6 ? "ip6" : "ip";
    StringBuilder out = new StringBuilder();
    out.append("table ").append(family).append(' ').append(table()).append(" {\n");
    out.append("  chain preraw {\n    type filter hook prerouting priority -300;\n");
    for (QuickConfig.Address address : addresses) {
      if (address.address().isIpv6() == v6) {
        out.append("    iifname != \"").append(name).append("\" ").append(family);
        out.append(" daddr ").append(address.address());
        out.append(" fib saddr type != local drop\n");
      }
    }
    out.append("  }\n  chain premangle {\n    type filter hook prerouting priority -150;\n");
    out.append("    meta l4proto udp meta mark set ct mark\n");
    out.append("  }\n  chain postmangle {\n    type filter hook postrouting priority -150;\n");
    out.append("    meta l4proto udp mark ").append(Integer.toUnsignedString(mark));
    out.append(" ct mark set mark\n  }\n}\n");
    return out.toString();
  }

  void add(boolean v6, int mark, List<QuickConfig.Address> addresses) throws IOException, Failure {
    if (!shell.has("nft")) {
      session.complain("[!] nft is missing: continuing without firewall rules.");
      return;
    }
    run(script(v6, mark, addresses));
  }

  private void run(String script) throws IOException, Failure {
    session.complain("[#] nft -f /dev/fd/63");
    int code = shell.run(List.of("nft", "-f", "/dev/stdin"), script);
    if (code != 0) {
      throw new Failure("", code);
    }
  }

  /** Removes what is there, if anything is. */
  void remove() throws IOException, Failure {
    if (!shell.has("nft")) {
      return;
    }
    StringBuilder script = new StringBuilder();
    for (String line : shell.lines(List.of("nft", "list", "tables"))) {
      if (line.equals("table ip " + table()) || line.equals("table ip6 " + table())) {
        script.append("delete ").append(line).append('\n');
      }
    }
    if (script.length() > 0) {
      run(script.toString());
    }
  }
}
