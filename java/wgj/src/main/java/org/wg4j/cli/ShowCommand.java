// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.wg4j.AllowedIp;
import org.wg4j.Device;
import org.wg4j.Key;
import org.wg4j.Peer;

/** {@code show}. */
final class ShowCommand {

  private final Session session;
  private final Output out;

  /** What to call peers beside their keys; null for wg(8)'s own output. */
  private PeerNames names;

  private boolean wantsNames;

  ShowCommand(Session session) {
    this.session = session;
    this.out = session.out();
  }

  /** Shows what configuration files call the peers, in the form for people. */
  ShowCommand withNames() {
    wantsNames = true;
    return this;
  }

  int run(String[] arguments) throws Failure {
    for (String word : arguments) {
      if (word.startsWith("--") && ShowMore.wants(word)) {
        return ShowMore.run(session, arguments);
      }
    }
    return plain(arguments);
  }

  /** What wg(8) takes, too. */
  int plain(String[] arguments) throws Failure {
    if (arguments.length == 1 && isHelp(arguments[0])) {
      // Not to standard output, though it was asked for: this is what wg(8) does.
      session.complain(usage());
      return 0;
    }
    if (arguments.length > 2) {
      throw new Failure(usage());
    }
    String which = arguments.length == 0 ? "all" : arguments[0];
    Optional<String> field = arguments.length < 2 ? Optional.empty() : Optional.of(arguments[1]);
    switch (which) {
      case "interfaces":
        if (field.isPresent()) {
          throw new Failure(usage());
        }
        return interfaces();
      case "all":
        return all(field);
      default:
        return one(which, field);
    }
  }

  private String usage() {
    return Usage.line(session.program(), "show", Usage.SHOW);
  }

  private static boolean isHelp(String word) {
    return word.equals("-h") || word.equals("--help") || word.equals("help");
  }

  private int interfaces() throws Failure {
    List<String> names = session.deviceNames();
    if (!names.isEmpty()) {
      out.println(String.join(" ", names));
    }
    return 0;
  }

  private int one(String name, Optional<String> field) throws Failure {
    try (Device device = session.client().device(name)) {
      show(device, field, false);
    } catch (IOException e) {
      throw new Failure("Unable to access interface: " + Failure.words(e)).because(e, name);
    }
    return 0;
  }

  private int all(Optional<String> field) throws Failure {
    List<String> names = session.deviceNames();
    boolean anyRead = names.isEmpty();
    IOException last = null;
    for (int i = 0; i < names.size(); i++) {
      try (Device device = session.client().device(names.get(i))) {
        show(device, field, true);
        if (field.isEmpty() && i + 1 < names.size()) {
          out.print("\n");
        }
        anyRead = true;
      } catch (IOException e) {
        session.complain("Unable to access interface " + names.get(i) + ": " + Failure.words(e));
        last = e;
      }
    }
    if (!anyRead) {
      throw new Failure("").because(last, "");
    }
    return 0;
  }

  private void show(Device device, Optional<String> field, boolean named) throws Failure {
    if (field.isEmpty()) {
      pretty(device);
      return;
    }
    if (!script(device, field.get(), named ? device.name() + "\t" : "")) {
      throw new Failure("Invalid parameter: `" + field.get() + "'\n" + usage());
    }
  }

  // Forms for scripts: keys are never hidden, peers are in the kernel's order.

  private boolean script(Device device, String field, String prefix) {
    switch (field) {
      case "public-key":
        key(prefix, device.publicKey());
        return true;
      case "private-key":
        key(prefix, device.privateKey());
        return true;
      case "listen-port":
        out.print(prefix).print(device.listenPort()).print("\n");
        return true;
      case "fwmark":
        out.print(prefix).println(fwmark(device));
        return true;
      case "dump":
        dump(device, prefix);
        return true;
      case "peers":
      case "preshared-keys":
      case "endpoints":
      case "allowed-ips":
      case "latest-handshakes":
      case "transfer":
      case "persistent-keepalive":
        for (Peer peer : device.peers()) {
          out.print(prefix).print(peer.publicKey());
          peerField(peer, field);
          out.print("\n");
        }
        return true;
      default:
        return false;
    }
  }

  private void key(String prefix, Optional<? extends Key> key) {
    out.print(prefix);
    keyOrNone(key);
    out.print("\n");
  }

  private void keyOrNone(Optional<? extends Key> key) {
    if (key.isPresent()) {
      out.print(key.get());
    } else {
      out.print("(none)");
    }
  }

  private static String fwmark(Device device) {
    return device.fwmark() == 0 ? "off" : "0x" + Integer.toHexString(device.fwmark());
  }

  private void peerField(Peer peer, String field) {
    switch (field) {
      case "peers":
        break;
      case "preshared-keys":
        out.print("\t");
        keyOrNone(peer.presharedKey());
        break;
      case "endpoints":
        out.print("\t").print(endpoint(peer));
        break;
      case "allowed-ips":
        out.print("\t").print(allowedIps(peer, " "));
        break;
      case "latest-handshakes":
        out.print("\t").print(handshake(peer));
        break;
      case "transfer":
        out.print("\t").print(Long.toUnsignedString(peer.receivedBytes()));
        out.print("\t").print(Long.toUnsignedString(peer.sentBytes()));
        break;
      default:
        out.print("\t").print(keepalive(peer));
        break;
    }
  }

