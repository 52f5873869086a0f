// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** Help for people, rendered by picocli. The only class that loads it. */
final class Help {

  /** What stands before and after a command. */
  static final String SYNOPSIS =
      "[ --netns <namespace> ] [ --debug ] [ <command> ] [ <argument>... ]";

  static final String DESCRIPTION =
      "Sets up, configures and shows WireGuard interfaces: wg(8) and wg-quick(8) in one program."
          + " Without a command: show. --netns, before the command or right after it, makes it work in"
          + " the network namespace of that name, path or process; --debug shows where an error"
          + " comes from.";

  /**
   * Commands: name, arguments as {@link Synopsis} reads them, summary, details, examples. Manual
   * page and completion are made from this table ({@link Documents}).
   */
  static final String[][] COMMANDS = {
    {
      "show",
      "[ interfaces | { <interface> | all } [ public-key | private-key | listen-port | fwmark | peers"
          + " | preshared-keys | endpoints | allowed-ips | latest-handshakes | transfer |"
          + " persistent-keepalive | dump ] ] [--json] [--names] [--watch] [--interval <seconds>]"
          + " [--sort <column>] [--count <times>]",
      "Shows interfaces and their peers.",
      "Without arguments all interfaces, in a form for people; secrets are hidden unless"
          + " WG_HIDE_KEYS=never. With a field its values only, for scripts: public-key, private-key,"
          + " listen-port, fwmark, peers, preshared-keys, endpoints, allowed-ips, latest-handshakes,"
          + " transfer, persistent-keepalive, or dump for all at once, separated by tabs.%n%n"
          + "--json prints one line of JSON in the shape of wg-json: interfaces by name, peers by"
          + " key, what is not set left out. Keys are in it where the same command without --json"
          + " shows them.%n"
          + "--names shows what /etc/wireguard/<interface>.conf calls the peers, which"
          + " WGJ_NAMES=always does, too: a comment # Name = TEXT directly above [Peer], or below"
          + " it. JSON and --watch always have the names.%n"
          + "--watch shows a table of the peers every 2 or --interval seconds until Ctrl-C, or"
          + " --count times: rates, age of the handshake, endpoint; --sort is by handshake,"
          + " peer, endpoint, rx, tx or rate. Without a terminal one table follows the other.",
      "wgj show|wgj show wg0|wgj show all dump|wgj show wg0 latest-handshakes|wgj show --json"
          + "|wgj show wg0 --names|wgj show --watch --sort=rate",
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
      "<interface> [ listen-port <port> | fwmark <mark> | private-key <file> ]... [ peer <public key>"
          + " [ remove | preshared-key <file> | endpoint <host>:<port> | persistent-keepalive"
          + " <seconds> | allowed-ips <ip>/<length>[,...] ]... ]...",
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
      "{ <name> | <file>.conf }",
      "Brings an interface up as a file says.",
      "Makes the interface, configures it, sets addresses, MTU, name servers and routes, and runs the"
          + " file's hooks, as wg-quick does. A name means /etc/wireguard/<name>.conf, and is the"
          + " interface's. If anything fails, nothing is left behind.",
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
      "Comments, order and hooks stay, and endpoints that are host names, wherever they lead now.",
      "wgj save wg0",
    },
    {
      "strip",
      "{ <name> | <file>.conf }",
      "Prints a file without what only up and down understand.",
      "",
      "wgj strip wg0",
    },
    {
      "check",
      "[--json] [--strict] { <file> | <interface> | - }...",
      "Says what is wrong with configuration files.",
      "Needs no rights but to read them, and asks nobody. Prints FILE:LINE:COLUMN: error or warning:"
          + " what is the matter [code]. Errors are what up and setconf would refuse. Warnings are"
          + " what they take but was hardly meant: allowed IPs that two peers have or that overlap,"
          + " host bits, keys twice, the interface's own key or address as a peer's, peers that"
          + " neither side can reach, default routes that leak or loop, files that others can read"
          + " or write.%nThe exit code is 1 if there is an error, or with --strict a warning; else"
          + " 0.%n--json prints an array of objects: file, line, column (left out where there is"
          + " none), level (error or warning), code, message.",
      "wgj check wg0|wgj check --strict *.conf|wgj check --json wg0.conf",
    },
    {
      "new-peer",
      "{ <interface> | <file>.conf } [--name <name>] [--endpoint <host>[:<port>]]"
          + " [--allowed-ips <list>] [--dns <list>] [--keepalive <seconds>] [--mtu <bytes>] [--psk]"
          + " [--address <list>] [--output <file>] [--apply] [--json]",
      "Makes keys, an address and both sides' configuration for a new peer.",
      "The address is the first that is free in each of the interface's networks, unless --address"
          + " says another. Prints the new peer's file, with this side's section as comments; with"
          + " --output it goes into a file that its owner alone can read and that must not exist,"
          + " and the section alone is printed. --apply adds the section to the interface's file,"
          + " and the peer to the interface if it is up.%n--endpoint is where this host is for the"
          + " new peer; the port is the interface's if left out. --allowed-ips is what the new peer"
          + " sends through the tunnel, at first the interface's networks. --dns, --mtu and --keepalive go into"
          + " its file as they are. --psk makes a pre-shared"
          + " key. --name becomes a comment # Name =, which show --names shows."
          + "%n--json prints an object instead; the keys are in it unless --output has them.",
      "wgj new-peer wg0 --name=laptop --endpoint=vpn.example.org --output=laptop.conf --apply"
          + "|wgj new-peer wg0 --name=phone --endpoint=vpn.example.org --allowed-ips=0.0.0.0/0,::/0"
          + " --apply | wgj qr -",
    },
    {
      "qr",
      "[--invert] { <file> | <interface> | - }",
      "Shows a configuration file as a QR code, for the camera of a phone.",
      "Comments and what phones refuse (hooks, Table, FwMark, SaveConfig) are left out. Whoever sees"
          + " the code has the keys. Without colours the code is for a dark screen; --invert makes"
          + " it fit a light one, or paper.",
      "wgj qr phone.conf",
    },
    {
      "resolve",
      "[ <interface> | <file>.conf ]... [--dry-run] [--all] [--json]",
      "Looks up again where peers are that have not been heard of.",
      "Peers whose Endpoint is a name in the interface's file, and whose latest handshake is more"
          + " than 135 seconds old: if the name now has another address, the peer gets it."
          + " Without an interface: all that have a file in /etc/wireguard. --all also looks at"
          + " peers with a younger handshake, --dry-run sets nothing. Meant to run every minute or"
          + " so. The exit code is 1 if anything could not be looked up or set.%n--json prints, by"
          + " interface and peer: host, result (fresh, same, changed or failed), endpoint, resolved,"
          + " error.",
      "wgj resolve|wgj resolve wg0 --dry-run",
    },
    {
      "diff",
      Usage.DIFF,
      "Shows what would have to change to make an interface what a file says.",
      "One line for each step, in the order in which apply would take them; secrets are not shown."
          + " The file may have the keys of wg-quick, which do not count; - is standard input. A"
          + " listening port that is not mentioned is no difference, and neither is an endpoint, the"
          + " mark that up has chosen for default routes, or a key that PreUp or PostUp sets."
          + " Exit code: 0 if nothing differs, 1 if something does, 2 if there was trouble.%n"
          + "--json prints, by interface, the steps as an array: step (its kind), peer and name, the"
          + " new value under the name that show --json has for it, and was, the old one.",
      "wgj diff wg0 /etc/wireguard/wg0.conf|wgj diff wg0 new.conf > /dev/null && echo up to date",
    },
    {
      "apply",
      Usage.APPLY,
      "Makes an interface what a file says and disturbs nothing that is right already.",
      "Peers that stay keep their sessions, and each address is routed to its old peer until it is"
          + " routed to its new one. Other than syncconf, apply leaves peers alone that do not change;"
          + " as with syncconf, what the file does not mention goes, be it the private key,"
          + " save what is no difference to diff."
          + " --dry-run shows the steps and takes none. --mode is sync, or add to change only what"
          + " the file mentions, or replace to remove all peers first, with their sessions."
          + " Addresses, routes and name servers are for up.%n--json prints the steps as diff does, and"
          + " applied, whether they were taken.",
      "wgj apply wg0 /etc/wireguard/wg0.conf|wgj apply --dry-run wg0 new.conf"
          + "|wgj apply --mode=add wg0 guests.conf|wgj apply wg0 - < new.conf",
    },
    {"help", "[ <command> ]", "Explains a command.", "", "wgj help set"},
    {"version", "", "Prints the version.", "", "wgj version"},
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
        .customSynopsis(program + " " + SYNOPSIS)
        .description(DESCRIPTION)
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
    spec.usageMessage()
        .customSynopsis((program + " " + name + " " + entry[1]).strip())
        .description(entry[3].isEmpty() ? entry[2] : entry[2] + "%n" + entry[3])
        .footerHeading("%nExamples:%n");
    String[] lines = examples(entry);
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "  " + lines[i].replace("wgj ", program + " ");
    }
    spec.usageMessage().footer(lines);
    return print(session, spec);
  }

  static String[] examples(String[] entry) {
    return entry[4].split("\\|(?=wgj )");
  }

  private static int print(Session session, CommandSpec spec) {
    spec.usageMessage().width(80);
    Ansi ansi = session.host().isTerminal() ? Ansi.ON : Ansi.OFF;
    session.out().print(new CommandLine(spec).getUsageMessage(ansi));
    return 0;
  }
}
