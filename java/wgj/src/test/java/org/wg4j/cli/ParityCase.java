// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One invocation of wg(8), with the world around it.
 *
 * <p>In arguments, {@code @NAME} at the beginning stands for the path of the file of that name. In
 * answers, {@code NOW+n} and {@code NOW-n} stand for times relative to the current one.
 */
final class ParityCase {

  /** What an interface in user space answers; bytes as ISO 8859-1. */
  record Answers(String get, String set) {}

  final List<String> arguments;
  final Map<String, Answers> devices = new LinkedHashMap<>();
  final Map<String, String> files = new LinkedHashMap<>();
  final Map<String, String> environment = new TreeMap<>();

  /** Interfaces whose programs have died and left their sockets behind. */
  final List<String> stale = new ArrayList<>();

  String input = "";

  ParityCase(List<String> arguments) {
    this.arguments = List.copyOf(arguments);
    // A name that cannot be looked up here is not waited for.
    environment.put("WG_ENDPOINT_RESOLUTION_RETRIES", "0");
  }

  static ParityCase of(String... arguments) {
    return new ParityCase(List.of(arguments));
  }

  ParityCase copy() {
    ParityCase copy = new ParityCase(arguments);
    copy.devices.putAll(devices);
    copy.files.putAll(files);
    copy.environment.putAll(environment);
    copy.stale.addAll(stale);
    copy.input = input;
    return copy;
  }

  ParityCase device(String name, String get) {
    return device(name, get, "errno=0\n\n");
  }

  ParityCase device(String name, String get, String set) {
    devices.put(name, new Answers(get, set));
    return this;
  }

  /** Adds a file; each character is a byte. */
  ParityCase file(String name, String content) {
    files.put(name, content);
    return this;
  }

  ParityCase input(String bytes) {
    input = bytes;
    return this;
  }

  ParityCase environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  ParityCase stale(String name) {
    stale.add(name);
    return this;
  }

  static byte[] bytes(String latin) {
    return latin.getBytes(StandardCharsets.ISO_8859_1);
  }

  boolean isCommand(String... commands) {
    return !arguments.isEmpty() && List.of(commands).contains(arguments.get(0));
  }

  /** Enough to repeat the case by hand. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    parts.add("wg " + arguments);
    parts.add("environment " + environment);
    files.forEach((name, content) -> parts.add("file " + name + ": " + visible(content)));
    if (!input.isEmpty()) {
      parts.add("input: " + visible(input));
    }
    if (!stale.isEmpty()) {
      parts.add("stale " + stale);
    }
    devices.forEach(
        (name, answers) ->
            parts.add(
                "device " + name + ": " + visible(answers.get) + " / " + visible(answers.set)));
    return String.join("\n  ", parts);
  }

  static String visible(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), 3000); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        out.append("\\n");
      } else if (c == '\t') {
        out.append("\\t");
      } else if (c < ' ' || c > '~') {
        out.append(String.format("\\x%02x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append(text.length() > 3000 ? "\"..." : "\"").toString();
  }
}
