// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where things stand in a configuration file, and what its comments call the peers. It judges
 * nothing: that is {@link org.wg4j.ConfigFile}'s business. It keeps no value of a secret. {@link
 * org.wg4j.ConfigDocument}, which edits files, has to hold them, and takes only files that are
 * right.
 *
 * <p>A peer's name is a comment {@code # Name = TEXT} (or {@code # friendly_name = TEXT}, as
 * exporters have it; case does not matter): on the lines directly above the {@code [Peer]} line,
 * with nothing but comments between; else the first one after {@code [Peer]}, on that line itself
 * or on lines of their own, before the next section.
 */
final class ConfigText {

  /** A section; NONE is what comes before the first. */
  enum Kind {
    NONE,
    INTERFACE,
    PEER
  }

  /**
   * {@code KEY = VALUE}.
   *
   * @param key without white space, in the file's letters
   * @param value without comment and surrounding white space; empty if the key is not one of {@link
   *     #INTERFACE_KEYS} and {@link #PEER_KEYS}, or the value is a secret
   * @param line from 1
   * @param column of the key, in characters from 1
   * @param valueColumn of the value, or of the line's end if there is none
   */
  record Statement(String key, String value, int line, int column, int valueColumn) {
    boolean is(String name) {
      return key.equalsIgnoreCase(name);
    }
  }

  /**
   * A section.
   *
   * @param line of its header, from 1; 0 if it has none
   * @param name empty if it has none
   */
  record Section(
      Kind kind, int line, int column, Optional<String> name, List<Statement> statements) {

    /** All statements of that key. */
    List<Statement> all(String key) {
      List<Statement> found = new ArrayList<>();
      for (Statement statement : statements) {
        if (statement.is(key)) {
          found.add(statement);
        }
      }
      return found;
    }

    /** The statement that counts: the last one of that key. */
    Optional<Statement> last(String key) {
      List<Statement> found = all(key);
      return found.isEmpty() ? Optional.empty() : Optional.of(found.get(found.size() - 1));
    }
  }

  /** Characters of a name that are kept. */
  static final int NAME_LIMIT = 64;

  static final List<String> HOOKS = List.of("PreUp", "PostUp", "PreDown", "PostDown");

  /** What may stand in {@code [Interface]}, as manuals spell it. */
  static final List<String> INTERFACE_KEYS =
      List.of(
          "PrivateKey",
          "ListenPort",
          "FwMark",
          "Address",
          "DNS",
          "MTU",
          "Table",
          "SaveConfig",
          "PreUp",
          "PostUp",
          "PreDown",
          "PostDown");

  /** What may stand in {@code [Peer]}, as manuals spell it. */
  static final List<String> PEER_KEYS =
      List.of("PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive");

  private static final List<String> SECRETS = List.of("PrivateKey", "PresharedKey");

  private final List<Section> sections = new ArrayList<>();

  // The section under way.
  private Kind kind = Kind.NONE;
  private int sectionLine;
  private int sectionColumn;
  private Optional<String> name = Optional.empty();
  private List<Statement> statements = new ArrayList<>();

  /** The name in the comment lines that came last; it is not known yet whose it is. */
  private Optional<String> floating = Optional.empty();

  private ConfigText(byte[] text) {
    int line = 0;
    for (int start = 0; start < text.length; ) {
      int end = start;
      while (end < text.length && text[end] != '\n') {
        end++;
      }
      line(text, start, end, ++line);
      start = end + 1;
    }
    endSection();
  }

  /** Looks through a file. */
  static ConfigText of(byte[] text) {
    return new ConfigText(text);
  }

  /** The sections, in file order. */
  List<Section> sections() {
    return sections;
  }

  /** The peers, in file order. */
  List<Section> peers() {
    List<Section> peers = new ArrayList<>();
    for (Section section : sections) {
      if (section.kind() == Kind.PEER) {
        peers.add(section);
      }
    }
    return peers;
  }

