// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The shell scripts beside these classes. */
final class Scripts {
  private Scripts() {}

  static String read(String name) {
    try (InputStream text = Scripts.class.getResourceAsStream(name + ".sh")) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
