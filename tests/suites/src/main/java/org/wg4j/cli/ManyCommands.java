// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Runs a list of commands, wgj's in this JVM: an emulated guest takes many seconds to start one.
 *
 * <p>Each line of standard input is a command, its fields separated by tabs: first its standard
 * input in base64, then the program and its arguments. {@code wgj} stands for ours; any other
 * program is started. The argument {@code @} stands for a file that holds the input, too. For each
 * command three lines are printed: exit code, standard output and standard error, the latter two in
 * base64.
 */
public final class ManyCommands {
  private static final Path INPUT = Path.of("/tmp/many-commands-input");

  private ManyCommands() {}

  /** What {@code show INTERFACE} takes beside the name: of wgj itself, for tests beside it. */
  public static List<String> showFields() {
    return Usage.FIELDS;
  }

  /**
   * Runs the list.
   *
   * @param arguments none
   * @throws Exception if a command cannot be started
   */
  public static void main(String[] arguments) throws Exception {
    String list = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    for (String line : list.split("\n")) {
      String[] fields = line.split("\t", -1);
      byte[] input = Base64.getDecoder().decode(fields[0]);
      String[] argv = Arrays.copyOfRange(fields, 1, fields.length);
      Files.write(INPUT, input);
      Arrays.setAll(argv, i -> argv[i].equals("@") ? INPUT.toString() : argv[i]);
      if (argv[0].equals("wgj")) {
        runOurs(Arrays.copyOfRange(argv, 1, argv.length), input);
      } else {
        runOther(argv, input);
      }
    }
  }

  private static void runOurs(String[] arguments, byte[] input) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code;
    try (Session session =
        Main.session(
            new ByteArrayInputStream(input), new Output(out), new Output(err), Main.DEVICES)) {
      code = Main.run(session, arguments);
    }
    print(code, out.toByteArray(), err.toByteArray());
  }

  private static void runOther(String[] argv, byte[] input) throws Exception {
    Process process = new ProcessBuilder(argv).start();
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input);
    } catch (IOException e) {
      // It did not want to read all of it.
    }
    // Small outputs only: the other pipe must not fill up meanwhile.
    byte[] out = readAll(process.getInputStream());
    byte[] err = readAll(process.getErrorStream());
    print(process.waitFor(), out, err);
  }

  private static byte[] readAll(InputStream stream) throws IOException {
    try (stream) {
      return stream.readAllBytes();
    }
  }

  private static void print(int code, byte[] out, byte[] err) {
    Base64.Encoder base64 = Base64.getEncoder();
    System.out.println(code);
    System.out.println(base64.encodeToString(out));
    System.out.println(base64.encodeToString(err));
  }
}
