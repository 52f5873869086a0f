// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntFunction;

/**
 * A configuration file of wg(8) or wg-quick(8), read.
 *
 * <p>Sections are {@code [Interface]} and {@code [Peer]}; both may be repeated, and repeated keys
 * win over earlier ones, except AllowedIPs, Address, DNS and the hooks, which add up. Names are
 * case-insensitive, white space does not matter (it does in hooks), '#' begins a comment (not in
 * hooks).
 *
 * <p>It holds secrets: {@link #close()} wipes the keys. Otherwise immutable.
 */
public final class ConfigFile implements AutoCloseable {

  /** Which keys a file may have. */
  public enum Dialect {
    /** Those of wg(8). */
    WG,
    /** Those of wg(8) and of wg-quick(8). */
    WG_QUICK
  }

  /**
   * A {@code [Peer]} section.
   *
   * @param publicKey who
   * @param presharedKey kept if not mentioned
   * @param endpoint as written, empty if not mentioned
   * @param resolvedEndpoint what the listener made of the endpoint, empty if nothing
   * @param allowedIps in file order, with repetitions
   * @param persistentKeepalive kept if not mentioned
   */
  public record PeerSection(
      PublicKey publicKey,
      Change<PresharedKey> presharedKey,
      Optional<HostPort> endpoint,
      Optional<Endpoint> resolvedEndpoint,
      List<AllowedIp> allowedIps,
      Change<Integer> persistentKeepalive) {

    /** Copies the list. */
    public PeerSection {
      allowedIps = List.copyOf(allowedIps);
    }
  }

  /** Most bytes that a file may have: a hundred thousand peers need a third of it. */
  public static final int MAX_SIZE = 64 << 20;

  private final Change<PrivateKey> privateKey;
  private final Change<Integer> listenPort;
  private final Change<Integer> fwmark;
  private final List<PeerSection> peers;
  private final QuickConfig quick;

