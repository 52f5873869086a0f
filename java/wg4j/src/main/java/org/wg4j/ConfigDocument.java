// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * A configuration file of wg(8) or wg-quick(8) to be edited. What is not changed stays as it is to
 * the byte: comments, blank lines, the order, how names are written, line ends, hooks. A value that
 * is changed keeps its line and the comment behind it.
 *
 * <p>Comments right above a {@code [Peer]} belong to that peer and go with it.
 *
 * <p>It holds secrets: {@link #close()} wipes them. Not thread-safe.
 */
public final class ConfigDocument implements AutoCloseable {

  private enum Kind {
    /** What comes before the first section: comments and blank lines. */
    PREAMBLE,
    INTERFACE,
    PEER
  }

  /** A line with its end, and where its value is. */
  private static final class Line {
    private byte[] text;
    private final String key;
    private final int valueStart;
    private int valueEnd;

    /**
     * Finds the key and the value in a line of a file that was found to be right.
     *
     * @param text owned from now on
     */
    Line(byte[] text) {
      this.text = text;
      int equals = 0;
      while (equals < text.length && text[equals] != '=' && !endsText(text[equals])) {
        equals++;
      }
      boolean hasValue = equals < text.length && text[equals] == '=';
      this.key = hasValue ? compact(text, 0, equals).toLowerCase(Locale.ROOT) : "";
      int from = Math.min(equals + 1, text.length);
      int to = from;
      while (to < text.length && !endsText(text[to])) {
        to++;
      }
      while (from < to && ConfigValues.isSpace(text[from])) {
        from++;
      }
      while (to > from && ConfigValues.isSpace(text[to - 1])) {
        to--;
      }
      this.valueStart = from;
      this.valueEnd = to;
    }

    private static boolean endsText(byte b) {
      return b == '#' || b == 0;
    }

    private static String compact(byte[] text, int from, int to) {
      return ConfigValues.withoutSpace(new String(text, from, to - from, StandardCharsets.UTF_8));
    }

    /** The section that begins here, if one does. */
    Optional<Kind> header() {
      int end = 0;
      while (end < text.length && !endsText(text[end])) {
        end++;
      }
      if (!key.isEmpty()) {
        return Optional.empty();
      }
      return switch (compact(text, 0, end).toLowerCase(Locale.ROOT)) {
        case "[interface]" -> Optional.of(Kind.INTERFACE);
        case "[peer]" -> Optional.of(Kind.PEER);
        default -> Optional.empty();
      };
    }

    boolean is(String name) {
      return key.equalsIgnoreCase(name);
    }

    boolean isCommentOnly() {
      int at = 0;
      while (at < text.length && ConfigValues.isSpace(text[at])) {
        at++;
      }
      return at < text.length && text[at] == '#';
    }

    /** The value without white space; not for secrets. */
    String value() {
      return compact(text, valueStart, valueEnd);
    }

    /** The value as a list; not for secrets. */
    List<String> words() {
      return ConfigValues.words(
          new String(text, valueStart, valueEnd - valueStart, StandardCharsets.UTF_8));
    }

    /** The value without white space, which the caller wipes. */
    byte[] secret() {
      byte[] out = new byte[valueEnd - valueStart];
      int length = 0;
      for (int at = valueStart; at < valueEnd; at++) {
        if (!ConfigValues.isSpace(text[at])) {
          out[length++] = text[at];
        }
      }
      byte[] exact = Arrays.copyOf(out, length);
      Arrays.fill(out, (byte) 0);
      return exact;
    }

    void setValue(byte[] value) {
      byte[] changed = new byte[text.length - (valueEnd - valueStart) + value.length];
      System.arraycopy(text, 0, changed, 0, valueStart);
      System.arraycopy(value, 0, changed, valueStart, value.length);
      int rest = text.length - valueEnd;
      System.arraycopy(text, valueEnd, changed, valueStart + value.length, rest);
      wipe();
      text = changed;
      valueEnd = valueStart + value.length;
    }

    /** What is left when the value goes: the comment behind it; empty if there is none. */
    Optional<Line> comment() {
      int at = valueEnd;
      while (at < text.length && text[at] != '#') {
        at++;
      }
      return at == text.length
          ? Optional.empty()
          : Optional.of(new Line(Arrays.copyOfRange(text, at, text.length)));
    }

    void wipe() {
      Arrays.fill(text, (byte) 0);
    }
  }

  /** A section: comments right above its header, the header, and all that follows. */
  private static final class Section {
    private final Kind kind;
    private final List<Line> lines = new ArrayList<>();

    Section(Kind kind) {
      this.kind = kind;
    }

    Optional<Line> last(String key) {
      Optional<Line> found = Optional.empty();
      for (Line line : lines) {
        if (line.is(key)) {
          found = Optional.of(line);
        }
      }
      return found;
    }

    Optional<PublicKey> publicKey() {
      return last("PublicKey").map(line -> PublicKey.parse(line.value()));
    }

    /** Where one more value belongs: behind the last one, or behind the header. */
    int end() {
      int end = 0;
      for (int i = 0; i < lines.size(); i++) {
        if (!lines.get(i).key.isEmpty() || lines.get(i).header().isPresent()) {
          end = i + 1;
        }
      }
      return end;
    }
  }

  private final List<Section> sections = new ArrayList<>();
  private final String lineEnd;

  private ConfigDocument(byte[] text) {
    int firstEnd = indexOf(text, 0);
    this.lineEnd =
        firstEnd > 0 && firstEnd < text.length && text[firstEnd - 1] == '\r' ? "\r\n" : "\n";
    Section section = new Section(Kind.PREAMBLE);
    sections.add(section);
    for (int start = 0; start < text.length; ) {
      int end = Math.min(indexOf(text, start) + 1, text.length);
      Line line = new Line(Arrays.copyOfRange(text, start, end));
      Optional<Kind> kind = line.header();
      if (kind.isPresent()) {
        Section next = new Section(kind.get());
        int above = section.lines.size();
        while (above > 0 && section.lines.get(above - 1).isCommentOnly()) {
          above--;
        }
        List<Line> comments = section.lines.subList(above, section.lines.size());
        next.lines.addAll(comments);
        comments.clear();
        sections.add(next);
        section = next;
      }
      section.lines.add(line);
      start = end;
    }
  }

  private static int indexOf(byte[] text, int start) {
    int at = start;
    while (at < text.length && text[at] != '\n') {
      at++;
    }
    return at;
  }

  /** A document without anything in it. */
  public static ConfigDocument empty() {
    return new ConfigDocument(new byte[0]);
  }

  /**
   * Reads a file. Keys of wg-quick(8) may be in it.
   *
   * @throws IOException if it cannot be read
   * @throws ConfigException if it cannot be understood
   */
  public static ConfigDocument read(Path file) throws IOException, ConfigException {
    byte[] text = ConfigFile.bytes(file);
    try {
      return parse(text);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /**
   * Reads the content of a file. Keys of wg-quick(8) may be in it.
   *
   * @param text copied; the caller wipes its own
   * @throws ConfigException if it cannot be understood
   */
  public static ConfigDocument parse(byte[] text) throws ConfigException {
    ConfigFile.parse(text, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE).close();
    return new ConfigDocument(text);
  }

  /** The file's content, with its secrets; the caller wipes it. */
  public byte[] toBytes() {
    int length = 0;
    for (Section section : sections) {
      for (Line line : section.lines) {
        length += line.text.length;
      }
    }
    ByteBuffer out = ByteBuffer.allocate(length);
    for (Section section : sections) {
      section.lines.forEach(line -> out.put(line.text));
    }
    return out.array();
  }

  /**
   * Replaces a file. Readers see the old content or the new one, also after a power cut; nobody but
   * the owner may read it.
   *
   * @throws IOException if that is not possible; the old content is then still there
   */
  public void write(Path file) throws IOException {
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    Path fresh =
        Files.createTempFile(
            target.getParent(),
            target.getFileName() + ".",
            ".tmp",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    byte[] text = toBytes();
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(text);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Arrays.fill(text, (byte) 0);
      Files.deleteIfExists(fresh);
    }
  }

  /**
   * Makes the document say what a device should be. Peers that are in it stay where they are,
   * others go, new ones come last. Values that say the same already stay as they are written. An
   * endpoint that is written with a host's or a service's name stays, and so does one that {@code
   * spec} does not mention.
   */
  public void update(DeviceSpec spec) {
    update(spec, index -> Optional.empty());
  }

  /**
   * As {@link #update(DeviceSpec)}, but scopes of endpoints are written with the names of their
   * interfaces, which outlive the numbers.
   *
   * @param interfaceNames the name of an interface by its index, for example {@link
   *     SystemResolver#interfaceName}
   */
  public void update(DeviceSpec spec, IntFunction<Optional<String>> interfaceNames) {
    Optional<PrivateKey> privateKey = spec.effectivePrivateKey();
    Optional<PrivateKey> written = lastOfInterface("PrivateKey").map(ConfigDocument::privateKey);
    if (!privateKey.equals(written.filter(key -> !key.isZero()))) {
      setInterface("PrivateKey", privateKey.map(Key::toBase64Bytes));
    }
    written.ifPresent(PrivateKey::destroy);
    int port = spec.listenPort().orElse(0);
    if (port != number("ListenPort", ConfigValues::listenPort)) {
      setInterface("ListenPort", port == 0 ? Optional.empty() : ascii(Integer.toString(port)));
    }
    int mark = spec.fwmark().orElse(0);
    if (mark != number("FwMark", ConfigValues::fwmark)) {
      setInterface(
          "FwMark", mark == 0 ? Optional.empty() : ascii("0x" + Integer.toHexString(mark)));
    }
    Map<PublicKey, PeerSpec> wanted = new HashMap<>();
    spec.peers().forEach(peer -> wanted.put(peer.publicKey(), peer));
    Set<PublicKey> there = new HashSet<>();
    for (int i = sections.size() - 1; i >= 0; i--) {
      Section section = sections.get(i);
      if (section.kind == Kind.PEER) {
        PeerSpec peer = wanted.get(section.publicKey().orElseThrow());
        // Of several sections on one peer the last one counts.
        if (peer == null || !there.add(peer.publicKey())) {
          remove(i);
        } else {
          update(section, peer, interfaceNames);
        }
      }
    }
    for (PeerSpec peer : spec.peers()) {
      if (!there.contains(peer.publicKey())) {
        addPeer(peer, List.of(), interfaceNames);
      }
    }
  }

  private void update(
      Section section, PeerSpec peer, IntFunction<Optional<String>> interfaceNames) {
    Optional<PresharedKey> shared = peer.effectivePresharedKey();
    Optional<PresharedKey> written = section.last("PresharedKey").map(ConfigDocument::presharedKey);
    if (!shared.equals(written.filter(key -> !key.isZero()))) {
      set(List.of(section), "PresharedKey", shared.map(Key::toBase64Bytes));
    }
    written.ifPresent(PresharedKey::destroy);
    Set<AllowedIp> prefixes = new HashSet<>();
    for (Line line : section.lines) {
      if (line.is("AllowedIPs")) {
        prefixes.addAll(value(line, text -> ConfigValues.allowedIps(text, bits -> {})));
      }
    }
    if (!prefixes.equals(Set.copyOf(peer.allowedIps()))) {
      set(List.of(section), "AllowedIPs", list(peer.allowedIps()));
    }
    if (peer.endpoint().isPresent()) {
      Endpoint wish = peer.endpoint().get();
      String wishText = wish.format(interfaceNames);
      Optional<String> endpoint = section.last("Endpoint").map(Line::value);
      if (endpoint.isEmpty() || !saysOrNames(endpoint.get(), wish, wishText)) {
        set(List.of(section), "Endpoint", ascii(wishText));
      }
    }
    int keepalive = peer.persistentKeepalive().orElse(0);
    int writtenKeepalive =
        section
            .last("PersistentKeepalive")
            .map(line -> value(line, ConfigValues::persistentKeepalive).value().orElse(0))
            .orElse(0);
    if (keepalive != writtenKeepalive) {
      set(
          List.of(section),
          "PersistentKeepalive",
          keepalive == 0 ? Optional.empty() : ascii(Integer.toString(keepalive)));
    }
  }

  /** Whether an endpoint is that one, or is written with a name that is somebody's choice. */
  private static boolean saysOrNames(String written, Endpoint endpoint, String text) {
    try {
      return Endpoint.parse(written).toString().equals(endpoint.toString());
    } catch (IllegalArgumentException name) {
      HostPort parts = HostPort.parse(written);
      int scope = parts.host().indexOf('%');
      boolean namesOnlyScope =
          scope >= 0
              && IpAddress.tryParse(parts.host().substring(0, scope)).isPresent()
              && parts.port().chars().allMatch(c -> c >= '0' && c <= '9');
      return !namesOnlyScope || written.equals(text);
    }
  }

  /** Sets the addresses of the interface (wg-quick's {@code Address}). */
  public void setAddresses(List<QuickConfig.Address> addresses) {
    setItems(
        "Address",
        addresses.stream().map(QuickConfig.Address::toString).toList(),
        item -> {
          // A missing length means all bits.
          int slash = item.indexOf('/');
          IpAddress address = IpAddress.parse(slash < 0 ? item : item.substring(0, slash));
          return address + "/" + (slash < 0 ? address.bits() : item.substring(slash + 1));
        });
  }

  /**
   * Sets the name servers and search domains (wg-quick's {@code DNS}).
   *
   * @throws IllegalArgumentException if a domain has white space, a comma or '#' in it
   */
  public void setDns(List<IpAddress> nameServers, List<String> searchDomains) {
    List<String> all = new ArrayList<>();
    nameServers.forEach(server -> all.add(server.toString()));
    for (String domain : searchDomains) {
      if (domain.isEmpty() || domain.chars().anyMatch(c -> c <= ' ' || c == ',' || c == '#')) {
        throw new IllegalArgumentException("not a domain: " + domain);
      }
      all.add(domain);
    }
    setItems("DNS", all, item -> item);
  }

  private void setItems(String key, List<String> items, UnaryOperator<String> normal) {
    List<String> written = new ArrayList<>();
    for (Section section : interfaceSections()) {
      for (Line line : section.lines) {
        if (line.is(key)) {
          line.words().forEach(word -> written.add(normal.apply(word)));
        }
      }
    }
    if (!written.equals(items.stream().map(normal).toList())) {
      setInterface(key, list(items));
    }
  }

  /**
   * Sets the MTU (wg-quick's {@code MTU}).
   *
   * @param bytes not negative; empty to choose automatically
   * @throws IllegalArgumentException if it is negative
   */
  public void setMtu(OptionalInt bytes) {
    if (bytes.orElse(0) < 0) {
      throw new IllegalArgumentException("not an MTU: " + bytes.getAsInt());
    }
    setInterface(
        "MTU", bytes.isPresent() ? ascii(Integer.toString(bytes.getAsInt())) : Optional.empty());
  }

  /**
   * Adds a peer at the end. Another section on the same peer stays, and counts less.
   *
   * @param comments lines below the header, without '#'
   * @throws IllegalArgumentException if a comment is more than one line
   */
  public void addPeer(PeerSpec peer, List<String> comments) {
    addPeer(peer, comments, index -> Optional.empty());
  }

  private void addPeer(
      PeerSpec peer, List<String> comments, IntFunction<Optional<String>> interfaceNames) {
    comments.forEach(ConfigDocument::requireNoControl);
    Section before = sections.get(sections.size() - 1);
    endLine(before);
    if (!before.lines.isEmpty() && !isBlank(before.lines.get(before.lines.size() - 1))) {
      before.lines.add(line("", Optional.empty()));
    }
    Section section = new Section(Kind.PEER);
    sections.add(section);
    section.lines.add(line("[Peer]", Optional.empty()));
    for (String comment : comments) {
      section.lines.add(line("# " + comment, Optional.empty()));
    }
    section.lines.add(line("PublicKey = ", ascii(peer.publicKey().toBase64())));
    update(section, peer, interfaceNames);
  }

  private static void requireNoControl(String text) {
    if (text.chars().anyMatch(c -> c < ' ')) {
      throw new IllegalArgumentException("more than one line, or a control character");
    }
  }

  /** Removes all that is said of a peer; whether anything was. */
  public boolean removePeer(PublicKey peer) {
    boolean any = false;
    for (int i = sections.size() - 1; i >= 0; i--) {
      Section section = sections.get(i);
      if (section.kind == Kind.PEER && section.publicKey().orElseThrow().equals(peer)) {
        remove(i);
        any = true;
      }
    }
    return any;
  }

  private void remove(int index) {
    sections.remove(index).lines.forEach(Line::wipe);
  }

  private static boolean isBlank(Line line) {
    return line.key.isEmpty() && Line.compact(line.text, 0, line.text.length).isEmpty();
  }

  // Values

  private interface Reader<T> {
    T read(String text) throws ConfigException;
  }

  private static <T> T value(Line line, Reader<T> reader) {
    try {
      return reader.read(line.value());
    } catch (ConfigException e) {
      throw new AssertionError("was found to be right when it was read", e);
    }
  }

  private static PrivateKey privateKey(Line line) {
    byte[] base64 = line.secret();
    try {
      return PrivateKey.parse(base64, 0, base64.length);
    } finally {
      Arrays.fill(base64, (byte) 0);
    }
  }

  private static PresharedKey presharedKey(Line line) {
    byte[] base64 = line.secret();
    try {
      return PresharedKey.parse(base64, 0, base64.length);
    } finally {
      Arrays.fill(base64, (byte) 0);
    }
  }

  private int number(String key, Reader<Change<Integer>> reader) {
    return lastOfInterface(key).map(line -> value(line, reader).value().orElse(0)).orElse(0);
  }

  private static Optional<byte[]> ascii(String text) {
    return Optional.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<byte[]> list(List<?> items) {
    if (items.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder out = new StringBuilder();
    for (Object item : items) {
      out.append(out.length() == 0 ? "" : ", ").append(item);
    }
    return ascii(out.toString());
  }

  private List<Section> interfaceSections() {
    List<Section> found = new ArrayList<>();
    for (Section section : sections) {
      if (section.kind == Kind.INTERFACE) {
        found.add(section);
      }
    }
    return found;
  }

  private Optional<Line> lastOfInterface(String key) {
    Optional<Line> found = Optional.empty();
    for (Section section : interfaceSections()) {
      Optional<Line> here = section.last(key);
      found = here.isPresent() ? here : found;
    }
    return found;
  }

  private void setInterface(String key, Optional<byte[]> value) {
    List<Section> where = interfaceSections();
    if (where.isEmpty() && value.isPresent()) {
      Section section = new Section(Kind.INTERFACE);
      endLine(sections.get(0));
      section.lines.add(line("[Interface]", Optional.empty()));
      if (sections.size() > 1) {
        section.lines.add(line("", Optional.empty()));
      }
      sections.add(1, section);
      where = List.of(section);
    }
    set(where, key, value);
  }

  /** Gives a key that value, and no other, in some sections; wipes the value. */
  private void set(List<Section> where, String key, Optional<byte[]> value) {
    boolean done = value.isEmpty();
    for (Section section : where) {
      for (int i = 0; i < section.lines.size(); i++) {
        Line line = section.lines.get(i);
        if (!line.is(key)) {
          continue;
        }
        if (!done) {
          line.setValue(value.get());
          done = true;
        } else {
          Optional<Line> comment = line.comment();
          line.wipe();
          section.lines.remove(i);
          if (comment.isPresent()) {
            section.lines.add(i, comment.get());
          } else {
            i--;
          }
        }
      }
    }
    if (!done) {
      Section section = where.get(0);
      int at = section.end();
      if (at == section.lines.size()) {
        endLine(section);
      }
      section.lines.add(at, line(key + " = ", value));
    }
    value.ifPresent(bytes -> Arrays.fill(bytes, (byte) 0));
  }

  private Line line(String start, Optional<byte[]> value) {
    byte[] head = start.getBytes(StandardCharsets.UTF_8);
    byte[] end = lineEnd.getBytes(StandardCharsets.UTF_8);
    int length = value.map(bytes -> bytes.length).orElse(0);
    ByteBuffer out = ByteBuffer.allocate(head.length + length + end.length);
    out.put(head);
    value.ifPresent(out::put);
    return new Line(out.put(end).array());
  }

  /** The last line of a file may have no end. */
  private void endLine(Section section) {
    if (section.lines.isEmpty()) {
      return;
    }
    int index = section.lines.size() - 1;
    byte[] text = section.lines.get(index).text;
    if (text[text.length - 1] != '\n') {
      byte[] end = lineEnd.getBytes(StandardCharsets.UTF_8);
      byte[] ended = Arrays.copyOf(text, text.length + end.length);
      System.arraycopy(end, 0, ended, text.length, end.length);
      Arrays.fill(text, (byte) 0);
      section.lines.set(index, new Line(ended));
    }
  }

  /** Wipes the content. */
  @Override
  public void close() {
    for (Section section : sections) {
      section.lines.forEach(Line::wipe);
    }
    sections.clear();
    sections.add(new Section(Kind.PREAMBLE));
  }

  /** How many peers there are; no content. */
  @Override
  public String toString() {
    return "ConfigDocument[peers="
        + sections.stream().filter(s -> s.kind == Kind.PEER).count()
        + ']';
  }
}
