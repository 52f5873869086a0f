// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.wg4j.ConfigException;
import org.wg4j.ConfigException.Reason;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigListener;

/**
 * Finds what is wrong with one file. What is an error is not decided here: the reader of {@code up}
 * and {@code setconf} is asked, and asked again with the line that it stopped at repaired, until it
 * is content.
 */
final class ConfigCheck {

  /** After so many errors a file is probably no configuration at all. */
  static final int MOST_ERRORS = 100;

  /** A key of the right form, in the place of one that is none. */
  private static final String STAND_IN = "PublicKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

  private final ConfigText text;
  private final Map<Integer, ConfigText.Statement> byLine = new HashMap<>();
  private final Set<Integer> blanked = new HashSet<>();
  private final List<Finding> findings = new ArrayList<>();
  private boolean stopped;

  ConfigCheck(byte[] source) {
    text = ConfigText.of(source);
    for (ConfigText.Section section : text.sections()) {
      section.statements().forEach(statement -> byLine.put(statement.line(), statement));
    }
    Lines lines = new Lines(source);
    try (ConfigFile config = read(lines)) {
      if (!stopped) {
        findings.addAll(new ConfigAdvice(text, config).findings());
      }
    } finally {
      lines.wipe();
    }
  }

  /** What was checked. */
  ConfigText text() {
    return text;
  }

  /** In no order. */
  List<Finding> findings() {
    return findings;
  }

  private ConfigFile read(Lines lines) {
    while (true) {
      byte[] source = lines.join();
      try {
        return ConfigFile.parse(source, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE);
      } catch (ConfigException e) {
        repair(lines, e);
      } finally {
        Arrays.fill(source, (byte) 0);
      }
    }
  }

  private void repair(Lines lines, ConfigException e) {
    if (e.reason() == Reason.MISSING_PUBLIC_KEY) {
      // It is seen last, and only one is told of.
      lines.append(nameless());
      return;
    }
    if (findings.size() == MOST_ERRORS) {
      findings.add(Finding.error(e.line(), 0, "too-many-errors", "and so on: I stop here"));
      stop(lines);
      return;
    }
    if (e.line() == 0) {
      // Not of a line: there is nothing to repair.
      findings.add(error(e, Optional.empty()));
      stop(lines);
      return;
    }
    Optional<ConfigText.Statement> statement = Optional.ofNullable(byLine.get(e.line()));
    findings.add(error(e, statement));
    if (e.reason() == Reason.BAD_KEY && statement.filter(it -> it.is("PublicKey")).isPresent()) {
      lines.replace(e.line(), STAND_IN);
    } else {
      lines.replace(e.line(), "");
      blanked.add(e.line());
    }
  }

  private void stop(Lines lines) {
    lines.clear();
    stopped = true;
  }

  /** Tells of the peers without a key; returns below which lines one must be put in. */
  private Set<Integer> nameless() {
    Set<Integer> headers = new HashSet<>();
    for (ConfigText.Section peer : text.peers()) {
      List<ConfigText.Statement> keys = peer.all("PublicKey");
      if (keys.isEmpty()) {
        findings.add(
            Finding.error(
                peer.line(),
                peer.column(),
                code(Reason.MISSING_PUBLIC_KEY),
                "this peer has no PublicKey"));
      }
      if (keys.stream().allMatch(key -> blanked.contains(key.line()))) {
        headers.add(peer.line());
      }
    }
    return headers;
  }

