// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.wg4j.AllowedIp;
import org.wg4j.Change;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigValues;
import org.wg4j.HostPort;
import org.wg4j.IpAddress;
import org.wg4j.PrivateKey;
import org.wg4j.PublicKey;
import org.wg4j.QuickConfig;

/** What works but is probably not meant: the warnings of {@code check}. */
final class ConfigAdvice {

  /** A prefix where it is written. */
  private record Entry(AllowedIp prefix, int peer, int line, int column) {}

  /** RFC 8200, section 5. */
  private static final int LEAST_IPV6_MTU = 1280;

  /** RT_TABLE_MAIN of linux/rtnetlink.h. */
  private static final int MAIN_TABLE = 254;

  /** Keys of which one is enough: the last one counts. */
  private static final List<String> SINGLE =
      List.of(
          "PrivateKey",
          "ListenPort",
          "FwMark",
          "MTU",
          "Table",
          "SaveConfig",
          "PublicKey",
          "PresharedKey",
          "Endpoint",
          "PersistentKeepalive");

  private final List<ConfigText.Section> sections;
  private final List<ConfigText.Section> peers;
  private final ConfigFile config;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<AllowedIp, Entry> byPrefix = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();

  /**
   * Looks through a file.
   *
   * @param config the same file, with the lines that are errors repaired: it has as many peers
   */
  ConfigAdvice(ConfigText text, ConfigFile config) {
    this.sections = text.sections();
    this.peers = text.peers();
    this.config = config;
    collectEntries();
    repeatedKeys();
    repeatedPeers();
    repeatedNames();
    ownKey();
    overlaps();
    reachability();
    defaultRoutes();
    network();
  }

  List<Finding> findings() {
    return findings;
  }

  private void warn(ConfigText.Statement at, String code, String message) {
    findings.add(Finding.warning(at, code, message));
  }

  private void warn(ConfigText.Section at, String code, String message) {
    findings.add(Finding.warning(at.line(), at.column(), code, message));
  }

  private void collectEntries() {
    for (int peer = 0; peer < peers.size(); peer++) {
      for (ConfigText.Statement statement : peers.get(peer).all("AllowedIPs")) {
        String value = statement.value();
        for (int start = 0; start <= value.length(); ) {
          int comma = value.indexOf(',', start);
          int end = comma < 0 ? value.length() : comma;
          int first = start;
          while (first < end && value.charAt(first) <= ' ') {
            first++;
          }
          entry(peer, statement, value.substring(first, end), first);
          start = end + 1;
        }
      }
    }
  }

  private void entry(int peer, ConfigText.Statement statement, String item, int offset) {
    int line = statement.line();
    int column = statement.valueColumn() + offset;
    try {
      List<AllowedIp> one =
          ConfigValues.allowedIps(
              item,
              prefix ->
                  findings.add(
                      Finding.warning(
                          line,
                          column,
                          "host-bits",
                          "`" + prefix + "' has host bits, which are dropped")));
      if (!one.isEmpty()) {
        Entry entry = new Entry(one.get(0), peer, line, column);
        entries.add(entry);
        byPrefix.put(entry.prefix(), entry);
      }
    } catch (ConfigException alreadyAnError) {
      // The reader has complained about it.
      return;
    }
  }

  private String label(int peer) {
    ConfigText.Section section = peers.get(peer);
    return section.name().map(name -> "`" + name + "'").orElse("the peer")
        + " of line "
        + section.line();
  }

  private void repeatedKeys() {
    Map<String, ConfigText.Statement> ofInterface = new HashMap<>();
    for (ConfigText.Section section : sections) {
      // [Interface] may be written in parts.
      Map<String, ConfigText.Statement> seen =
          section.kind() == ConfigText.Kind.PEER ? new HashMap<>() : ofInterface;
      for (ConfigText.Statement statement : section.statements()) {
        for (String key : SINGLE) {
          if (statement.is(key)) {
            ConfigText.Statement before = seen.put(key, statement);
            if (before != null) {
              warn(
                  statement,
                  "repeated-key",
                  key + " is in line " + before.line() + " already: the last one counts");
            }
          }
        }
      }
    }
  }