  private String endpoint(Peer peer) {
    return peer.endpoint().isPresent()
        ? peer.endpoint().get().format(session::interfaceName)
        : "(none)";
  }

  private static String allowedIps(Peer peer, String separator) {
    if (peer.allowedIps().isEmpty()) {
      return "(none)";
    }
    StringBuilder text = new StringBuilder();
    for (AllowedIp prefix : peer.allowedIps()) {
      text.append(text.length() == 0 ? "" : separator).append(prefix);
    }
    return text.toString();
  }

  private static long handshake(Peer peer) {
    return peer.lastHandshake().isPresent() ? peer.lastHandshake().get().getEpochSecond() : 0;
  }

  private static String keepalive(Peer peer) {
    return peer.persistentKeepalive() == 0 ? "off" : Integer.toString(peer.persistentKeepalive());
  }

  private void dump(Device device, String prefix) {
    out.print(prefix);
    keyOrNone(device.privateKey());
    out.print("\t");
    keyOrNone(device.publicKey());
    out.print("\t").print(device.listenPort()).print("\t").println(fwmark(device));
    for (Peer peer : device.peers()) {
      out.print(prefix).print(peer.publicKey()).print("\t");
      keyOrNone(peer.presharedKey());
      out.print("\t").print(endpoint(peer)).print("\t").print(allowedIps(peer, ","));
      out.print("\t").print(handshake(peer));
      out.print("\t").print(Long.toUnsignedString(peer.receivedBytes()));
      out.print("\t").print(Long.toUnsignedString(peer.sentBytes()));
      out.print("\t").println(keepalive(peer));
    }
  }

  // The form for people.

  private void pretty(Device device) {
    Palette paint = Palette.of(session);
    boolean hide = !session.environment("WG_HIDE_KEYS").orElse("").equals("never");
    out.print(paint.reset());
    out.print(paint.title("interface", paint.green()));
    out.println(": " + paint.green() + device.name() + paint.reset());
    if (device.publicKey().isPresent()) {
      field(paint, "public key").print(device.publicKey().get()).print("\n");
    }
    if (device.privateKey().isPresent()) {
      secret(paint, "private key", device.privateKey().get(), hide);
    }
    if (device.listenPort() != 0) {
      field(paint, "listening port").print(device.listenPort()).print("\n");
    }
    if (device.fwmark() != 0) {
      field(paint, "fwmark").println(fwmark(device));
    }
    if (wantsNames || session.environment("WGJ_NAMES").orElse("").equals("always")) {
      names = PeerNames.of(session, device.name());
    }
    List<Peer> peers = new ArrayList<>(device.peers());
    peers.sort(NEWEST_FIRST);
    for (Peer peer : peers) {
      pretty(peer, paint, hide);
    }
  }

  static final Comparator<Peer> NEWEST_FIRST =
      new Comparator<>() {
        @Override
        public int compare(Peer a, Peer b) {
          if (a.lastHandshake().isEmpty() || b.lastHandshake().isEmpty()) {
            return Boolean.compare(a.lastHandshake().isEmpty(), b.lastHandshake().isEmpty());
          }
          return b.lastHandshake().get().compareTo(a.lastHandshake().get());
        }
      };

  private Output field(Palette paint, String name) {
    return out.print("  ").print(paint.title(name, "")).print(": ");
  }

  private void secret(Palette paint, String name, Key key, boolean hide) {
    field(paint, name);
    if (hide) {
      out.print("(hidden)");
    } else {
      out.print(key);
    }
    out.print("\n");
  }

  private void pretty(Peer peer, Palette paint, boolean hide) {
    out.print("\n").print(paint.title("peer", paint.yellow())).print(": ").print(paint.yellow());
    out.print(peer.publicKey()).println(paint.reset());
    if (names != null && names.of(peer.publicKey()).isPresent()) {
      field(paint, "name").println(names.of(peer.publicKey()).get());
    }
    if (peer.presharedKey().isPresent()) {
      secret(paint, "preshared key", peer.presharedKey().get(), hide);
    }
    if (peer.endpoint().isPresent()) {
      field(paint, "endpoint").println(endpoint(peer));
    }
    field(paint, "allowed ips").println(prettyAllowedIps(peer, paint));
    if (handshake(peer) != 0) {
      long now = session.clock().instant().getEpochSecond();
      field(paint, "latest handshake").println(Pretty.ago(now - handshake(peer), paint));
    }
    if ((peer.receivedBytes() | peer.sentBytes()) != 0) {
      field(paint, "transfer")
          .print(Pretty.bytes(peer.receivedBytes(), paint) + " received, ")
          .println(Pretty.bytes(peer.sentBytes(), paint) + " sent");
    }
    if (peer.persistentKeepalive() != 0) {
      field(paint, "persistent keepalive")
          .println("every " + Pretty.duration(peer.persistentKeepalive(), paint));
    }
  }

  private static String prettyAllowedIps(Peer peer, Palette paint) {
    if (peer.allowedIps().isEmpty()) {
      return "(none)";
    }
    StringBuilder text = new StringBuilder();
    for (AllowedIp prefix : peer.allowedIps()) {
      text.append(text.length() == 0 ? "" : ", ");
      text.append(prefix.address()).append(paint.cyan()).append('/').append(paint.reset());
      text.append(prefix.prefixLength());
    }
    return text.toString();
  }
}
