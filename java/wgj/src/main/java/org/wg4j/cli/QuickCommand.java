// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.netlink4j.Errno;
import org.netlink4j.NetlinkException;
import org.wg4j.AllowedIp;
import org.wg4j.ConfigDocument;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigListener;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.DeviceSpec;
import org.wg4j.Peer;
import org.wg4j.QuickConfig;

/** {@code up}, {@code down}, {@code save} and {@code strip}: what wg-quick(8) does. */
final class QuickCommand {

  /** Opens the network when a command needs it. */
  interface NetworkSource {
    Network open() throws IOException;
  }

  /** Bytes that WireGuard adds to a packet: IPv6, UDP, message header, authentication tag. */
  private static final int OVERHEAD = 80;

  /** What ip(8) ends with when the kernel refuses, and wg-quick(8) with it. */
  private static final int REFUSED = 2;

  private static final int FALLBACK_MTU = 1500;
  private static final int FIRST_TABLE = 51820;

  private final Session session;
  private final Network network;
  private final Shell shell;
  private final String name;
  private final Path file;
  private final byte[] text;
  private final QuickConfig quick;
  private final Firewall firewall;
  private final HostDns dns;

  // What a rollback must undo. The JVM's shutdown runs one beside the command's own thread, so
  // what outlives the link is added in steps that come before a rollback or not at all.
  private volatile boolean linkAdded;
  private volatile boolean dnsSet;
  private volatile int defaultMark;
  private boolean undoing;

  private QuickCommand(
      Session session,
      Network network,
      Shell shell,
      ConfigName where,
      byte[] text,
      QuickConfig quick) {
    this.session = session;
    this.network = network;
    this.shell = shell;
    this.name = where.name();
    this.file = where.file();
    this.text = text;
    this.quick = quick;
    this.firewall = new Firewall(session, shell, name);
    this.dns = new HostDns(session, shell, name, quick);
  }

  static int run(Session session, String command, String[] arguments) throws Failure {
    return run(session, command, arguments, RouteNetwork::new, new Shell());
  }

