// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Turns the records of /dev/kmsg into the lines that dmesg shows. */
final class KernelRecords {
  private KernelRecords() {}

  /**
   * Reads NUL-ended records {@code priority,sequence,microseconds,flags;text} followed by lines of
   * properties, which are left out.
   */
  static List<String> lines(String records) {
    List<String> lines = new ArrayList<>();
    for (String record : records.split("\0")) {
      int semicolon = record.indexOf(';');
      if (semicolon < 0) {
        continue;
      }
      String[] fields = record.substring(0, semicolon).split(",");
      long micros = fields.length > 2 ? parse(fields[2]) : 0;
      String text = record.substring(semicolon + 1);
      int end = text.indexOf('\n');
      if (end >= 0) {
        text = text.substring(0, end);
      }
      String stamp =
          String.format(Locale.ROOT, "[%5d.%06d] ", micros / 1_000_000, micros % 1_000_000);
      for (String line : unescape(text).split("\n", -1)) {
        lines.add(stamp + line);
      }
    }
    return lines;
  }

  private static long parse(String number) {
    try {
      return Long.parseLong(number);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Undoes the kernel's \xNN for bytes outside printable ASCII. */
  private static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    byte[] in = text.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[in.length];
    int length = 0;
    for (int i = 0; i < in.length; i++) {
      int high = i + 3 < in.length && in[i] == '\\' && in[i + 1] == 'x' ? digit(in[i + 2]) : -1;
      int low = high >= 0 ? digit(in[i + 3]) : -1;
      if (low >= 0) {
        out[length++] = (byte) (high << 4 | low);
        i += 3;
      } else {
        out[length++] = in[i];
      }
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }

  private static int digit(byte character) {
    return Character.digit(character, 16);
  }
}
