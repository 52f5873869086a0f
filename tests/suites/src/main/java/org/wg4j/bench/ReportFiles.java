// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The files that one report consists of. */
final class ReportFiles {
  private ReportFiles() {}

  /**
   * Writes them, in place of those that are there.
   *
   * @param contents of each file, by what its name ends in
   */
  static void write(Path directory, String name, Map<String, String> contents) {
    try {
      Files.createDirectories(directory);
      for (Map.Entry<String, String> file : contents.entrySet()) {
        Files.writeString(directory.resolve(name + "." + file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