  private void repeatedPeers() {
    Map<PublicKey, Integer> seen = new HashMap<>();
    for (int peer = 0; peer < peers.size(); peer++) {
      Optional<ConfigText.Statement> at = writtenKey(peer);
      if (at.isPresent()) {
        Integer before = seen.putIfAbsent(config.peers().get(peer).publicKey(), peer);
        if (before != null) {
          warn(
              at.get(),
              "repeated-peer",
              "this is the key of "
                  + label(before)
                  + ": it stays one peer, with the allowed IPs of the last section only");
        }
      }
    }
  }

  /** The statement of a peer's key, if the key is one. */
  private Optional<ConfigText.Statement> writtenKey(int peer) {
    return peers
        .get(peer)
        .last("PublicKey")
        .filter(
            statement -> {
              String written = statement.value().replaceAll("\\s", "");
              return written.equals(config.peers().get(peer).publicKey().toBase64());
            });
  }

  private void repeatedNames() {
    Map<String, Integer> seen = new HashMap<>();
    for (int peer = 0; peer < peers.size(); peer++) {
      Optional<String> name = peers.get(peer).name();
      Integer before = name.isEmpty() ? null : seen.putIfAbsent(name.get(), peer);
      if (before != null) {
        warn(
            peers.get(peer),
            "repeated-name",
            "the peer of line "
                + peers.get(before).line()
                + " is called `"
                + name.get()
                + "', too");
      }
    }
  }

  private void ownKey() {
    Optional<PrivateKey> own = config.privateKey().value();
    if (own.isEmpty()) {
      boolean mentioned = false;
      for (ConfigText.Section section : sections) {
        mentioned |= section.last("PrivateKey").isPresent();
      }
      if (!mentioned && !hooksSetKey(config.quick())) {
        findings.add(
            Finding.warning(
                0, 0, "no-private-key", "without a PrivateKey there is no handshake with anybody"));
      }
      return;
    }
    PublicKey key = own.get().publicKey();
    for (int peer = 0; peer < peers.size(); peer++) {
      if (config.peers().get(peer).publicKey().equals(key)) {
        Optional<ConfigText.Statement> at = writtenKey(peer);
        if (at.isPresent()) {
          warn(
              at.get(),
              "own-key",
              "this is the public key of PrivateKey above: the kernel leaves such a peer out");
        }
      }
    }
  }

  /**
   * Whether `up' runs a {@code wg set ... private-key}, so that the key need not be in the file.
   */
  static boolean hooksSetKey(QuickConfig quick) {
    return Stream.concat(quick.preUp().stream(), quick.postUp().stream())
        .anyMatch(hook -> hook.contains("private-key"));
  }

  /** Each prefix is compared with the nearest one around it, which a stack of sorted ones has. */
  private void overlaps() {
    List<Entry> sorted = new ArrayList<>(entries);
    // The sort keeps the file's order among equals.
    sorted.sort(
        Comparator.comparing((Entry entry) -> entry.prefix().address())
            .thenComparingInt(entry -> entry.prefix().prefixLength()));
    Deque<Entry> around = new ArrayDeque<>();
    for (Entry entry : sorted) {
      while (!around.isEmpty() && !contains(around.peek().prefix(), entry.prefix())) {
        around.pop();
      }
      Entry outer = around.peek();
      if (outer != null) {
        overlap(outer, entry);
      }
      around.push(entry);
    }
  }

  private static boolean contains(AllowedIp outer, AllowedIp inner) {
    return outer.prefixLength() <= inner.prefixLength() && outer.contains(inner.address());
  }

  private void overlap(Entry outer, Entry inner) {
    PublicKey owner = config.peers().get(outer.peer()).publicKey();
    boolean same =
        outer.peer() == inner.peer() || owner.equals(config.peers().get(inner.peer()).publicKey());
    boolean equal = outer.prefix().equals(inner.prefix());
    String message;
    String code;
    if (same && outer.peer() == inner.peer() && equal) {
      code = "repeated-allowed-ip";
      message = inner.prefix() + " is in line " + outer.line() + " already";
    } else if (same) {
      return;
    } else if (equal) {
      code = "allowed-ip-moves";
      message =
          inner.prefix()
              + " is taken away from "
              + label(outer.peer())
              + ": only one peer can have it";
    } else if (outer.prefix().prefixLength() > 0) {
      code = "overlapping-allowed-ips";
      message =
          inner.prefix()
              + " lies within "
              + outer.prefix()
              + " of "
              + label(outer.peer())
              + ": the longer prefix wins";
    } else {
      // Everything lies within a default route, which is what it is for.
      return;
    }
    findings.add(Finding.warning(inner.line(), inner.column(), code, message));
  }

