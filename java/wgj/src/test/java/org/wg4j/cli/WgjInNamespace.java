// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Runs the program again and again in a process of its own, which {@link ParityLab} starts inside
 * the namespaces where the real wg(8) runs: everything but the clock, the environment and standard
 * input and output is the true one.
 */
final class WgjInNamespace {

  private WgjInNamespace() {}

  /** Takes runs from standard input until that ends. */
  public static void main(String[] none) throws IOException {
    DataInputStream in = new DataInputStream(System.in);
    DataOutputStream out = new DataOutputStream(System.out);
    for (int count = in.readInt(); count >= 0; count = in.readInt()) {
      String[] arguments = new String[count];
      for (int i = 0; i < count; i++) {
        arguments[i] = new String(block(in), StandardCharsets.UTF_8);
      }
      byte[] input = block(in);
      Map<String, String> environment = new HashMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        environment.put(in.readUTF(), in.readUTF());
      }
      Instant now = Instant.ofEpochSecond(in.readLong());
      run(arguments, input, environment, now, out);
      out.flush();
    }
  }

  private static byte[] block(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }

  private static void run(
      String[] arguments,
      byte[] input,
      Map<String, String> environment,
      Instant now,
      DataOutputStream answer)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code;
    try (Session session =
        new Session(
            "wg",
            new ByteArrayInputStream(input),
            new Output(out),
            new Output(err),
            environment,
            InstantSource.fixed(now),
            CombinedWireGuard::open,
            new NoTerminal())) {
      code = Main.run(session, arguments);
    }
    answer.writeInt(code);
    answer.writeInt(out.size());
    out.writeTo(answer);
    answer.writeInt(err.size());
    err.writeTo(answer);
  }

  /** The true host, but standard output is the pipe of the run, not ours. */
  private static final class NoTerminal extends Host {
    @Override
    boolean isTerminal() {
      return false;
    }

    @Override
    boolean isWorldAccessibleFile() {
      return false;
    }
  }
}
