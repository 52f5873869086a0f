// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.List;

/** The usage lines of wg(8), which scripts and people know, and of what we have beyond it. */
final class Usage {

  /** What {@code show INTERFACE} takes beside the name, as words. */
  static final List<String> FIELDS =
      List.of(
          "public-key",
          "private-key",
          "listen-port",
          "fwmark",
          "peers",
          "preshared-keys",
          "endpoints",
          "allowed-ips",
          "latest-handshakes",
          "transfer",
          "persistent-keepalive",
          "dump");

  static final String SHOW =
      "{ <interface> | all | interfaces } [" + String.join(" | ", FIELDS) + "]";
  static final String SET =
      "<interface> [listen-port <port>] [fwmark <mark>] [private-key <file path>] [peer <base64"
          + " public key> [remove] [preshared-key <file path>] [endpoint <ip>:<port>]"
          + " [persistent-keepalive <interval seconds>] [allowed-ips"
          + " <ip1>/<cidr1>[,<ip2>/<cidr2>]...] ]...";
  static final String CONF = "<interface> <configuration filename>";

  static final String DIFF = "<interface> { <file> | - } [--json]";
  static final String APPLY = "<interface> { <file> | - } [--dry-run] [--mode <mode>] [--json]";

  private static final String[][] COMMANDS = {
    {"show", "Shows the current configuration and device information"},
    {
      "showconf",
      "Shows the current configuration of a given WireGuard interface, for use with `setconf'"
    },
    {"set", "Change the current configuration, add peers, remove peers, or change peers"},
    {"setconf", "Applies a configuration file to a WireGuard interface"},
    {"addconf", "Appends a configuration file to a WireGuard interface"},
    {"syncconf", "Synchronizes a configuration file to a WireGuard interface"},
    {"genkey", "Generates a new private key and writes it to stdout"},
    {"genpsk", "Generates a new preshared key and writes it to stdout"},
    {"pubkey", "Reads a private key from stdin and writes a public key to stdout"},
    {"up", "Brings an interface up as its configuration file says, like wg-quick"},
    {"down", "Takes such an interface down again"},
    {"save", "Writes the state of such an interface into its configuration file"},
    {"strip", "Prints a configuration file without what only `up' understands"},
    {"check", "Says what is wrong with configuration files"},
    {"new-peer", "Makes keys, an address and both sides' configuration for a new peer"},
    {"qr", "Shows a configuration file as a QR code, for phones"},
    {"resolve", "Looks up again where peers are that have not been heard of"},
    {"diff", "Shows what a configuration file would change about a WireGuard interface"},
    {"apply", "Makes a WireGuard interface what a configuration file says, without gaps"},
  };

  private Usage() {}

  static void all(String program, Output out) {
    out.print("Usage: ").print(program).print(" <cmd> [<args>]\n\nAvailable subcommands:\n");
    for (String[] command : COMMANDS) {
      out.print("  ").print(command[0]).print(": ").println(command[1]);
    }
    out.println("You may pass `--help' to any of these subcommands to view usage.");
  }

  static String line(String program, String command, String arguments) {
    String line = "Usage: " + program + " " + command;
    return arguments.isEmpty() ? line : line + " " + arguments;
  }
}
