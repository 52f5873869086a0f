// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.wg4j.AllowedIp;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigValues;
import org.wg4j.Device;
import org.wg4j.HostPort;
import org.wg4j.IpAddress;
import org.wg4j.Peer;
import org.wg4j.PrivateKey;
import org.wg4j.QuickConfig;

/** What the options of {@code new-peer} and the interface's file say about a new peer. */
final class NewPeerOptions {

  static final List<String> FLAGS = List.of("--psk", "--apply", "--json");
  static final List<String> VALUED =
      List.of(
          "--name",
          "--endpoint",
          "--address",
          "--allowed-ips",
          "--dns",
          "--keepalive",
          "--mtu",
          "--output");

  private final Session session;
  private final Options options;
  private final ConfigName where;
  private final ConfigSource source;
  private final ConfigFile config;
  private final Optional<Device> device;

  /**
   * @param device the interface, if it is up
   */
  NewPeerOptions(
      Session session,
      Options options,
      ConfigName where,
      ConfigSource source,
      ConfigFile config,
      Optional<Device> device) {
    this.session = session;
    this.options = options;
    this.where = where;
    this.source = source;
    this.config = config;
    this.device = device;
  }

  /** Decides on everything but the keys. */
  NewPeer decide() throws Failure {
    PrivateKey hostKey =
        config
            .privateKey()
            .value()
            .orElseThrow(
                () ->
                    die(
                        where.file()
                            + " has no PrivateKey: the new peer could not know whom to talk to"));
    List<AllowedIp> addresses = new ArrayList<>();
    for (IpAddress address : options.has("--address") ? givenAddresses() : freeAddresses()) {
      addresses.add(new AllowedIp(address, address.bits()));
    }
    return new NewPeer(
        hostKey.publicKey(),
        name(),
        addresses,
        allowedIps(),
        endpoint(),
        dns(),
        keepalive(),
        options.number(session, "new-peer", "--mtu", 576, 65_535, 0));
  }

  private Failure die(String what) {
    return new Failure(session.program() + " new-peer: " + what);
  }

  private Optional<String> name() throws Failure {
    Optional<String> wanted = options.value("--name");
    if (wanted.isEmpty()) {
      return wanted;
    }
    String text = wanted.get();
    if (text.isEmpty() || !ConfigText.printable(text).equals(text)) {
      throw die(
          "--name is 1 to "
              + ConfigText.NAME_LIMIT
              + " printable characters, without spaces around them");
    }
    for (ConfigText.Section peer : ConfigText.of(source.text()).peers()) {
      if (peer.name().equals(wanted)) {
        throw die("there is a peer `" + text + "' in line " + peer.line() + " of " + where.file());
      }
    }
    return wanted;
  }

  private List<AllowedIp> networks() {
    List<AllowedIp> networks = new ArrayList<>();
    for (QuickConfig.Address address : config.quick().addresses()) {
      AllowedIp network = new AllowedIp(address.address(), address.length());
      if (address.length() < address.address().bits() && !networks.contains(network)) {
        networks.add(network);
      }
    }
    return networks;
  }

  /** What is in use, in the file or on the interface. */
  private List<AllowedIp> taken() {
    List<AllowedIp> taken = new ArrayList<>();
    for (QuickConfig.Address address : config.quick().addresses()) {
      taken.add(new AllowedIp(address.address(), address.address().bits()));
    }
    for (ConfigFile.PeerSection peer : config.peers()) {
      taken.addAll(peer.allowedIps());
    }
    if (device.isPresent()) {
      for (Peer peer : device.get().peers()) {
        taken.addAll(peer.allowedIps());
      }
    }
    return taken;
  }

  private List<IpAddress> freeAddresses() throws Failure {
    List<AllowedIp> networks = networks();
    if (networks.isEmpty()) {
      throw die(
          "the Address lines of "
              + where.file()
              + " give no network to take an address from: write them as 10.0.0.1/24, or use"
              + " --address");
    }
    List<AllowedIp> taken = taken();
    List<IpAddress> free = new ArrayList<>();
    for (AllowedIp network : networks) {
      free.add(
          FreeAddress.in(network, taken)
              .orElseThrow(() -> die("no address of " + network + " is free; use --address")));
    }
    return free;
  }

  private List<IpAddress> givenAddresses() throws Failure {
    List<IpAddress> given = new ArrayList<>();
    List<AllowedIp> taken = taken();
    for (String item : options.value("--address").orElseThrow().split(",", -1)) {
      IpAddress address =
          IpAddress.tryParse(item.strip())
              .orElseThrow(() -> die("--address: `" + item + "' is no IP address"));
      AllowedIp single = new AllowedIp(address, address.bits());
      if (taken.contains(single) || given.contains(address)) {
        throw die("--address: " + address + " is somebody's already");
      }
      given.add(address);
    }
    return given;
  }

  private List<AllowedIp> allowedIps() throws Failure {
    Optional<String> wanted = options.value("--allowed-ips");
    if (wanted.isEmpty()) {
      return networks();
    }
    try {
      return ConfigValues.allowedIps(
          wanted.get(), prefix -> session.complain(WgText.hostBits(prefix)));
    } catch (ConfigException e) {
      throw die("--allowed-ips: " + WgText.of(e));
    }
  }

  private Optional<HostPort> endpoint() throws Failure {
    Optional<String> wanted = options.value("--endpoint");
    if (wanted.isEmpty()) {
      session.complain(
          "Warning: without --endpoint the new peer does not know where this host is.");
      return Optional.empty();
    }
    String text = wanted.get();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) <= ' ' || text.charAt(i) == 127 || text.charAt(i) == '#') {
        throw die("--endpoint: `" + ConfigText.printable(text) + "' is no HOST or HOST:PORT");
      }
    }
    boolean bare = IpAddress.tryParse(text).isPresent() || text.endsWith("]");
    if (!bare && text.indexOf(':') >= 0) {
      try {
        return Optional.of(ConfigValues.endpoint(text));
      } catch (ConfigException e) {
        throw die("--endpoint: " + WgText.of(e));
      }
    }
    OptionalInt port = listenPort();
    if (port.isEmpty() || text.isEmpty()) {
      throw die("--endpoint: which port? Write HOST:PORT, or set ListenPort in " + where.file());
    }
    String host = text.startsWith("[") ? text.substring(1, text.length() - 1) : text;
    return Optional.of(new HostPort(host, Integer.toString(port.getAsInt())));
  }

  private OptionalInt listenPort() {
    if (config.listenPort().value().isPresent()) {
      return OptionalInt.of(config.listenPort().value().get());
    }
    int port = device.map(Device::listenPort).orElse(0);
    return port == 0 ? OptionalInt.empty() : OptionalInt.of(port);
  }

  private List<String> dns() throws Failure {
    List<String> servers = new ArrayList<>();
    if (options.has("--dns")) {
      for (String item : options.value("--dns").orElseThrow().split(",", -1)) {
        String server = item.strip();
        if (IpAddress.tryParse(server).isEmpty() && !server.matches("[A-Za-z0-9._-]+")) {
          throw die(
              "--dns: neither an address nor a domain: `" + ConfigText.printable(server) + "'");
        }
        servers.add(server);
      }
    }
    return servers;
  }

  private int keepalive() throws Failure {
    try {
      return options.has("--keepalive")
          ? ConfigValues.persistentKeepalive(options.value("--keepalive").orElseThrow())
              .value()
              .orElse(0)
          : 0;
    } catch (ConfigException e) {
      throw die("--keepalive: " + WgText.of(e));
    }
  }
}
