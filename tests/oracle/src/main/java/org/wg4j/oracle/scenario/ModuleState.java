// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.scenario;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * All that a module remembers at one moment, as wg_state.ko prints it: name to value.
 *
 * @param values the lines, each split at its first space
 */
record ModuleState(Map<String, String> values) {
  static ModuleState read(Path file) throws IOException {
    Map<String, String> values = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      int space = line.indexOf(' ');
      if (values.put(line.substring(0, space), line.substring(space + 1)) != null) {
        throw new IOException("two lines for " + line);
      }
    }
    if (values.isEmpty()) {
      throw new IOException("no device in " + file);
    }
    return new ModuleState(values);
  }

  /** What is not the same in another state; empty if nothing is. */
  List<String> differences(ModuleState later) {
    TreeSet<String> names = new TreeSet<>(values.keySet());
    names.addAll(later.values.keySet());
    List<String> lines = new ArrayList<>();
    for (String name : names) {
      String before = values.get(name);
      String after = later.values.get(name);
      if (before == null || !before.equals(after)) {
        lines.add(name + ": " + before + " -> " + after);
      }
    }
    return lines;
  }

  /** Values of all lines whose name ends so. */
  List<String> ending(String suffix) {
    return values.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(suffix))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** Numbers as the machine keeps them, little-endian. */
  private static long number(String hexadecimal) {
    byte[] bytes = HexFormat.of().parseHex(hexadecimal);
    byte[] whole = Arrays.copyOf(bytes, Long.BYTES);
    return ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  /** Handshake messages that nobody has looked at yet. */
  long waiting() {
    return ending(".handshakes_waiting").stream().mapToLong(ModuleState::number).sum();
  }

  /** Whether no timer fires before a moment of the boot-time clock. */
  boolean sleepsUntil(long nanoseconds) {
    Predicate<Long> far = at -> at == 0 || at > nanoseconds;
    return ending(".alarm_at").stream().map(ModuleState::number).allMatch(far);
  }
}
