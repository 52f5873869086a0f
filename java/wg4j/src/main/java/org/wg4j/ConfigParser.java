// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.StringTokenizer;

/**
 * Reads one configuration file. Works on bytes: a line becomes a String only when it is known not
 * to hold a secret.
 */
final class ConfigParser {

  /** A line of the source, with its line end. */
  private record Span(int start, int end) {}

  private enum Section {
    NONE,
    INTERFACE,
    PEER
  }

  private static final List<String> INTERFACE_KEYS = List.of("PrivateKey", "ListenPort", "FwMark");
  private static final List<String> PEER_KEYS =
      List.of("PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive");
  private static final List<String> QUICK_KEYS =
      List.of("Address", "DNS", "MTU", "Table", "SaveConfig");
  private static final List<String> HOOKS = List.of("PreUp", "PostUp", "PreDown", "PostDown");
  private static final List<String> SECRETS = List.of("PrivateKey", "PresharedKey");
  private static final Path TABLE_NAMES = Path.of("/etc/iproute2/rt_tables");

  /** {@code enum rt_class_t} of linux/rtnetlink.h. */
  private static final Map<String, Integer> WELL_KNOWN_TABLES =
      Map.of("default", 253, "main", 254, "local", 255);

  private final byte[] source;
  private final ConfigFile.Dialect dialect;
  private final ConfigListener listener;

  private Section section = Section.NONE;
  private int number;
  private Change<PrivateKey> privateKey = Change.keep();
  private Change<Integer> listenPort = Change.keep();
  private Change<Integer> fwmark = Change.keep();
  private final List<PeerDraft> drafts = new ArrayList<>();
  private final QuickDraft quick = new QuickDraft();

  ConfigParser(byte[] source, ConfigFile.Dialect dialect, ConfigListener listener) {
    this.source = source;
    this.dialect = dialect;
    this.listener = listener;
  }

  ConfigFile parse() throws ConfigException {
    boolean done = false;
    try {
      ConfigFile file = parseLines();
      done = true;
      return file;
    } finally {
      if (!done) {
        privateKey.value().ifPresent(PrivateKey::destroy);
        drafts.forEach(draft -> draft.presharedKey.value().ifPresent(PresharedKey::destroy));
      }
      Arrays.fill(source, (byte) 0);
    }
  }

  private ConfigFile parseLines() throws ConfigException {
    for (int start = 0; start < source.length; ) {
      Span span = nextLine(start);
      parseLine(span);
      start = span.end();
    }
    List<ConfigFile.PeerSection> peers = new ArrayList<>(drafts.size());
    for (PeerDraft draft : drafts) {
      try {
        peers.add(draft.toSection());
      } catch (ConfigException e) {
        throw e.inColumn(draft.column);
      }
    }
    return new ConfigFile(privateKey, listenPort, fwmark, peers, quick.toConfig());
  }

  /** The lines of wg-quick(8) alone. */
  static QuickConfig quick(byte[] source) throws ConfigException {
    ConfigParser parser =
        new ConfigParser(source, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE);
    for (int start = 0; start < source.length; ) {
      Span span = parser.nextLine(start);
      if (!parser.passesQuickLine(span)) {
        parser.followSection(span);
      }
      start = span.end();
    }
    return parser.quick.toConfig();
  }

  /** The text without the lines of wg-quick(8). */
  static byte[] strip(byte[] source) throws ConfigException {
    ConfigParser parser =
        new ConfigParser(source, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE);
    byte[] out = new byte[source.length + 1];
    int length = 0;
    for (int start = 0; start < source.length; ) {
      Span span = parser.nextLine(start);
      if (!parser.passesQuickLine(span)) {
        parser.followSection(span);
        int from = span.start();
        int to = span.end() > from && source[span.end() - 1] == '\n' ? span.end() - 1 : span.end();
        while (from < to && isBlank(source[from])) {
          from++;
        }
        while (to > from && isBlank(source[to - 1])) {
          to--;
        }
        System.arraycopy(source, from, out, length, to - from);
        length += to - from;
        out[length++] = '\n';
      }
      start = span.end();
    }
    byte[] exact = Arrays.copyOf(out, length);
    Arrays.fill(out, (byte) 0);
    return exact;
  }

  /** What bash takes away around a line: not the CR of a line end. */
  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private void followSection(Span span) {
    byte[] line = clean(span);
    if (line.length > 0 && line[0] == '[') {
      section =
          equalsIgnoreCase(line, line.length, "[Interface]") ? Section.INTERFACE : Section.NONE;
    }
    Arrays.fill(line, (byte) 0);
  }

