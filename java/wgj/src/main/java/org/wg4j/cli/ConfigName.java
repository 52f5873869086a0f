// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The configuration file that an argument means, and the interface that the file is for.
 *
 * @param file absolute, links resolved
 * @param name of the interface
 */
record ConfigName(Path file, String name) {

  private static final String SUFFIX = ".conf";

  /** Where an argument leads, whatever is there. */
  static Path locate(Session session, String argument) {
    Path path = Path.of(argument);
    boolean file = argument.endsWith(SUFFIX) && Files.exists(path);
    return !file && isInterfaceName(argument)
        ? session.host().configDirectory().resolve(argument + SUFFIX)
        : path;
  }

  /** Finds the file and warns if everybody may read it. */
  static ConfigName find(Session session, String argument) throws Failure {
    Path path = locate(session, argument);
    if (Files.notExists(path)) {
      throw new Failure(session.program() + ": `" + path + "' does not exist");
    }
    String base = String.valueOf(path.getFileName());
    String name = base.endsWith(SUFFIX) ? base.substring(0, base.length() - SUFFIX.length()) : "";
    if (!isInterfaceName(name)) {
      throw new Failure(
          session.program()
              + ": The config file must be a valid interface name, followed by .conf");
    }
    try {
      Path real = path.toRealPath();
      Path directory = real.getParent();
      if ((session.host().mode(real) & session.host().mode(directory) & 7) != 0) {
        session.complain("Warning: `" + real + "' is world accessible");
      }
      return new ConfigName(real, name);
    } catch (IOException e) {
      throw new Failure(session.program() + ": " + path + ": " + Failure.words(e));
    }
  }

  /** One to fifteen of letters, digits and "_=+.-". */
  static boolean isInterfaceName(String text) {
    if (text.isEmpty() || text.length() > 15) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean fine =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || "_=+.-".indexOf(c) >= 0;
      if (!fine) {
        return false;
      }
    }
    return true;
  }
}
