// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Our numbers are those of the system's header. */
class UapiTest {

  private static final Path HEADER = Path.of("/usr/include/linux/wireguard.h");

  /** Newer than the headers that we must build with, or from another header. */
  private static final Set<String> ELSEWHERE =
      Set.of(
          "WGALLOWEDIP_A_FLAGS",
          "WGALLOWEDIP_F_REMOVE_ME",
          "AF_INET",
          "AF_INET6",
          "SOCKADDR_IN_LENGTH",
          "SOCKADDR_IN6_LENGTH",
          "IFNAMSIZ");

  @Test
  void constantsAreThoseOfTheHeader() throws Exception {
    assumeThat(HEADER).as("linux-libc-dev is installed").exists();
    Map<String, Object> header = read(Files.readString(HEADER));
    int compared = 0;
    for (Field field : Uapi.class.getDeclaredFields()) {
      if (ELSEWHERE.contains(field.getName()) && !header.containsKey(field.getName())) {
        continue;
      }
      if (field.isSynthetic()) {
        continue;
      }
      assertThat(header).containsEntry(field.getName(), field.get(null));
      compared++;
    }
    assertThat(compared).isGreaterThanOrEqualTo(30);
  }

  private static Map<String, Object> read(String text) {
    Map<String, Object> values = new HashMap<>();
    Matcher define = Pattern.compile("#define (WG_\\w+) (?:\"(\\w+)\"|(\\d+))").matcher(text);
    while (define.find()) {
      values.put(
          define.group(1),
          define.group(2) != null ? define.group(2) : (Object) Integer.valueOf(define.group(3)));
    }
    Matcher body = Pattern.compile("(?s)enum \\w+ \\{(.*?)\\}").matcher(text);
    while (body.find()) {
      int next = 0;
      for (String item : body.group(1).replaceAll("(?s)/\\*.*?\\*/", "").split(",")) {
        Matcher entry = Pattern.compile("^\\s*(\\w+)(?:\\s*=\\s*1U? << (\\d+))?").matcher(item);
        if (entry.find()) {
          int value = entry.group(2) == null ? next : 1 << Integer.parseInt(entry.group(2));
          values.put(entry.group(1), value);
          next = value + 1;
        }
      }
    }
    return values;
  }
}