  private Span nextLine(int start) {
    int end = start;
    while (end < source.length && source[end] != '\n') {
      end++;
    }
    number++;
    return new Span(start, Math.min(end + 1, source.length));
  }

  private boolean isQuickLine(Span span) throws ConfigException {
    return dialect == ConfigFile.Dialect.WG_QUICK
        && section == Section.INTERFACE
        && parseQuickLine(span);
  }

  /** As {@link #isQuickLine}, but of what cannot be understood only SaveConfig is an error. */
  private boolean passesQuickLine(Span span) throws ConfigException {
    try {
      return isQuickLine(span);
    } catch (ConfigException e) {
      if (e.reason() == ConfigException.Reason.BAD_SAVE_CONFIG) {
        throw e.inColumn(columnOf(span, e));
      }
      return true;
    }
  }

  private void parseLine(Span span) throws ConfigException {
    try {
      parsePlaced(span);
    } catch (ConfigException e) {
      throw e.inColumn(columnOf(span, e));
    }
  }

  /** Where in a line the text begins that an exception complains of; all before it is ASCII. */
  private int columnOf(Span span, ConfigException e) {
    int at = skipSpace(span.start(), span.end());
    if (!e.key().isEmpty()) {
      while (source[at] != '=') {
        at++;
      }
      at = skipSpace(at + 1, span.end());
      // A secret is no list, and nothing to make Strings of.
      at = SECRETS.contains(e.key()) ? at : itemAt(at, span.end(), e.text());
    }
    return 1 + at - span.start();
  }

  private int skipSpace(int start, int end) {
    int at = start;
    while (at < end && ConfigValues.isSpace(source[at])) {
      at++;
    }
    return at;
  }

  /**
   * The item of a comma-separated list that is that text or begins with it and a slash; the start
   * if there is none, because the value is no list.
   */
  private int itemAt(int start, int end, String text) {
    int from = start;
    while (true) {
      int to = from;
      while (to < end && source[to] != ',' && source[to] != '#' && source[to] != 0) {
        to++;
      }
      String item = ConfigValues.withoutSpace(text(source, from, to));
      if (item.equals(text) || !text.isEmpty() && item.startsWith(text + "/")) {
        return item.isEmpty() ? from : skipSpace(from, to);
      }
      if (to == end || source[to] != ',') {
        return start;
      }
      from = to + 1;
    }
  }

  private void parsePlaced(Span span) throws ConfigException {
    if (isQuickLine(span)) {
      return;
    }
    byte[] line = clean(span);
    try {
      if (line.length > 0) {
        parseClean(line, 1 + skipSpace(span.start(), span.end()) - span.start());
      }
    } finally {
      Arrays.fill(line, (byte) 0);
    }
  }

  /** The line without white space, comment and whatever follows a NUL. */
  private byte[] clean(Span span) {
    byte[] out = new byte[span.end() - span.start()];
    int length = 0;
    for (int at = span.start(); at < span.end(); at++) {
      byte b = source[at];
      if (b == '#' || b == 0) {
        break;
      }
      if (!ConfigValues.isSpace(b)) {
        out[length++] = b;
      }
    }
    byte[] exact = Arrays.copyOf(out, length);
    Arrays.fill(out, (byte) 0);
    return exact;
  }

  private void parseClean(byte[] line, int column) throws ConfigException {
    if (line[0] == '[') {
      if (equalsIgnoreCase(line, line.length, "[Interface]")) {
        section = Section.INTERFACE;
        return;
      }
      if (equalsIgnoreCase(line, line.length, "[Peer]")) {
        section = Section.PEER;
        drafts.add(new PeerDraft(number, column));
        return;
      }
    }
    int equals = 0;
    while (equals < line.length && line[equals] != '=') {
      equals++;
    }
    List<String> keys =
        switch (section) {
          case NONE -> List.of();
          case INTERFACE -> INTERFACE_KEYS;
          case PEER -> PEER_KEYS;
        };
    Optional<String> key = match(line, equals, keys);
    if (key.isEmpty() || equals + 1 >= line.length) {
      throw new ConfigException(
          ConfigException.Reason.UNRECOGNIZED_LINE, number, "", printable(line, equals), null);
    }
    try {
      setValue(key.get(), line, equals + 1);
    } catch (ConfigException e) {
      throw e.at(number, key.get());
    }
  }