  private void reachability() {
    boolean listens = isSet(config.listenPort());
    for (int peer = 0; peer < peers.size(); peer++) {
      ConfigText.Section section = peers.get(peer);
      if (section.all("Endpoint").isEmpty() && !listens) {
        warn(
            section,
            "no-endpoint",
            "neither this peer has an Endpoint nor [Interface] a ListenPort: neither side can begin");
      }
      if (section.all("AllowedIPs").isEmpty()) {
        warn(section, "no-allowed-ips", "without AllowedIPs this peer gets and sends nothing");
      }
    }
  }

  private static boolean isSet(Change<?> change) {
    return change.value().isPresent();
  }

  private void defaultRoutes() {
    QuickConfig.Table table = config.quick().table();
    if (!table.isAuto() && table.number() != MAIN_TABLE) {
      // What another table is for, its rules say.
      return;
    }
    Entry v4 = null;
    Entry v6 = null;
    for (Entry entry : entries) {
      if (entry.prefix().prefixLength() == 0) {
        if (entry.prefix().address().isIpv6()) {
          v6 = entry;
        } else {
          v4 = entry;
        }
      }
    }
    if (v4 != null && v6 == null) {
      findings.add(
          Finding.warning(
              v4.line(),
              v4.column(),
              "default-route-one-family",
              "all of IPv4 goes through the tunnel, but IPv6 goes past it: add ::/0 if that is not"
                  + " meant"));
    }
    Entry any = v4 != null ? v4 : v6;
    if (any != null && table.number() == MAIN_TABLE && !isSet(config.fwmark())) {
      findings.add(
          Finding.warning(
              any.line(),
              any.column(),
              "default-route-loop",
              "a default route in table main catches the tunnel's own packets, too: leave Table"
                  + " out, or set FwMark and a rule for it"));
    }
    endpointsInTheTunnel();
  }

  private void endpointsInTheTunnel() {
    for (int peer = 0; peer < peers.size(); peer++) {
      Optional<HostPort> endpoint = config.peers().get(peer).endpoint();
      Optional<ConfigText.Statement> at = peers.get(peer).last("Endpoint");
      Optional<IpAddress> address = endpoint.flatMap(it -> IpAddress.tryParse(it.host()));
      if (address.isEmpty() || at.isEmpty()) {
        continue;
      }
      Optional<Entry> route = routeTo(address.get());
      if (route.isPresent()) {
        warn(
            at.get(),
            "endpoint-in-tunnel",
            address.get()
                + " lies within "
                + route.get().prefix()
                + " of line "
                + route.get().line()
                + ": the tunnel's packets would go through "
                + (route.get().peer() == peer ? "the tunnel itself" : label(route.get().peer())));
      }
    }
  }

  /** The longest prefix around an address, default routes apart. */
  private Optional<Entry> routeTo(IpAddress address) {
    for (int length = address.bits(); length > 0; length--) {
      Entry entry = byPrefix.get(new AllowedIp(address, length));
      if (entry != null) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  private void network() {
    for (ConfigText.Section section : sections) {
      for (ConfigText.Statement statement : section.all("MTU")) {
        boolean v6 = config.quick().addresses().stream().anyMatch(it -> it.address().isIpv6());
        if (v6 && config.quick().mtu().orElse(LEAST_IPV6_MTU) < LEAST_IPV6_MTU) {
          warn(statement, "mtu-below-1280", "IPv6 needs an MTU of 1280: it is off below that");
        }
      }
    }
    for (ConfigText.Section section : sections) {
      if (config.quick().nameServers().isEmpty() && !section.all("DNS").isEmpty()) {
        warn(
            section.all("DNS").get(0),
            "dns-without-server",
            "`up' sets domains to search together with a name server only");
      }
    }
    for (QuickConfig.Address address : config.quick().addresses()) {
      Entry entry = byPrefix.get(new AllowedIp(address.address(), address.address().bits()));
      if (entry != null) {
        findings.add(
            Finding.warning(
                entry.line(),
                entry.column(),
                "own-address",
                entry.prefix() + " is this interface's own Address: it cannot be a peer's, too"));
      }
    }
  }
}