  ConfigFile(
      Change<PrivateKey> privateKey,
      Change<Integer> listenPort,
      Change<Integer> fwmark,
      List<PeerSection> peers,
      QuickConfig quick) {
    this.privateKey = privateKey;
    this.listenPort = listenPort;
    this.fwmark = fwmark;
    this.peers = List.copyOf(peers);
    this.quick = quick;
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read
   * @throws ConfigException if it cannot be understood, or is larger than {@link #MAX_SIZE}
   */
  public static ConfigFile read(Path file, Dialect dialect) throws IOException, ConfigException {
    byte[] text = bytes(file);
    try {
      return parse(text, dialect, ConfigListener.NONE);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /** The content of a file, or a little too much of it; no other copy of it is left behind. */
  static byte[] bytes(Path file) throws IOException {
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      int length = 0;
      for (int got = 0; got >= 0; got = in.read(buffer, length, buffer.length - length)) {
        length += got;
        if (length > MAX_SIZE) {
          break;
        }
        if (length == buffer.length) {
          byte[] small = buffer;
          buffer = Arrays.copyOf(small, Math.min(2 * small.length, MAX_SIZE + 1));
          Arrays.fill(small, (byte) 0);
        }
      }
      return Arrays.copyOf(buffer, length);
    } finally {
      Arrays.fill(buffer, (byte) 0);
    }
  }

  /**
   * Reads the content of a file.
   *
   * @param text copied; the caller wipes its own
   * @param listener is told things in file order
   * @throws ConfigException at the first thing that cannot be understood, or at once if there is
   *     more than {@link #MAX_SIZE}
   */
  public static ConfigFile parse(byte[] text, Dialect dialect, ConfigListener listener)
      throws ConfigException {
    if (text.length > MAX_SIZE) {
      throw new ConfigException(ConfigException.Reason.TOO_LARGE, "");
    }
    return new ConfigParser(text.clone(), dialect, listener).parse();
  }

  /** The device's key; kept if not mentioned. */
  public Change<PrivateKey> privateKey() {
    return privateKey;
  }

  /** The UDP port; cleared if written as 0, kept if not mentioned. */
  public Change<Integer> listenPort() {
    return listenPort;
  }

  /** The mark of outgoing packets; cleared if written as 0 or off, kept if not mentioned. */
  public Change<Integer> fwmark() {
    return fwmark;
  }

  /** The peers, in file order; the same key may come more than once. */
  public List<PeerSection> peers() {
    return peers;
  }

  /** The keys of wg-quick(8). */
  public QuickConfig quick() {
    return quick;
  }

  /**
   * The change that adds this file to a device, as {@code wg addconf} does: only what is mentioned
   * changes, but a peer's allowed IPs are replaced.
   *
   * @param resolver is asked for endpoints that the listener did not resolve
   * @throws IOException if an endpoint cannot be resolved
   */
  public DeviceConfig toAddition(EndpointResolver resolver) throws IOException {
    DeviceConfig.Builder change = DeviceConfig.builder();
    privateKey.value().ifPresent(change::privateKey);
    apply(change, false);
    return change.addPeers(peerChanges(resolver)).build();
  }

  /**
   * The change that makes a device what this file says, as {@code wg setconf} does: what is not
   * mentioned is cleared.
   *
   * @param resolver is asked for endpoints that the listener did not resolve
   * @throws IOException if an endpoint cannot be resolved
   */
  public DeviceConfig toReplacement(EndpointResolver resolver) throws IOException {
    return replacement().replacePeers().addPeers(peerChanges(resolver)).build();
  }

  /**
   * The change that makes a device what this file says without touching sessions of peers that
   * stay, as {@code wg syncconf} does.
   *
   * @param current the device as it is
   * @param resolver is asked for endpoints that the listener did not resolve
   * @throws IOException if an endpoint cannot be resolved
   */
  public DeviceConfig toSynchronization(Device current, EndpointResolver resolver)
      throws IOException {
    if (current.peers().isEmpty() || peers.isEmpty()) {
      return toReplacement(resolver);
    }
    return Synchronization.of(current, replacement(), peerChanges(resolver));
  }

  /**
   * What this file says that a device should be. Its keys are this file's: {@link #close()} wipes
   * them.
   *
   * @param resolver is asked for endpoints that the listener did not resolve
   * @throws IOException if an endpoint cannot be resolved
   */
  public DeviceSpec toSpec(EndpointResolver resolver) throws IOException {
    List<PeerSpec> specs = new ArrayList<>(peers.size());
    for (PeerSection peer : peers) {
      Optional<Endpoint> endpoint = peer.resolvedEndpoint();
      if (endpoint.isEmpty() && peer.endpoint().isPresent()) {
        endpoint = Optional.of(resolver.resolve(peer.endpoint().get()));
      }
      specs.add(
          new PeerSpec(
              peer.publicKey(),
              peer.presharedKey().value(),
              endpoint,
              zeroIfCleared(peer.persistentKeepalive()),
              peer.allowedIps()));
    }
    return new DeviceSpec(
        privateKey.value(), zeroIfCleared(listenPort), zeroIfCleared(fwmark), specs);
  }

  private static OptionalInt zeroIfCleared(Change<Integer> field) {
    return field.isKeep() ? OptionalInt.empty() : OptionalInt.of(field.value().orElse(0));
  }

  private DeviceConfig.Builder replacement() {
    DeviceConfig.Builder change = DeviceConfig.builder();
    privateKey.value().ifPresentOrElse(change::privateKey, change::clearPrivateKey);
    apply(change, true);
    return change;
  }

  private void apply(DeviceConfig.Builder change, boolean clearUnmentioned) {
    if (listenPort.value().isPresent()) {
      change.listenPort(listenPort.value().get());
    } else if (clearUnmentioned || listenPort.isClear()) {
      change.clearListenPort();
    }
    if (fwmark.value().isPresent()) {
      change.fwmark(fwmark.value().get());
    } else if (clearUnmentioned || fwmark.isClear()) {
      change.clearFwmark();
    }
  }

  private List<PeerConfig> peerChanges(EndpointResolver resolver) throws IOException {
    List<PeerConfig> changes = new ArrayList<>(peers.size());
    for (PeerSection peer : peers) {
      PeerConfig.Builder change = PeerConfig.builder(peer.publicKey()).replaceAllowedIps();
      peer.presharedKey().value().ifPresent(change::presharedKey);
      if (peer.resolvedEndpoint().isPresent()) {
        change.endpoint(peer.resolvedEndpoint().get());
      } else if (peer.endpoint().isPresent()) {
        change.endpoint(resolver.resolve(peer.endpoint().get()));
      }
      if (peer.persistentKeepalive().value().isPresent()) {
        change.persistentKeepalive(peer.persistentKeepalive().value().get());
      } else if (peer.persistentKeepalive().isClear()) {
        change.clearPersistentKeepalive();
      }
      changes.add(change.addAllowedIps(peer.allowedIps()).build());
    }
    return changes;
  }

  /**
   * What a file says beyond WireGuard itself, whatever else is in it: for an interface that is up,
   * whose file may have been spoilt since.
   *
   * @param text left as it is
   * @return what could be understood
   * @throws ConfigException if SaveConfig cannot be understood
   */
  public static QuickConfig quick(byte[] text) throws ConfigException {
    return ConfigParser.quick(text);
  }

  /**
   * A file's content without the lines of wg-quick(8): what wg(8) understands, if it is right.
   *
   * @param text left as it is
   * @return the other lines, without white space around them; the caller wipes it
   * @throws ConfigException if SaveConfig cannot be understood
   */
  public static byte[] strip(byte[] text) throws ConfigException {
    return ConfigParser.strip(text);
  }

  /**
   * Writes a device as a configuration file, as {@code wg showconf} does, with its secrets.
   *
   * @param interfaceNames names for the scopes of endpoints
   */
  public static void write(
      Device device, IntFunction<Optional<String>> interfaceNames, OutputStream out)
      throws IOException {
    text(out, "[Interface]\n");
    if (device.listenPort() != 0) {
      text(out, "ListenPort = " + device.listenPort() + "\n");
    }
    if (device.fwmark() != 0) {
      text(out, "FwMark = 0x" + Integer.toHexString(device.fwmark()) + "\n");
    }
    if (device.privateKey().isPresent()) {
      secret(out, "PrivateKey = ", device.privateKey().get());
    }
    text(out, "\n");
    boolean first = true;
    for (Peer peer : device.peers()) {
      text(out, first ? "[Peer]\n" : "\n[Peer]\n");
      first = false;
      text(out, "PublicKey = " + peer.publicKey() + "\n");
      if (peer.presharedKey().isPresent()) {
        secret(out, "PresharedKey = ", peer.presharedKey().get());
      }
      if (!peer.allowedIps().isEmpty()) {
        StringBuilder prefixes = new StringBuilder("AllowedIPs = ");
        String separator = "";
        for (AllowedIp prefix : peer.allowedIps()) {
          prefixes.append(separator).append(prefix);
          separator = ", ";
        }
        text(out, prefixes.append('\n').toString());
      }
      if (peer.endpoint().isPresent()) {
        text(out, "Endpoint = " + peer.endpoint().get().format(interfaceNames) + "\n");
      }
      if (peer.persistentKeepalive() != 0) {
        text(out, "PersistentKeepalive = " + peer.persistentKeepalive() + "\n");
      }
    }
  }

  private static void text(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void secret(OutputStream out, String prefix, Key key) throws IOException {
    text(out, prefix);
    byte[] base64 = key.toBase64Bytes();
    out.write(base64);
    Arrays.fill(base64, (byte) 0);
    out.write('\n');
  }

  /** Wipes the keys. */
  @Override
  public void close() {
    privateKey.value().ifPresent(PrivateKey::destroy);
    for (PeerSection peer : peers) {
      peer.presharedKey().value().ifPresent(PresharedKey::destroy);
    }
  }
}