  private static boolean equalsIgnoreCase(byte[] line, int length, String word) {
    if (length != word.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(line[i]) != lower(word.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
  }

  private static Optional<String> match(byte[] line, int length, List<String> words) {
    for (String word : words) {
      if (equalsIgnoreCase(line, length, word)) {
        return Optional.of(word);
      }
    }
    return Optional.empty();
  }

  /** The line for an error message, without a secret that may be in it. */
  private static String printable(byte[] line, int equals) {
    if (equals + 1 < line.length && match(line, equals, SECRETS).isPresent()) {
      return text(line, 0, equals + 1) + ConfigException.HIDDEN;
    }
    return text(line, 0, line.length);
  }

  private static String text(byte[] line, int start, int end) {
    return new String(line, start, end - start, StandardCharsets.UTF_8);
  }

  private void setValue(String key, byte[] line, int start) throws ConfigException {
    switch (key) {
      case "PrivateKey" -> {
        privateKey.value().ifPresent(PrivateKey::destroy);
        privateKey = Change.set(secret(PrivateKey::parse, line, start));
      }
      case "ListenPort" -> listenPort = ConfigValues.listenPort(text(line, start, line.length));
      case "FwMark" -> fwmark = ConfigValues.fwmark(text(line, start, line.length));
      default -> setPeerValue(drafts.get(drafts.size() - 1), key, line, start);
    }
  }

  private void setPeerValue(PeerDraft peer, String key, byte[] line, int start)
      throws ConfigException {
    if (key.equals("PresharedKey")) {
      peer.presharedKey.value().ifPresent(PresharedKey::destroy);
      peer.presharedKey = Change.set(secret(PresharedKey::parse, line, start));
      return;
    }
    String value = text(line, start, line.length);
    switch (key) {
      case "PublicKey" -> peer.publicKey = Optional.of(ConfigValues.publicKey(value));
      case "AllowedIPs" ->
          peer.allowedIps.addAll(
              ConfigValues.allowedIps(value, prefix -> listener.hostBits(number, prefix)));
      case "Endpoint" -> {
        HostPort endpoint = ConfigValues.endpoint(value);
        peer.endpoint = Optional.of(endpoint);
        try {
          peer.resolvedEndpoint = listener.endpoint(number, endpoint, value);
        } catch (IOException e) {
          throw new ConfigException(
              ConfigException.Reason.UNRESOLVED_ENDPOINT, number, key, value, e);
        }
      }
      case "PersistentKeepalive" ->
          peer.persistentKeepalive = ConfigValues.persistentKeepalive(value);
      default -> throw new AssertionError(key);
    }
  }

  private interface SecretParser<K> {
    K parse(byte[] ascii, int offset, int length);
  }

  private static <K> K secret(SecretParser<K> parser, byte[] line, int start)
      throws ConfigException {
    try {
      return parser.parse(line, start, line.length - start);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(ConfigException.Reason.BAD_KEY, ConfigException.HIDDEN);
    }
  }

  /** Takes a line of wg-quick(8); false if it is none. */
  private boolean parseQuickLine(Span span) throws ConfigException {
    int equals = span.start();
    while (equals < span.end() && source[equals] != '=' && source[equals] != '#') {
      equals++;
    }
    if (equals == span.end() || source[equals] == '#') {
      return false;
    }
    byte[] key = clean(new Span(span.start(), equals));
    Optional<String> hook = match(key, key.length, HOOKS);
    Optional<String> plain = match(key, key.length, QUICK_KEYS);
    if (hook.isEmpty() && plain.isEmpty()) {
      return false;
    }
    int end = span.end();
    if (plain.isPresent()) {
      for (int at = equals; at < end; at++) {
        if (source[at] == '#') {
          end = at;
        }
      }
    }
    String value = text(source, equals + 1, end).strip();
    if (hook.isPresent()) {
      quick.hook(hook.get()).add(value);
      return true;
    }
    try {
      quick.set(plain.get(), value);
      return true;
    } catch (ConfigException e) {
      throw e.at(number, plain.get());
    }
  }

  /** A [Peer] section under way. */
  private static final class PeerDraft {
    private final int line;
    private final int column;
    private Optional<PublicKey> publicKey = Optional.empty();
    private Change<PresharedKey> presharedKey = Change.keep();
    private Optional<HostPort> endpoint = Optional.empty();
    private Optional<Endpoint> resolvedEndpoint = Optional.empty();
    private final List<AllowedIp> allowedIps = new ArrayList<>();
    private Change<Integer> persistentKeepalive = Change.keep();

    PeerDraft(int line, int column) {
      this.line = line;
      this.column = column;
    }

    ConfigFile.PeerSection toSection() throws ConfigException {
      PublicKey key =
          publicKey.orElseThrow(
              () ->
                  new ConfigException(
                      ConfigException.Reason.MISSING_PUBLIC_KEY, line, "PublicKey", "", null));
      return new ConfigFile.PeerSection(
          key, presharedKey, endpoint, resolvedEndpoint, allowedIps, persistentKeepalive);
    }
  }

  /** The keys of wg-quick(8) under way. */
  private static final class QuickDraft {
    private final List<QuickConfig.Address> addresses = new ArrayList<>();
    private final List<IpAddress> nameServers = new ArrayList<>();
    private final List<String> searchDomains = new ArrayList<>();
    private OptionalInt mtu = OptionalInt.empty();
    private QuickConfig.Table table = QuickConfig.Table.AUTO;
    private final List<List<String>> hooks =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private boolean saveConfig;

    List<String> hook(String key) {
      return hooks.get(HOOKS.indexOf(key));
    }

    void set(String key, String value) throws ConfigException {
      switch (key) {
        case "Address" -> {
          for (String item : ConfigValues.words(value)) {
            addresses.add(address(item));
          }
        }
        case "DNS" -> {
          for (String item : ConfigValues.words(value)) {
            Optional<IpAddress> server = IpAddress.tryParse(item);
            if (server.isPresent()) {
              nameServers.add(server.get());
            } else if (item.indexOf(':') >= 0 || item.matches("[0-9.]+")) {
              // No domain is like this: as one it would only be a mistake that goes unnoticed.
              throw new ConfigException(ConfigException.Reason.BAD_ADDRESS, item);
            } else {
              searchDomains.add(item);
            }
          }
        }
        case "MTU" -> {
          long bytes = ConfigValues.digits(value, 10, Integer.MAX_VALUE);
          if (bytes < 0 && !value.isEmpty()) {
            throw new ConfigException(ConfigException.Reason.BAD_MTU, value);
          }
          mtu = value.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) bytes);
        }
        case "Table" -> table = table(value);
        case "SaveConfig" -> {
          saveConfig = value.equalsIgnoreCase("true");
          if (!saveConfig && !value.equalsIgnoreCase("false")) {
            throw new ConfigException(ConfigException.Reason.BAD_SAVE_CONFIG, value);
          }
        }
        default -> throw new AssertionError(key);
      }
    }

    private static QuickConfig.Address address(String text) throws ConfigException {
      int slash = text.indexOf('/');
      String host = slash < 0 ? text : text.substring(0, slash);
      IpAddress address =
          IpAddress.tryParse(host)
              .orElseThrow(() -> new ConfigException(ConfigException.Reason.BAD_ADDRESS, text));
      if (slash < 0) {
        return new QuickConfig.Address(address, OptionalInt.empty());
      }
      Optional<Integer> length = AllowedIp.parseLength(text.substring(slash + 1));
      if (length.isEmpty() || length.get() > address.bits()) {
        throw new ConfigException(ConfigException.Reason.BAD_PREFIX, text);
      }
      return new QuickConfig.Address(address, OptionalInt.of(length.get()));
    }

    private static QuickConfig.Table table(String value) throws ConfigException {
      switch (value.toLowerCase(Locale.ROOT)) {
        case "", "auto" -> {
          return QuickConfig.Table.AUTO;
        }
        case "off" -> {
          return QuickConfig.Table.OFF;
        }
        default -> {
          boolean hexadecimal = value.startsWith("0x");
          String digits = hexadecimal ? value.substring(2) : value;
          long id = ConfigValues.digits(digits, hexadecimal ? 16 : 10, 0xffffffffL);
          int table = id > 0 ? (int) id : tableByName(value);
          if (table == 0) {
            throw new ConfigException(ConfigException.Reason.BAD_TABLE, value);
          }
          return new QuickConfig.Table(value, table);
        }
      }
    }

    /** The number of a named routing table, 0 if there is none of that name. */
    private static int tableByName(String name) {
      Integer known = WELL_KNOWN_TABLES.get(name);
      if (known != null) {
        return known;
      }
      try (BufferedReader lines =
          Files.newBufferedReader(TABLE_NAMES, StandardCharsets.ISO_8859_1)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          StringTokenizer words = new StringTokenizer(line);
          if (words.countTokens() >= 2) {
            long id = ConfigValues.digits(words.nextToken(), 10, 0xffffffffL);
            if (id > 0 && words.nextToken().equals(name)) {
              return (int) id;
            }
          }
        }
      } catch (IOException e) {
        return 0;
      }
      return 0;
    }

    QuickConfig toConfig() {
      return new QuickConfig(
          addresses,
          nameServers,
          searchDomains,
          mtu,
          table,
          hooks.get(0),
          hooks.get(1),
          hooks.get(2),
          hooks.get(3),
          saveConfig);
    }
  }
}