  static int run(
      Session session, String command, String[] arguments, NetworkSource networks, Shell shell)
      throws Failure {
    if (arguments.length == 1 && (arguments[0].equals("-h") || arguments[0].equals("--help"))) {
      session.out().println(usage(session, command));
      return 0;
    }
    if (arguments.length != 1) {
      throw new Failure(usage(session, command));
    }
    ConfigName where = ConfigName.find(session, arguments[0]);
    byte[] text = read(session, where.file());
    try {
      if (command.equals("strip")) {
        byte[] stripped = ConfigFile.strip(text);
        session.out().write(stripped, 0, stripped.length);
        session.out().print("\n");
        Arrays.fill(stripped, (byte) 0);
        return 0;
      }
      return run(session, command, where, text, networks, shell);
    } catch (ConfigException e) {
      throw new Failure(words(session, e)).because(e, where.file().toString());
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private static int run(
      Session session,
      String command,
      ConfigName where,
      byte[] text,
      NetworkSource networks,
      Shell shell)
      throws Failure, ConfigException {
    try (Network network = networks.open()) {
      if (command.equals("up")) {
        if (network.exists(where.name())) {
          throw new Failure(session.program() + ": `" + where.name() + "' already exists");
        }
        try (ConfigFile config =
            ConfigFile.parse(text, ConfigFile.Dialect.WG_QUICK, new WarnOfHostBits(session))) {
          new QuickCommand(session, network, shell, where, text, config.quick()).up(config);
        }
        return 0;
      }
      QuickConfig config = ConfigFile.quick(text);
      QuickCommand quick = new QuickCommand(session, network, shell, where, text, config);
      if (command.equals("down")) {
        quick.down();
      } else {
        quick.save();
      }
      return 0;
    } catch (IOException e) {
      throw new Failure(kernelWords(e)).because(e, where.name());
    }
  }

  private static String usage(Session session, String command) {
    return Usage.line(session.program(), command, "{ <configuration file>.conf | <interface> }");
  }

  private static byte[] read(Session session, Path file) throws Failure {
    try (InputStream in = session.host().open(file.toString())) {
      return ConfigSource.readAll(in);
    } catch (IOException e) {
      throw new Failure(session.program() + ": " + file + ": " + Failure.words(e));
    }
  }

  private static String words(Session session, ConfigException e) {
    switch (e.reason()) {
      case BAD_SAVE_CONFIG:
        return session.program() + ": `" + e.text() + "' is neither true nor false";
      case BAD_MTU:
      case BAD_TABLE:
        return session.program() + ": " + e.getMessage();
      default:
        return WgText.ofFile(e);
    }
  }

  /** As ip(8) says it. */
  private static String kernelWords(IOException e) {
    if (e instanceof NetlinkException netlink && netlink.errno() != 0) {
      return netlink
          .extAck()
          .flatMap(ack -> ack.message())
          .map(message -> "Error: " + message + (message.endsWith(".") ? "" : "."))
          .orElseGet(() -> "RTNETLINK answers: " + Failure.words(e));
    }
    return Failure.words(e);
  }

  private record WarnOfHostBits(Session session) implements ConfigListener {
    @Override
    public void hostBits(int line, String prefix) {
      session.complain(WgText.hostBits(prefix));
    }
  }

  private void log(String command) {
    session.complain("[#] " + command);
  }

  private Failure die(String text) {
    return new Failure(session.program() + ": " + text);
  }

  // up

  private void up(ConfigFile config) throws Failure, IOException {
    // A signal ends the JVM without unwinding the stack: this is the trap for that.
    Runnable disarm = session.host().onExit(this::stopAndRollBack);
    boolean done = false;
    try {
      bringUp(config);
      done = true;
    } catch (Failure e) {
      // Why, before what is done about it.
      if (!e.getMessage().isEmpty()) {
        session.complain(e.getMessage());
      }
      throw new Failure("", e.exitCode()).because(e.reason(), e.subject());
    } finally {
      disarm.run();
      if (!done) {
        rollBack();
      }
    }
  }

  private void bringUp(ConfigFile config) throws Failure, IOException {
    try {
      step(this::addLink);
      hooks(quick.preUp());
      configure(config);
      for (QuickConfig.Address address : quick.addresses()) {
        String family = address.address().isIpv6() ? "-6" : "-4";
        log("ip " + family + " address add " + address + " dev " + name);
        network.addAddress(name, address);
      }
      List<AllowedIp> prefixes;
      try (Device device = session.client().device(name)) {
        int mtu = quick.mtu().isPresent() ? quick.mtu().getAsInt() : automaticMtu(device);
        log("ip link set mtu " + mtu + " up dev " + name);
        network.setMtuAndUp(name, mtu);
        if (dns.isWanted()) {
          step(this::setDns);
        }
        prefixes = sortedPrefixes(device);
      }
      addRoutes(prefixes);
      hooks(quick.postUp());
    } catch (IOException e) {
      throw new Failure(kernelWords(e), REFUSED).because(e, name);
    }
  }

  private void addLink() throws Failure, IOException {
    log("ip link add dev " + name + " type wireguard");
    try {
      network.addWireGuard(name);
      linkAdded = true;
    } catch (NetlinkException e) {
      if (!e.is(Errno.EOPNOTSUPP)) {
        // Not REFUSED: here wg-quick(8) loses what ip(8) ended with.
        throw new Failure(kernelWords(e)).because(e, name);
      }
      session.complain(kernelWords(e));
      startUserspace();
    }
  }

  private void startUserspace() throws Failure, IOException {
    String program =
        session.environment("WG_QUICK_USERSPACE_IMPLEMENTATION").orElse("wireguard-go");
    if (!shell.has(program)) {
      throw die(
          "this kernel has no WireGuard: load the module with `modprobe wireguard', or install "
              + program);
    }
    session.complain(
        "[!] Missing WireGuard kernel module. Falling back to slow userspace implementation.");
    log(program + " " + name);
    Shell.check(shell.run(List.of(program, name)));
    linkAdded = true;
  }

  private void setDns() throws Failure, IOException {
    dnsSet = true;
    dns.set();
  }

  private void hooks(List<String> commands) throws Failure, IOException {
    for (String command : commands) {
      String expanded = command.replace("%i", name);
      log(expanded);
      session.out().flush();
      Shell.check(shell.hook(expanded, Map.of("INTERFACE", name, "CONFIG_FILE", file.toString())));
    }
  }

  private void configure(ConfigFile config) throws Failure {
    log("wg addconf " + name + " /dev/fd/63");
    RetryingResolver resolver = new RetryingResolver(session);
    DeviceConfig change;
    try {
      change =
          config.toAddition(
              endpoint -> {
                try {
                  return resolver.resolve(endpoint);
                } catch (IOException e) {
                  throw new IOException(
                      e.getMessage() + ": `" + endpoint + "'\nConfiguration parsing error", e);
                }
              });
    } catch (IOException e) {
      throw new Failure(e.getMessage()).because(e.getCause(), file.toString());
    }
    try {
      session.client().configure(name, change);
    } catch (IOException e) {
      throw new Failure("Unable to modify interface: " + Failure.words(e)).because(e, name);
    }
  }

  private int automaticMtu(Device device) {
    int mtu = Integer.MAX_VALUE;
    for (Peer peer : device.peers()) {
      if (peer.endpoint().isPresent()) {
        mtu = Math.min(mtu, network.pathMtu(peer.endpoint().get().address()).orElse(mtu));
      }
    }
    if (mtu == Integer.MAX_VALUE) {
      mtu = network.defaultMtu().orElse(FALLBACK_MTU);
    }
    return mtu - OVERHEAD;
  }

  private static List<AllowedIp> sortedPrefixes(Device device) {
    List<AllowedIp> prefixes = new ArrayList<>();
    for (Peer peer : device.peers()) {
      prefixes.addAll(peer.allowedIps());
    }
    // Longest first; what is then left to chance is settled as sort(1) in wg-quick settles it.
    prefixes.sort(
        Comparator.comparingInt(AllowedIp::prefixLength)
            .thenComparing(AllowedIp::toString)
            .reversed());
    return prefixes;
  }

  private void addRoutes(List<AllowedIp> prefixes) throws Failure, IOException {
    if (quick.table().isOff()) {
      return;
    }
    for (AllowedIp prefix : prefixes) {
      if (!quick.table().isAuto()) {
        addRoute(prefix, quick.table().text(), quick.table().number());
      } else if (prefix.prefixLength() == 0) {
        step(() -> addDefault(prefix));
      } else if (!network.hasRoute(name, prefix)) {
        addRoute(prefix, "", 0);
      }
    }
  }

  private void addRoute(AllowedIp prefix, String tableName, int table) throws IOException {
    String family = prefix.address().isIpv6() ? "-6" : "-4";
    String suffix = tableName.isEmpty() ? "" : " table " + tableName;
    log("ip " + family + " route add " + prefix + " dev " + name + suffix);
    network.addRoute(name, prefix, table);
  }

  private void addDefault(AllowedIp prefix) throws Failure, IOException {
    boolean v6 = prefix.address().isIpv6();
    if (defaultMark == 0) {
      defaultMark = chooseMark();
    }
    String table = Integer.toUnsignedString(defaultMark);
    String ip = "ip " + (v6 ? "-6" : "-4");
    // The rules come first: a moment with them alone sends packets where they went before, a moment
    // with the route alone would let them leak.
    log(ip + " rule add not fwmark " + table + " table " + table);
    network.addMarkRule(v6, defaultMark);
    log(ip + " rule add table main suppress_prefixlength 0");
    network.addSuppressRule(v6);
    addRoute(prefix, table, defaultMark);
    if (!v6 && !network.isSourceMarkValid()) {
      log("sysctl -q net.ipv4.conf.all.src_valid_mark=1");
      network.setSourceMarkValid();
    }
    firewall.add(v6, defaultMark, network.addresses(name));
  }

  /** The device's mark, or a new one: the number of a routing table that nobody uses. */
  private int chooseMark() throws IOException {
    try (Device device = session.client().device(name)) {
      if (device.fwmark() != 0) {
        return device.fwmark();
      }
    }
    int table = FIRST_TABLE;
    while (network.isTableUsed(table)) {
      table++;
    }
    log("wg set " + name + " fwmark " + table);
    session.client().configure(name, DeviceConfig.builder().fwmark(table).build());
    return table;
  }

  // Rollback

  private interface Step {
    void run() throws Failure, IOException;
  }

  /** Takes a step on the way up, unless all that was done is being undone. */
  private synchronized void step(Step step) throws Failure, IOException {
    if (undoing) {
      throw new Failure("");
    }
    step.run();
  }

  /** Takes a step of a teardown, which goes on whatever becomes of it. */
  private void attempt(Step step) {
    try {
      step.run();
    } catch (Failure e) {
      if (!e.getMessage().isEmpty()) {
        session.complain(e.getMessage());
      }
    } catch (IOException e) {
      session.complain(kernelWords(e));
    }
  }

  private void stopAndRollBack() {
    shell.stop();
    rollBack();
  }

  /** Undoes what was done; once, whoever comes first. */
  private synchronized void rollBack() {
    undoing = true;
    if (dnsSet) {
      dnsSet = false;
      attempt(dns::unset);
    }
    if (defaultMark != 0) {
      int mark = defaultMark;
      defaultMark = 0;
      attempt(firewall::remove);
      attempt(() -> removeRules(mark));
    }
    if (linkAdded) {
      linkAdded = false;
      attempt(this::deleteLink);
    }
  }

  private void deleteLink() throws IOException {
    log("ip link delete dev " + name);
    network.delete(name);
  }

  private void removeRules(int mark) throws IOException {
    String table = Integer.toUnsignedString(mark);
    for (boolean v6 : new boolean[] {false, true}) {
      String ip = "ip " + (v6 ? "-6" : "-4");
      boolean any = false;
      while (network.hasRuleOfTable(v6, mark)) {
        log(ip + " rule delete table " + table);
        network.deleteRuleOfTable(v6, mark);
        any = true;
      }
      // Another tunnel may have a rule like this, too: only what we added goes.
      if (any) {
        log(ip + " rule delete table main suppress_prefixlength 0");
        network.deleteSuppressRule(v6);
      }
    }
  }

  // down and save

  private void requireDevice() throws Failure, IOException {
    if (!session.client().deviceNames().contains(name)) {
      throw die("`" + name + "' is not a WireGuard interface");
    }
  }

  private void down() throws Failure, IOException, ConfigException {
    requireDevice();
    hooks(quick.preDown());
    if (quick.saveConfig()) {
      writeState();
    }
    int mark = quick.table().isAuto() ? markOfDefaultRoutes() : 0;
    if (mark != 0) {
      removeRules(mark);
    }
    deleteLink();
    if (dns.isWanted()) {
      attempt(dns::unset);
    }
    attempt(firewall::remove);
    hooks(quick.postDown());
  }

  /** A mark without a default route is the administrator's, and so are rules with it. */
  private int markOfDefaultRoutes() throws IOException {
    try (Device device = session.client().device(name)) {
      boolean any =
          device.peers().stream()
              .flatMap(peer -> peer.allowedIps().stream())
              .anyMatch(prefix -> prefix.prefixLength() == 0);
      return any ? device.fwmark() : 0;
    }
  }

  private void save() throws Failure, IOException, ConfigException {
    requireDevice();
    writeState();
  }

  /**
   * Writes the interface's state into the file and leaves the rest of it as it is. Endpoints that
   * are host names stay: what they lead to now is what the name is there to find out again, and
   * asking the name server would not help when it is behind the tunnel.
   */
  private void writeState() throws Failure, IOException, ConfigException {
    log("wg showconf " + name);
    try (ConfigDocument document = ConfigDocument.parse(text);
        Device device = session.client().device(name)) {
      document.update(DeviceSpec.of(device), session.host()::interfaceName);
      document.setAddresses(inOrderOfFile(network.addresses(name)));
      if (quick.mtu().isPresent()) {
        document.setMtu(OptionalInt.of(network.mtu(name)));
      }
      write(document.toBytes());
    }
  }

  /** Puts a new content, which it wipes, in the place of the file's. */
  private void write(byte[] state) throws Failure {
    try {
      if (isPrivateFile()) {
        SecretFile.edit(file, state);
      } else {
        SecretFile.replace(file, state);
      }
    } catch (IOException e) {
      throw die("cannot write " + file + ", the state is not saved: " + Failure.words(e))
          .because(e, file.toString());
    } finally {
      Arrays.fill(state, (byte) 0);
    }
  }

  /** Those of the file first, as it has them: which one the kernel names first means nothing. */
  private List<QuickConfig.Address> inOrderOfFile(List<QuickConfig.Address> addresses) {
    List<QuickConfig.Address> ordered = new ArrayList<>();
    List<QuickConfig.Address> others = new ArrayList<>(addresses);
    for (QuickConfig.Address written : quick.addresses()) {
      if (addresses.stream().anyMatch(address -> isSame(written, address))) {
        ordered.add(written);
        others.removeIf(address -> isSame(written, address));
      }
    }
    ordered.addAll(others);
    return ordered;
  }

  private static boolean isSame(QuickConfig.Address a, QuickConfig.Address b) {
    return a.address().equals(b.address()) && a.length() == b.length();
  }

  /** A file that everybody can read, or that is gone, is no model for one with keys in it. */
  private boolean isPrivateFile() throws IOException {
    return Files.exists(file) && (session.host().mode(file) & 7) == 0;
  }
}
