// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.netlink4j.Errno;
import org.netlink4j.FamilyNotFoundException;
import org.netlink4j.NetlinkException;
import org.wg4j.AllowedIp;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigValues;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.HostPort;
import org.wg4j.IpAddress;
import org.wg4j.Peer;
import org.wg4j.PeerConfig;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;
import org.wg4j.QuickConfig;

/**
 * {@code new-peer}: keys and an address for somebody who is to join an interface, and both sides'
 * configuration.
 */
final class NewPeerCommand {

  private static final List<String> FLAGS = List.of("--psk", "--apply", "--json");
  private static final List<String> VALUED =
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

  private final Optional<String> name;
  private final List<IpAddress> addresses;
  private final List<AllowedIp> allowedIps;
  private final Optional<HostPort> endpoint;
  private final List<String> dns;
  private final int keepalive;
  private final int mtu;

  private NewPeerCommand(
      Session session,
      Options options,
      ConfigName where,
      ConfigSource source,
      ConfigFile config,
      Optional<Device> device)
      throws Failure {
    this.session = session;
    this.options = options;
    this.where = where;
    this.source = source;
    this.config = config;
    this.device = device;
    if (config.privateKey().value().isEmpty()) {
      throw die(where.file() + " has no PrivateKey: the new peer could not know whom to talk to");
    }
    name = name();
    addresses = options.has("--address") ? givenAddresses() : freeAddresses();
    allowedIps = allowedIps();
    endpoint = endpoint();
    dns = dns();
    keepalive = keepalive();
    mtu = options.number(session, "new-peer", "--mtu", 576, 65_535, 0);
  }

  static int run(Session session, String[] arguments) throws Failure {
    Options options = Options.parse(session, "new-peer", arguments, FLAGS, VALUED);
    if (options.positional().size() != 1) {
      throw Options.wrong(session, "new-peer", "which interface?");
    }
    ConfigName where = ConfigName.find(session, options.positional().get(0));
    try (ConfigSource source = ConfigSource.require(session, "new-peer", where.file().toString());
        ConfigFile config = source.parse(session, "new-peer")) {
      Optional<Device> device = device(session, where.name());
      try {
        new NewPeerCommand(session, options, where, source, config, device).run();
      } finally {
        device.ifPresent(Device::close);
      }
    }
    return 0;
  }

