// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigListener;

/**
 * The content of a configuration file, for commands that do not need it to be an interface's.
 *
 * @param label what messages call it
 * @param file empty for standard input
 * @param text wiped by {@link #close()}
 */
record ConfigSource(String label, Optional<Path> file, byte[] text) implements AutoCloseable {

  /** A file by that name, or the file of the interface of that name. */
  static Path locate(Session session, String argument) {
    Path file = Path.of(argument);
    if (!Files.exists(file) && ConfigName.isInterfaceName(argument)) {
      Path known = session.host().configDirectory().resolve(argument + ".conf");
      // One that this user may not see is meant, too: opening it tells.
      return Files.notExists(known) ? file : known;
    }
    return file;
  }

  /**
   * Reads what an argument means: {@code -} is standard input.
   *
   * @throws IOException if it cannot be read, or is larger than {@link ConfigFile#MAX_SIZE}
   */
  static ConfigSource open(Session session, String argument) throws IOException {
    if (argument.equals("-")) {
      return new ConfigSource("-", Optional.empty(), readAll(session.in()));
    }
    Path file = locate(session, argument);
    try (InputStream in = session.host().open(file.toString())) {
      return new ConfigSource(file.toString(), Optional.of(file), readAll(in));
    }
  }

  /** As {@link #open}, in the words of a command that cannot go on. */
  static ConfigSource require(Session session, String command, String argument) throws Failure {
    try {
      return open(session, argument);
    } catch (IOException e) {
      Path file = locate(session, argument);
      throw new Failure(session.program() + " " + command + ": " + file + ": " + Failure.words(e));
    }
  }

  /**
   * Reads the text as {@code up} does.
   *
   * @throws Failure if it cannot be understood, with the place
   */
  ConfigFile parse(Session session, String command) throws Failure {
    try {
      return ConfigFile.parse(text, ConfigFile.Dialect.WG_QUICK, ConfigListener.NONE);
    } catch (ConfigException e) {
      String why = ConfigText.harmless(e.getMessage());
      throw new Failure(session.program() + " " + command + ": " + label + ": " + why)
          .because(e, label);
    }
  }

  /**
   * All that comes; the caller wipes it. By reading alone: FileInputStream's own ways ask for the
   * position, which a pipe does not have.
   *
   * @throws IOException if it cannot be read, or is larger than {@link ConfigFile#MAX_SIZE}
   */
  static byte[] readAll(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 16];
    int length = 0;
    try {
      for (int got = 0; got >= 0; got = in.read(buffer, length, buffer.length - length)) {
        length += got;
        if (length > ConfigFile.MAX_SIZE) {
          throw new IOException("larger than " + (ConfigFile.MAX_SIZE >> 20) + " MiB");
        }
        if (length == buffer.length) {
          byte[] small = buffer;
          buffer = Arrays.copyOf(small, Math.min(2 * small.length, ConfigFile.MAX_SIZE + 1));
          Arrays.fill(small, (byte) 0);
        }
      }
      return Arrays.copyOf(buffer, length);
    } finally {
      Arrays.fill(buffer, (byte) 0);
    }
  }

  @Override
  public void close() {
    Arrays.fill(text, (byte) 0);
  }

  /** Says nothing of the content. */
  @Override
  public String toString() {
    return label;
  }
}
