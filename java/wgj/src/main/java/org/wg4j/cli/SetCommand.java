// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.wg4j.AllowedIp;
import org.wg4j.Change;
import org.wg4j.ConfigException;
import org.wg4j.ConfigValues;
import org.wg4j.DeviceConfig;
import org.wg4j.Endpoint;
import org.wg4j.HostPort;
import org.wg4j.Key;
import org.wg4j.PeerConfig;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;
import org.wg4j.ResolveException;

/** {@code set}. */
final class SetCommand {

  private final Session session;
  private final RetryingResolver resolver;
  private final List<AutoCloseable> secrets = new ArrayList<>();

  SetCommand(Session session) {
    this.session = session;
    this.resolver = new RetryingResolver(session);
  }

  int run(String[] arguments) throws Failure {
    if (arguments.length < 2) {
      throw new Failure(Usage.line(session.program(), "set", Usage.SET));
    }
    try {
      DeviceConfig change = parse(arguments);
      session.client().configure(arguments[0], change);
      return 0;
    } catch (ConfigException e) {
      throw new Failure(WgText.of(e)).because(e, "");
    } catch (IOException e) {
      throw new Failure("Unable to modify interface: " + Failure.words(e)).because(e, arguments[0]);
    } finally {
      for (AutoCloseable secret : secrets) {
        wipe(secret);
      }
    }
  }

  private static void wipe(AutoCloseable secret) {
    try {
      secret.close();
    } catch (Exception e) {
      throw new AssertionError("keys close without exceptions", e);
    }
  }

  private DeviceConfig parse(String[] words) throws Failure, ConfigException {
    DeviceConfig.Builder device = DeviceConfig.builder();
    int at = 1;
    while (at < words.length && !words[at].equals("peer")) {
      String word = words[at];
      String value = argument(words, at);
      switch (word) {
        case "listen-port" ->
            ConfigValues.listenPort(value)
                .value()
                .ifPresentOrElse(device::listenPort, device::clearListenPort);
        case "fwmark" ->
            ConfigValues.fwmark(value).value().ifPresentOrElse(device::fwmark, device::clearFwmark);
        case "private-key" ->
            keyFile(value, PrivateKey::parse)
                .ifPresentOrElse(device::privateKey, device::clearPrivateKey);
        default -> throw invalid(word);
      }
      at += 2;
    }
    while (at < words.length) {
      if (!words[at].equals("peer")) {
        throw invalid(words[at]);
      }
      PeerWords peer = new PeerWords(ConfigValues.publicKey(argument(words, at)));
      at = peer.parse(words, at + 2);
      device.addPeer(peer.toConfig());
    }
    return device.build();
  }

  private static String argument(String[] words, int at) throws Failure {
    if (at + 1 >= words.length) {
      throw invalid(words[at]);
    }
    return words[at + 1];
  }

  private static Failure invalid(String word) {
    return new Failure("Invalid argument: " + word);
  }

  private interface KeyParser<K> {
    K parse(byte[] ascii, int offset, int length);
  }

  /** The key in a file; empty if the file is. */
  private <K extends AutoCloseable> Optional<K> keyFile(String file, KeyParser<K> parser)
      throws Failure {
    byte[] text = new byte[Key.BASE64_LENGTH];
    try (InputStream in = session.host().open(file)) {
      int length = in.readNBytes(text, 0, text.length);
      if (length == 0) {
        return Optional.empty();
      }
      if (length != text.length) {
        throw new Failure("Invalid length key in key file");
      }
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next != ' ' && (next < '\t' || next > '\r')) {
          char shown = next < 128 ? (char) next : '\ufffd';
          throw new Failure("Found trailing character in key file: `" + shown + "'");
        }
      }
      K key = parser.parse(text, 0, text.length);
      secrets.add(key);
      return Optional.of(key);
    } catch (IllegalArgumentException e) {
      throw new Failure("Key is not the correct length or format: `(hidden)'");
    } catch (Host.Unreadable e) {
      throw new Failure("fopen: " + e.getMessage()).because(e, file);
    } catch (IOException e) {
      throw new Failure("fread: " + e.getMessage());
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private Endpoint endpoint(String text) throws Failure, ConfigException {
    HostPort name = ConfigValues.endpoint(text);
    try {
      return resolver.resolve(name, text);
    } catch (RetryingResolver.BadRetries e) {
      throw new Failure(e.getMessage());
    } catch (ResolveException e) {
      throw new Failure(e.getMessage() + ": `" + text + "'").because(e, name.host());
    } catch (IOException e) {
      throw new Failure(Failure.words(e) + ": `" + text + "'");
    }
  }

  /** The words about one peer. */
  private final class PeerWords {
    private final PeerConfig.Builder peer;
    private boolean mentionsAllowedIps;
    private boolean incremental;

    PeerWords(org.wg4j.PublicKey key) {
      peer = PeerConfig.builder(key);
    }

    /** Takes words up to the next peer; returns where that is. */
    int parse(String[] words, int start) throws Failure, ConfigException {
      int at = start;
      while (at < words.length && !words[at].equals("peer")) {
        if (words[at].equals("remove")) {
          peer.remove();
          at++;
          continue;
        }
        String value = argument(words, at);
        switch (words[at]) {
          case "preshared-key" ->
              keyFile(value, PresharedKey::parse)
                  .ifPresentOrElse(peer::presharedKey, peer::clearPresharedKey);
          case "endpoint" -> peer.endpoint(endpoint(value));
          case "persistent-keepalive" -> {
            Change<Integer> seconds = ConfigValues.persistentKeepalive(value);
            seconds
                .value()
                .ifPresentOrElse(peer::persistentKeepalive, peer::clearPersistentKeepalive);
          }
          case "allowed-ips" -> allowedIps(value);
          default -> throw invalid(words[at]);
        }
        at += 2;
      }
      return at;
    }

    /** A list replaces what the peer has, unless an item begins with plus or minus. */
    private void allowedIps(String text) throws ConfigException {
      mentionsAllowedIps = true;
      String compact = text.replace(" ", "");
      if (compact.indexOf('+') < 0 && compact.indexOf('-') < 0) {
        peer.addAllowedIps(ConfigValues.allowedIps(text, this::warn));
        return;
      }
      int start = 0;
      while (start <= compact.length()) {
        int comma = compact.indexOf(',', start);
        int end = comma < 0 ? compact.length() : comma;
        allowedIp(compact.substring(start, end));
        start = end + 1;
      }
    }

    private void allowedIp(String item) throws ConfigException {
      char sign = item.isEmpty() ? ' ' : item.charAt(0);
      if (sign != '+' && sign != '-') {
        peer.addAllowedIp(ConfigValues.allowedIp(item, this::warn));
        return;
      }
      incremental = true;
      AllowedIp prefix = ConfigValues.allowedIp(item.substring(1), this::warn);
      if (sign == '+') {
        peer.addAllowedIp(prefix);
      } else {
        peer.removeAllowedIp(prefix);
      }
    }

    private void warn(String prefix) {
      session.complain(WgText.hostBits(prefix));
    }

    PeerConfig toConfig() {
      if (mentionsAllowedIps && !incremental) {
        peer.replaceAllowedIps();
      }
      return peer.build();
    }
  }
}
