// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.util.List;
import org.wg4j.QuickConfig;

/**
 * The rules that go with a default route through a tunnel: nftables where there is nft(8), else
 * iptables.
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

  /** The same for iptables-restore(8) and ip6tables-restore(8). */
  String oldScript(boolean v6, int mark, List<QuickConfig.Address> addresses) {
    String remark = " -m comment --comment " + remark();
    StringBuilder out = new StringBuilder("*raw\n");
    for (QuickConfig.Address address : addresses) {
      if (address.address().isIpv6() == v6) {
        out.append("-I PREROUTING -d ").append(address.address()).append(" ! -i ").append(name);
        out.append(" -m addrtype ! --src-type LOCAL").append(remark).append(" -j DROP\n");
      }
    }
    out.append("COMMIT\n*mangle\n-I POSTROUTING -p udp -m mark --mark ");
    out.append(Integer.toUnsignedString(mark)).append(remark).append(" -j CONNMARK --save-mark\n");
    out.append("-I PREROUTING -p udp").append(remark).append(" -j CONNMARK --restore-mark\n");
    return out.append("COMMIT\n").toString();
  }

  /** What tells our rules from others in tables that belong to all, as wg-quick writes it. */
  private String remark() {
    return "\"wg-quick(8) rule for " + name + '"';
  }

  private static String iptables(boolean v6) {
    return v6 ? "ip6tables" : "iptables";
  }

  void add(boolean v6, int mark, List<QuickConfig.Address> addresses) throws IOException, Failure {
    if (shell.has("nft")) {
      run(script(v6, mark, addresses));
    } else if (shell.has(iptables(v6))) {
      restore(iptables(v6), oldScript(v6, mark, addresses));
    } else {
      session.complain("[!] nft and iptables are missing: continuing without firewall rules.");
    }
  }

  private void run(String script) throws IOException, Failure {
    session.complain("[#] nft -f /dev/fd/63");
    Shell.check(shell.run(List.of("nft", "-f", "/dev/stdin"), script));
  }

  private void restore(String iptables, String script) throws IOException, Failure {
    String program = iptables + "-restore";
    session.complain("[#] " + program + " -n");
    Shell.check(shell.run(List.of(program, "-n"), script));
  }

  /** Removes what is there, if anything is, whichever program made it. */
  void remove() throws IOException, Failure {
    if (shell.has("nft")) {
      removeTables();
    }
    for (boolean v6 : new boolean[] {false, true}) {
      if (shell.has(iptables(v6))) {
        removeRules(iptables(v6));
      }
    }
  }

  private void removeTables() throws IOException, Failure {
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

  private void removeRules(String iptables) throws IOException, Failure {
    StringBuilder script = new StringBuilder();
    boolean any = false;
    for (String line : shell.lines(List.of(iptables + "-save"))) {
      if (line.startsWith("*") || line.equals("COMMIT")) {
        script.append(line).append('\n');
      } else if (line.startsWith("-A ") && line.contains("--comment " + remark())) {
        any = true;
        script.append("-D ").append(line, 3, line.length()).append('\n');
      }
    }
    if (any) {
      restore(iptables, script.toString());
    }
  }
}
