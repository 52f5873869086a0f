// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.wg4j.Key;
import org.wg4j.PresharedKey;
import org.wg4j.PrivateKey;

/** {@code genkey}, {@code genpsk} and {@code pubkey}. */
final class KeyCommands {

  private KeyCommands() {}

  static int genkey(Session session, String[] arguments) throws Failure {
    beforeSecret(session, "genkey", arguments);
    try (PrivateKey key = PrivateKey.generate()) {
      session.out().print(key).print("\n");
    }
    return 0;
  }

  static int genpsk(Session session, String[] arguments) throws Failure {
    beforeSecret(session, "genpsk", arguments);
    try (PresharedKey key = PresharedKey.generate()) {
      session.out().print(key).print("\n");
    }
    return 0;
  }

  private static void beforeSecret(Session session, String command, String[] arguments)
      throws Failure {
    noArguments(session, command, arguments);
    if (session.host().isWorldAccessibleFile()) {
      session.complain("Warning: writing to world accessible file.");
      session.complain("Consider setting the umask to 077 and trying again.");
    }
  }

  private static void noArguments(Session session, String command, String[] arguments)
      throws Failure {
    if (arguments.length != 0) {
      throw new Failure(Usage.line(session.program(), command, ""));
    }
  }

  static int pubkey(Session session, String[] arguments) throws Failure {
    noArguments(session, "pubkey", arguments);
    byte[] text = new byte[Key.BASE64_LENGTH];
    try {
      if (session.in().readNBytes(text, 0, text.length) != text.length) {
        throw notAKey(session);
      }
      if (hasMoreThanSpace(session.in())) {
        throw new Failure(session.program() + ": Trailing characters found after key");
      }
      try (PrivateKey key = PrivateKey.parse(text, 0, text.length)) {
        session.out().print(key.publicKey()).print("\n");
      }
      return 0;
    } catch (IllegalArgumentException e) {
      throw notAKey(session);
    } catch (IOException e) {
      throw new Failure(session.program() + ": stdin: " + e.getMessage());
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private static Failure notAKey(Session session) {
    return new Failure(session.program() + ": Key is not the correct length or format");
  }

  private static boolean hasMoreThanSpace(InputStream in) throws IOException {
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (next != 0 && next != ' ' && (next < '\t' || next > '\r')) {
        return true;
      }
    }
    return false;
  }
}