  /** The interface, if it is up and this user may look at it: files can be made without. */
  private static Optional<Device> device(Session session, String name) {
    try {
      return Optional.of(session.client().device(name));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Failure die(String what) {
    return new Failure(session.program() + " new-peer: " + what);
  }

  // What the options say

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

  // What is made of it

  private void run() throws Failure {
    try (PrivateKey key = PrivateKey.generate();
        Secret psk = new Secret(options.has("--psk"))) {
      PublicKey publicKey = key.publicKey();
      Text theirs = theirs(key, psk.key());
      Text ours = ours(publicKey, psk.key());
      try (theirs;
          ours) {
        Optional<Path> output = options.value("--output").map(Path::of);
        boolean live = save(publicKey, psk.key(), theirs, ours, output);
        if (output.isEmpty() && session.host().isWorldAccessibleFile()) {
          session.complain("Warning: writing to world accessible file.");
        }
        if (options.has("--json")) {
          json(key, psk.key(), output, live);
        } else {
          print(theirs, ours, output.isPresent());
        }
      }
    }
  }

  /** A pre-shared key, or none. */
  private static final class Secret implements AutoCloseable {
    private final Optional<PresharedKey> key;

    Secret(boolean wanted) {
      key = wanted ? Optional.of(PresharedKey.generate()) : Optional.empty();
    }

    Optional<PresharedKey> key() {
      return key;
    }

    @Override
    public void close() {
      key.ifPresent(PresharedKey::destroy);
    }
  }

  /** A part of a configuration file, with secrets in it. */
  private static final class Text extends ByteArrayOutputStream {
    Text() {
      super(1 << 16);
    }

    @Override
    public void close() {
      Arrays.fill(buf, (byte) 0);
    }
  }

  private static String list(List<?> items) {
    return items.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  private List<AllowedIp> singles() {
    List<AllowedIp> singles = new ArrayList<>();
    for (IpAddress address : addresses) {
      singles.add(new AllowedIp(address, address.bits()));
    }
    return singles;
  }

  /** The new peer's file. */
  private Text theirs(PrivateKey key, Optional<PresharedKey> psk) {
    Text text = new Text();
    Output out = new Output(text);
    if (name.isPresent()) {
      out.println("# " + name.get());
    }
    out.print("[Interface]\nPrivateKey = ").print(key).print("\n");
    out.println("Address = " + list(singles()));
    if (!dns.isEmpty()) {
      out.println("DNS = " + list(dns));
    }
    if (mtu != 0) {
      out.println("MTU = " + mtu);
    }
    out.println("\n[Peer]\nPublicKey = " + ourKey());
    if (psk.isPresent()) {
      out.print("PresharedKey = ").print(psk.get()).print("\n");
    }
    if (!allowedIps.isEmpty()) {
      out.println("AllowedIPs = " + list(allowedIps));
    }
    if (endpoint.isPresent()) {
      out.println("Endpoint = " + endpoint.get());
    }
    if (keepalive != 0) {
      out.println("PersistentKeepalive = " + keepalive);
    }
    out.flush();
    return text;
  }

  private PublicKey ourKey() {
    return config.privateKey().value().orElseThrow().publicKey();
  }

  /** The section for this side's file. */
  private Text ours(PublicKey key, Optional<PresharedKey> psk) {
    Text text = new Text();
    Output out = new Output(text);
    out.println("[Peer]");
    if (name.isPresent()) {
      out.println("# Name = " + name.get());
    }
    out.println("PublicKey = " + key);
    if (psk.isPresent()) {
      out.print("PresharedKey = ").print(psk.get()).print("\n");
    }
    out.println("AllowedIPs = " + list(singles()));
    out.flush();
    return text;
  }

  /**
   * Writes the files, and adds the peer to the interface if it is up. What was done is undone if
   * the rest fails.
   *
   * @return whether the interface has the peer now
   */
  private boolean save(
      PublicKey key, Optional<PresharedKey> psk, Text theirs, Text ours, Optional<Path> output)
      throws Failure {
    boolean live = false;
    boolean created = false;
    boolean done = false;
    try {
      live = options.has("--apply") && addToDevice(key, psk);
      if (output.isPresent()) {
        write(output.get(), theirs);
        created = true;
      }
      if (options.has("--apply")) {
        append(ours);
      }
      done = true;
      return live;
    } finally {
      if (!done) {
        undo(live ? Optional.of(key) : Optional.empty(), created ? output : Optional.empty());
      }
    }
  }

  private boolean addToDevice(PublicKey key, Optional<PresharedKey> psk) throws Failure {
    PeerConfig.Builder peer = PeerConfig.builder(key).replaceAllowedIps().addAllowedIps(singles());
    psk.ifPresent(peer::presharedKey);
    try {
      session
          .client()
          .configure(where.name(), DeviceConfig.builder().addPeer(peer.build()).build());
      return true;
    } catch (FamilyNotFoundException notUp) {
      return false;
    } catch (IOException e) {
      if (e instanceof NetlinkException netlink && netlink.is(Errno.ENODEV)) {
        return false;
      }
      throw new Failure("Unable to modify interface: " + Failure.words(e)).because(e, where.name());
    }
  }

  private void write(Path file, Text text) throws Failure {
    byte[] bytes = text.toByteArray();
    try {
      SecretFile.create(file, bytes);
    } catch (FileAlreadyExistsException e) {
      throw die("--output: `" + file + "' exists already, and is not overwritten");
    } catch (NoSuchFileException e) {
      throw die("--output: there is no folder for `" + file + "'");
    } catch (IOException e) {
      throw die("--output: cannot write `" + file + "': " + e).because(e, file.toString());
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** Adds the section to this side's file, whose other lines stay as they are. */
  private void append(Text section) throws Failure {
    byte[] old = source.text();
    byte[] addition = section.toByteArray();
    boolean ended = old.length == 0 || old[old.length - 1] == '\n';
    byte[] whole = Arrays.copyOf(old, old.length + (ended ? 1 : 2) + addition.length);
    Arrays.fill(whole, old.length, whole.length - addition.length, (byte) '\n');
    System.arraycopy(addition, 0, whole, whole.length - addition.length, addition.length);
    byte[] now = new byte[0];
    try {
      now = Files.readAllBytes(where.file());
      if (!Arrays.equals(now, old)) {
        throw die(where.file() + " was changed meanwhile: try again");
      }
      SecretFile.edit(where.file(), whole);
    } catch (IOException e) {
      throw die("cannot write " + where.file() + ": " + e).because(e, where.file().toString());
    } finally {
      Arrays.fill(addition, (byte) 0);
      Arrays.fill(whole, (byte) 0);
      Arrays.fill(now, (byte) 0);
    }
  }

  private void undo(Optional<PublicKey> added, Optional<Path> created) {
    try {
      if (created.isPresent()) {
        Files.deleteIfExists(created.get());
      }
      if (added.isPresent()) {
        PeerConfig removal = PeerConfig.removal(added.get());
        session.client().configure(where.name(), DeviceConfig.builder().addPeer(removal).build());
      }
    } catch (IOException e) {
      session.complain("Cannot undo what was done: " + Failure.words(e));
    }
  }

  // What is said about it

  private void print(Text theirs, Text ours, boolean written) {
    if (!written) {
      print(theirs, "");
    }
    if (!options.has("--apply")) {
      // As comments beside the other file, so that the whole is still the new peer's.
      String prefix = written ? "" : "# ";
      session.out().print(written ? "" : "\n# For " + where.file() + " of this host:\n");
      print(ours, prefix);
    }
  }

  private void print(Text text, String prefix) {
    Output out = session.out();
    byte[] bytes = text.toByteArray();
    boolean begins = true;
    for (byte b : bytes) {
      out.print(begins ? prefix : "");
      out.write(b);
      begins = b == '\n';
    }
    Arrays.fill(bytes, (byte) 0);
  }

  private void json(
      PrivateKey key, Optional<PresharedKey> psk, Optional<Path> output, boolean live) {
    Json json = new Json(session.out());
    json.beginObject().name("interface").value(where.name());
    if (name.isPresent()) {
      json.name("name").value(name.get());
    }
    json.name("publicKey").value(key.publicKey());
    if (output.isPresent()) {
      json.name("output").value(output.get().toString());
    } else {
      json.name("privateKey").value(key);
      if (psk.isPresent()) {
        json.name("presharedKey").value(psk.get());
      }
    }
    strings(json, "addresses", singles());
    strings(json, "dns", dns);
    if (mtu != 0) {
      json.name("mtu").value(mtu);
    }
    json.name("peer").beginObject().name("publicKey").value(ourKey());
    if (endpoint.isPresent()) {
      json.name("endpoint").value(endpoint.get().toString());
    }
    if (keepalive != 0) {
      json.name("persistentKeepalive").value(keepalive);
    }
    strings(json, "allowedIps", allowedIps);
    json.endObject();
    json.name("applied").value(options.has("--apply"));
    json.name("live").value(live);
    json.endObject().endDocument();
  }

  private static void strings(Json json, String name, List<?> items) {
    json.name(name).beginArray();
    items.forEach(item -> json.value(item.toString()));
    json.endArray();
  }
}
