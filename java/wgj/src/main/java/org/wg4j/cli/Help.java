// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** Help for people, rendered by picocli. The only class that loads it. */
final class Help {

  private static final String[][] COMMANDS = {
    {
      "show",
      "[ <interface> | all | interfaces ] [ <field> ]",
      "Shows interfaces and their peers.",
      "Without arguments all interfaces, in a form for people; secrets are hidden unless"
          + " WG_HIDE_KEYS=never. With a field its values only, for scripts: public-key, private-key,"
          + " listen-port, fwmark, peers, preshared-keys, endpoints, allowed-ips, latest-handshakes,"
          + " transfer, persistent-keepalive, or dump for all at once, separated by tabs.",
      "wgj show|wgj show wg0|wgj show all dump|wgj show wg0 latest-handshakes",
    },
    {
      "showconf",
      "<interface>",
      "Prints an interface's configuration as a file.",
      "The output has the secrets in it, and is what setconf reads.",
      "wgj showconf wg0 > wg0.conf",
    },
    {
      "set",
      "<interface> [listen-port <port>] [fwmark <mark>] [private-key <file>] [peer <public key>"
          + " [remove] [preshared-key <file>] [endpoint <host>:<port>] [persistent-keepalive"
          + " <seconds>] [allowed-ips <ip>/<length>[,...]] ]...",
      "Changes an interface and its peers.",
      "What is not mentioned stays. Keys are read from files, because others can see a command's"
          + " arguments; an empty file removes the key. A list of allowed IPs replaces the peer's;"
          + " items that begin with + or - are added or taken away instead (- needs Linux 6.16). An"
          + " empty list clears.",
      "wgj set wg0 listen-port 51820 private-key /etc/wireguard/key"
          + "|wgj set wg0 peer KEY allowed-ips 10.0.0.2/32,fd00::2/128"
          + "|wgj set wg0 peer KEY endpoint vpn.example.org:51820"
          + "|wgj set wg0 peer KEY remove",
    },
    {
      "setconf",
      "<interface> <file>",
      "Makes an interface what a file says.",
      "What the file does not mention is cleared, other peers go away. The file may have WireGuard's"
          + " own keys only; strip removes the others.",
      "wgj setconf wg0 wg0.conf",
    },
    {
      "addconf",
      "<interface> <file>",
      "Adds a file to an interface's configuration.",
      "Peers that are there already stay; those in the file get the file's allowed IPs.",
      "wgj addconf wg0 more.conf",
    },
    {
      "syncconf",
      "<interface> <file>",
      "Makes an interface what a file says, without disturbing its peers.",
      "Like setconf, but peers in the file keep their sessions.",
      "wgj strip wg0 > /run/wg0.stripped && wgj syncconf wg0 /run/wg0.stripped",
    },
    {"genkey", "", "Prints a new private key.", "", "umask 077; wgj genkey > key"},
    {
      "genpsk",
      "",
      "Prints a new pre-shared key, for both ends of a tunnel.",
      "",
      "umask 077; wgj genpsk > psk",
    },
    {
      "pubkey",
      "",
      "Reads a private key and prints its public key.",
      "",
      "wgj pubkey < key > key.pub",
    },
    {
      "up",
      "{ <interface> | <file>.conf }",
      "Brings an interface up as a file says.",
      "Makes the interface, configures it, sets addresses, MTU, name servers and routes, and runs the"
          + " file's hooks, as wg-quick does. An interface's name means"
          + " /etc/wireguard/<interface>.conf. If anything fails, nothing is left behind.",
      "wgj up wg0|wgj up ./office.conf",
    },
    {
      "down",
      "{ <interface> | <file>.conf }",
      "Takes an interface down that up brought up.",
      "Runs the file's hooks, and first saves the interface's state if SaveConfig is true.",
      "wgj down wg0",
    },
    {
      "save",
      "{ <interface> | <file>.conf }",
      "Writes an interface's state into its file.",
      "",
      "wgj save wg0",
    },
    {
      "strip",
      "{ <interface> | <file>.conf }",
      "Prints a file without what only up and down understand.",
      "",
      "wgj strip wg0",
    },
    {
      "diff",
      Usage.DIFF,
      "Shows what would have to change to make an interface what a file says.",
      "One line for each step, in the order in which apply would take them; secrets are not shown."
          + " The file may have the keys of wg-quick, which do not count; - is standard input. A"
          + " listening port that is not mentioned is no difference, and neither is an endpoint."
          + " Exit code: 0 if nothing differs, 1 if something does, 2 if there was trouble.",
      "wgj diff wg0 /etc/wireguard/wg0.conf|wgj diff wg0 new.conf > /dev/null && echo up to date",
    },
    {
      "apply",
      Usage.APPLY,
      "Makes an interface what a file says and disturbs nothing that is right already.",
      "Peers that stay keep their sessions, and each address is routed to its old peer until it is"
          + " routed to its new one. Other than syncconf, apply leaves peers alone that do not change;"
          + " as with syncconf, what the file does not mention goes, be it the private key."
          + " --dry-run shows the steps and takes none. The mode is sync, or add to change only what"
          + " the file mentions, or replace to remove all peers first, with their sessions."
          + " Addresses, routes and name servers are for up.",
      "wgj apply wg0 /etc/wireguard/wg0.conf|wgj apply --dry-run wg0 new.conf"
          + "|wgj apply --mode=add wg0 guests.conf|wgj apply wg0 - < new.conf",
    },
  };