  private void line(byte[] text, int start, int lineEnd, int number) {
    int end = start;
    while (end < lineEnd && text[end] != '#' && text[end] != 0) {
      end++;
    }
    int first = start;
    while (first < end && isSpace(text[first])) {
      first++;
    }
    boolean comment = end < lineEnd && text[end] == '#';
    if (first == end) {
      if (comment) {
        Optional<String> named = nameIn(text, end + 1, lineEnd);
        floating = floating.isPresent() ? floating : named;
      } else {
        settle();
      }
      return;
    }
    Optional<Kind> header = header(text, first, end);
    if (header.isPresent()) {
      Optional<String> above = floating;
      floating = Optional.empty();
      endSection();
      kind = header.get();
      sectionLine = number;
      sectionColumn = column(text, start, first);
      name = kind == Kind.PEER ? above : Optional.empty();
      if (comment && name.isEmpty()) {
        name = nameIn(text, end + 1, lineEnd);
      }
      return;
    }
    settle();
    int equals = first;
    while (equals < end && text[equals] != '=') {
      equals++;
    }
    String key = compact(text, first, equals);
    int valueEnd = kind == Kind.INTERFACE && isOne(HOOKS, key) ? lineEnd : end;
    int value = Math.min(equals + 1, valueEnd);
    while (value < valueEnd && isSpace(text[value])) {
      value++;
    }
    // A value of an unknown key may be a secret whose key is misspelled.
    boolean harmless =
        !isOne(SECRETS, key) && (isOne(INTERFACE_KEYS, key) || isOne(PEER_KEYS, key));
    String shown =
        harmless ? new String(text, value, valueEnd - value, StandardCharsets.UTF_8).strip() : "";
    statements.add(
        new Statement(key, shown, number, column(text, start, first), column(text, start, value)));
  }

  /** The name that floats belongs to the section that it stands in. */
  private void settle() {
    if (name.isEmpty()) {
      name = floating;
    }
    floating = Optional.empty();
  }

  private void endSection() {
    settle();
    if (kind != Kind.NONE || !statements.isEmpty()) {
      sections.add(new Section(kind, sectionLine, sectionColumn, name, List.copyOf(statements)));
    }
    statements = new ArrayList<>();
    name = Optional.empty();
  }

  private static Optional<Kind> header(byte[] text, int start, int end) {
    if (text[start] != '[') {
      return Optional.empty();
    }
    String word = compact(text, start, end);
    if (word.equalsIgnoreCase("[Interface]")) {
      return Optional.of(Kind.INTERFACE);
    }
    return word.equalsIgnoreCase("[Peer]") ? Optional.of(Kind.PEER) : Optional.empty();
  }

  /** Whether the word is one of the keys, in any case. */
  static boolean isOne(List<String> keys, String word) {
    for (String key : keys) {
      if (key.equalsIgnoreCase(word)) {
        return true;
      }
    }
    return false;
  }

  static boolean isSpace(byte b) {
    return b == ' ' || b >= '\t' && b <= '\r';
  }

  private static String compact(byte[] text, int start, int end) {
    byte[] out = new byte[end - start];
    int length = 0;
    for (int at = start; at < end; at++) {
      if (!isSpace(text[at])) {
        out[length++] = text[at];
      }
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }

  /** Characters of UTF-8 before {@code at}, and one. */
  private static int column(byte[] text, int start, int at) {
    int column = 1;
    for (int i = start; i < at; i++) {
      if ((text[i] & 0xc0) != 0x80) {
        column++;
      }
    }
    return column;
  }

  private static Optional<String> nameIn(byte[] text, int start, int end) {
    String comment = new String(text, start, end - start, StandardCharsets.UTF_8);
    int equals = comment.indexOf('=');
    if (equals < 0) {
      return Optional.empty();
    }
    String key = comment.substring(0, equals).strip();
    if (!key.equalsIgnoreCase("Name") && !key.equalsIgnoreCase("friendly_name")) {
      return Optional.empty();
    }
    String name = printable(comment.substring(equals + 1));
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  /** A name: {@link #harmless}, and no longer than {@link #NAME_LIMIT}. */
  static String printable(String text) {
    StringBuilder out = new StringBuilder();
    harmless(text).strip().codePoints().limit(NAME_LIMIT).forEach(out::appendCodePoint);
    return out.toString().strip();
  }

  /** The text without what a terminal would obey, or what would turn the reading direction. */
  static String harmless(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints().filter(c -> !isHarmful(c)).forEach(out::appendCodePoint);
    return out.toString();
  }

  private static boolean isHarmful(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
