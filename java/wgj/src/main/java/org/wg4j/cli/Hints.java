// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.netlink4j.Errno;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.NetlinkException;
import org.wg4j.ConfigException;
import org.wg4j.ResolveException;

/** What to do about an error, for a person, and where it comes from, for a developer. */
final class Hints {

  private static final String KEY =
      "a key is 44 characters of base64, as genkey, genpsk and pubkey print it";

  private final Session session;
  private final String subject;

  private Hints(Session session, String subject) {
    this.session = session;
    this.subject = subject;
  }

  /** Advice on what made a command fail; empty if there is none to give. */
  static Optional<String> on(Session session, Failure failure) {
    Hints hints = new Hints(session, failure.subject());
    Throwable reason = failure.reason();
    if (reason instanceof FamilyNotFoundException) {
      return Optional.of(noModule());
    }
    if (reason instanceof NetlinkException netlink) {
      return hints.onNetlink(netlink);
    }
    if (reason instanceof ConfigException config) {
      return hints.onConfig(config);
    }
    if (reason instanceof ResolveException resolve) {
      return Optional.of(onResolve(resolve, failure.subject()));
    }
    if (reason instanceof Host.Unreadable) {
      return Optional.of("the file is `" + failure.subject() + "'");
    }
    return Optional.empty();
  }

  /** Where an exception comes from. */
  static String trace(Throwable e) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace, true));
    return trace.toString().stripTrailing();
  }

  static String noModule() {
    return "this kernel has no WireGuard: load the module with `sudo modprobe wireguard'; in a"
        + " container, on its host. Linux has had it since 5.6; for an older kernel install"
        + " wireguard-dkms";
  }

  private Optional<String> onNetlink(NetlinkException e) {
    if (e.is(Errno.EPERM) || e.is(Errno.EACCES)) {
      return Optional.of(
          "this needs CAP_NET_ADMIN in the interface's network namespace: run it as root, for"
              + " example with sudo");
    }
    if (e.is(Errno.ENODEV)) {
      return Optional.of(noDevice());
    }
    if (e.is(Errno.ENOENT) && session.namespace().isPresent()) {
      return Optional.of(
          "there is no network namespace `" + session.namespace().get().path() + "'");
    }
    if (e.is(Errno.EOPNOTSUPP)) {
      return Optional.of(
          "either `"
              + subject
              + "' is an interface of another kind (`ip -d link show "
              + subject
              + "' tells), or "
              + noModule());
    }
    if (e.is(Errno.EADDRINUSE)) {
      return Optional.of(
          "another program or interface has the UDP port: `sudo ss -ulpn' and `sudo "
              + session.program()
              + " show all listen-port' say who; choose another listen port, or 0 for any");
    }
    if (e.is(Errno.EEXIST)) {
      return Optional.of("it is there already: `ip address' and `ip route show table all' show it");
    }
    return Optional.empty();
  }

  private String noDevice() {
    String where =
        session.namespace().map(namespace -> " in `" + namespace.path() + "'").orElse("");
    List<String> names;
    try {
      names = session.client().deviceNames();
    } catch (IOException e) {
      names = List.of();
    }
    String others =
        names.isEmpty()
            ? "there is no WireGuard interface" + where
            : "the WireGuard interfaces" + where + " are: " + String.join(", ", names);
    return others
        + "; `sudo "
        + session.program()
        + " up "
        + subject
        + "' or `sudo ip link add "
        + subject
        + " type wireguard' makes `"
        + subject
        + "'";
  }

  private Optional<String> onConfig(ConfigException e) {
    String where = "";
    if (e.line() > 0) {
      where =
          "line "
              + e.line()
              + " of "
              + subject
              + "; `"
              + session.program()
              + " check "
              + subject
              + "' shows all that is wrong";
    }
    String what =
        switch (e.reason()) {
          case BAD_KEY -> KEY;
          case UNRESOLVED_ENDPOINT ->
              e.getCause() instanceof ResolveException resolve ? onResolve(resolve, e.text()) : "";
          case BAD_PORT -> "a port is a number of 0 to 65535, or a name of /etc/services";
          case NO_PORT ->
              "an endpoint is HOST:PORT, with IPv6 addresses in brackets: [2001:db8::1]:51820";
          default -> "";
        };
    String both = what + (what.isEmpty() || where.isEmpty() ? "" : "; ") + where;
    return both.isEmpty() ? Optional.empty() : Optional.of(both);
  }

  private static String onResolve(ResolveException e, String name) {
    return switch (e.reason()) {
      case UNKNOWN_HOST, FAILED ->
          "no name server knows the host of `" + name + "': is it spelled right?";
      case UNKNOWN_SERVICE -> "a port is a number of 0 to 65535, or a name of /etc/services";
      case TEMPORARY ->
          "no name server answered for `" + name + "': is the network up, /etc/resolv.conf right?";
    };
  }
}