  private Help() {}

  private static String[] find(String command) {
    for (String[] entry : COMMANDS) {
      if (entry[0].equals(command)) {
        return entry;
      }
    }
    return null;
  }

  /** Whether there is help on a command. */
  static boolean knows(String command) {
    return find(command) != null;
  }

  /** Help on the program. */
  static int top(Session session) {
    String program = session.program();
    CommandSpec spec = CommandSpec.create().name(program);
    spec.usageMessage()
        .customSynopsis(program + " [ <command> ] [ <argument>... ]")
        .description(
            "Sets up, configures and shows WireGuard interfaces: wg(8) and wg-quick(8) in one program."
                + " Without a command: show.")
        .commandListHeading("%nCommands:%n")
        .footerHeading("%nExamples:%n")
        .footer(
            "  umask 077; " + program + " genkey | tee key | " + program + " pubkey > key.pub",
            "  ip link add wg0 type wireguard",
            "  " + program + " set wg0 private-key key peer KEY allowed-ips 10.0.0.2/32",
            "  " + program + " up wg0          # as /etc/wireguard/wg0.conf says",
            "  " + program + " show wg0",
            "",
            "`" + program + " help <command>' says more about one of them.");
    for (String[] entry : COMMANDS) {
      CommandSpec command = CommandSpec.create();
      command.usageMessage().description(entry[2]);
      spec.addSubcommand(entry[0], command);
    }
    return print(session, spec);
  }

  /** Help on one command. */
  static int command(Session session, String name) {
    String[] entry = find(name);
    String program = session.program();
    CommandSpec spec = CommandSpec.create().name(program + " " + name);
    String examples = entry[4].replace("wgj ", program + " ");
    spec.usageMessage()
        .customSynopsis((program + " " + name + " " + entry[1]).strip())
        .description(entry[3].isEmpty() ? entry[2] : entry[2] + "%n" + entry[3])
        .footerHeading("%nExamples:%n");
    String[] lines = examples.split("\\|(?=" + program + ")");
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "  " + lines[i];
    }
    spec.usageMessage().footer(lines);
    return print(session, spec);
  }

  private static int print(Session session, CommandSpec spec) {
    spec.usageMessage().width(80);
    Ansi ansi = session.host().isTerminal() ? Ansi.ON : Ansi.OFF;
    session.out().print(new CommandLine(spec).getUsageMessage(ansi));
    return 0;
  }
}
