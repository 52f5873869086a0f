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

  /** 100,000 peers take less than 50 MiB. */
  static final int LARGEST = 256 << 20;

  /** A file by that name, or the file of the interface of that name. */
  static Path locate(Session session, String argument) {
    Path file = Path.of(argument);
    if (!Files.exists(file) && ConfigName.isInterfaceName(argument)) {
      Path known = session.host().configDirectory().resolve(argument + ".conf");
      return Files.exists(known) ? known : file;
    }
    return file;
  }

  /**
   * Reads what an argument means: {@code -} is standard input.
   *
   * @throws Host.Unreadable if it cannot be opened
   * @throws IOException if it cannot be read, or is larger than {@link #LARGEST}
   */
  static ConfigSource open(Session session, String argument) throws Host.Unreadable, IOException {
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
    } catch (Host.Unreadable e) {
      throw new Failure(words(session, command, argument, e.getMessage()));
    } catch (IOException e) {
      throw new Failure(words(session, command, argument, String.valueOf(e.getMessage())))
          .because(e, argument);
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

  private static String words(Session session, String command, String argument, String why) {
    return session.program() + " " + command + ": " + locate(session, argument) + ": " + why;
  }

  /**
   * All that comes; the caller wipes it. By reading alone: FileInputStream's own ways ask for the
   * position, which a pipe does not have.
   *
   * @throws IOException if it cannot be read, or is larger than {@link #LARGEST}
   */
  static byte[] readAll(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 16];
    int length = 0;
    try {
      for (int got = 0; got >= 0; got = in.read(buffer, length, buffer.length - length)) {
        length += got;
        if (length > LARGEST) {
          throw new IOException("larger than " + (LARGEST >> 20) + " MiB");
        }
        if (length == buffer.length) {
          byte[] small = buffer;
          buffer = Arrays.copyOf(small, Math.min(2 * small.length, LARGEST + 1));
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