  static String code(Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Finding error(ConfigException e, Optional<ConfigText.Statement> statement) {
    int line = e.line();
    String code = code(e.reason());
    if (e.reason() == Reason.UNRECOGNIZED_LINE) {
      String message = statement.map(this::unrecognized).orElse("not understood");
      return Finding.error(line, e.column(), code, message);
    }
    String quoted = "`" + e.text() + "'";
    String message =
        switch (e.reason()) {
          case BAD_KEY -> e.key() + " is no key: that is 44 characters of base64";
          case EMPTY_PORT -> "the port is missing";
          case BAD_PORT -> quoted + " is no port: 0 to 65535, or a name of /etc/services";
          case BAD_FWMARK ->
              quoted + " is no mark: off, a number of 32 bits, or 0x and hexadecimal";
          case BAD_KEEPALIVE -> quoted + " is no interval: off, or 1 to 65535 seconds";
          case BAD_ADDRESS -> quoted + " is no IP address";
          case BAD_PREFIX -> quoted + " is no ADDRESS/LENGTH: IPv4 has 0 to 32 bits, IPv6 0 to 128";
          case EMPTY_ENDPOINT -> "the endpoint is missing: HOST:PORT";
          case UNMATCHED_BRACKET -> quoted + " has a [ without a ]";
          case NO_PORT -> quoted + " has no port: HOST:PORT, with IPv6 addresses in brackets";
          case BAD_MTU -> quoted + " is no MTU: a number of bytes";
          case BAD_TABLE ->
              quoted
                  + " is no routing table: auto, off, a number, or a name of"
                  + " /etc/iproute2/rt_tables";
          case BAD_SAVE_CONFIG -> quoted + " is neither true nor false";
          default -> String.valueOf(e.getMessage());
        };
    return Finding.error(line, e.column(), code, message);
  }

  private String unrecognized(ConfigText.Statement statement) {
    String key = statement.key();
    ConfigText.Kind kind = kindAt(statement.line());
    if (key.startsWith("[")) {
      return "sections are [Interface] and [Peer]";
    }
    if (kind == ConfigText.Kind.NONE) {
      return "before any line comes [Interface] or [Peer]";
    }
    List<String> here =
        kind == ConfigText.Kind.PEER ? ConfigText.PEER_KEYS : ConfigText.INTERFACE_KEYS;
    List<String> there =
        kind == ConfigText.Kind.PEER ? ConfigText.INTERFACE_KEYS : ConfigText.PEER_KEYS;
    if (ConfigText.isOne(here, key)) {
      return key + " has no value";
    }
    if (ConfigText.isOne(there, key)) {
      return key + " belongs into " + (kind == ConfigText.Kind.PEER ? "[Interface]" : "[Peer]");
    }
    Optional<String> close = closest(key, here);
    if (close.isPresent()) {
      return "not a key: did you mean " + close.get() + "?";
    }
    // What else is in the line may be anything, a secret too: it is not repeated.
    return "not a key; here it may be one of " + here.stream().collect(Collectors.joining(", "));
  }

  private ConfigText.Kind kindAt(int line) {
    ConfigText.Kind kind = ConfigText.Kind.NONE;
    for (ConfigText.Section section : text.sections()) {
      if (section.line() <= line) {
        kind = section.kind();
      }
    }
    return kind;
  }

  private static Optional<String> closest(String word, List<String> words) {
    String best = null;
    int least = 3;
    for (String candidate : words) {
      int distance = distance(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < least && distance < candidate.length() - 1) {
        best = candidate;
        least = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  /** How many letters must be put in, taken out or changed (Levenshtein); 99 if plainly many. */
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 2) {
      return 99;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  /** A file's lines, some of them replaced. Holds secrets. */
  private static final class Lines {
    private final List<byte[]> lines = new ArrayList<>();

    Lines(byte[] source) {
      int start = 0;
      for (int at = 0; at <= source.length; at++) {
        if (at == source.length || source[at] == '\n') {
          lines.add(Arrays.copyOfRange(source, start, at));
          start = at + 1;
        }
      }
    }

    void replace(int line, String by) {
      Arrays.fill(lines.get(line - 1), (byte) 0);
      lines.set(line - 1, by.getBytes(StandardCharsets.UTF_8));
    }

    /** Puts a key below each of these lines, on lines of their own. */
    void append(Set<Integer> below) {
      List<byte[]> old = List.copyOf(lines);
      lines.clear();
      for (int i = 0; i < old.size(); i++) {
        lines.add(old.get(i));
        if (below.contains(i + 1)) {
          lines.add(STAND_IN.getBytes(StandardCharsets.UTF_8));
        }
      }
    }

    byte[] join() {
      int length = Math.max(0, lines.size() - 1);
      for (byte[] line : lines) {
        length += line.length;
      }
      ByteBuffer whole = ByteBuffer.allocate(length);
      for (byte[] line : lines) {
        whole.put(line);
        if (whole.hasRemaining()) {
          whole.put((byte) '\n');
        }
      }
      return whole.array();
    }

    void wipe() {
      for (byte[] line : lines) {
        Arrays.fill(line, (byte) 0);
      }
    }

    void clear() {
      wipe();
      lines.clear();
    }
  }
}
