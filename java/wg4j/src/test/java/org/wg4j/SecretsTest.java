// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Keys are searched for in a dump of all objects of a JVM that has used and closed them, also of
 * those that nothing refers to any more: as bytes, in base64 and in hexadecimal.
 */
@Timeout(600)
class SecretsTest {

  /** So large a young generation is not collected: whatever was left behind is still there. */
  private static final List<String> NOTHING_IS_COLLECTED =
      List.of("-Xms200m", "-Xmx200m", "-Xmn150m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  @Test
  void nothingIsLeftOfClosedKeys(@TempDir Path directory) throws Exception {
    byte[] keys = new byte[Secrets.KEYS * Key.LENGTH];
    new Random().nextBytes(keys);
    Path file = Files.write(directory.resolve("keys"), keys);
    Process process =
        ChildJvm.running(Secrets.class, NOTHING_IS_COLLECTED, file.toString(), directory.toString())
            .start();
    Path dump = directory.resolve("dump.hprof");
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = output.readLine();
      if (!"done 32".equals(line)) {
        throw new AssertionError(line + "\n" + String.join("\n", output.lines().toList()));
      }
      dump(process, dump);
    } finally {
      process.getOutputStream().close();
      process.destroyForcibly().waitFor();
    }
    assertThat(found(Files.readAllBytes(dump), keys))
        .as("the one that was not wiped, and no other")
        .containsExactly("0 bytes");
  }

  private static void dump(Process process, Path file) throws Exception {
    Process jcmd =
        new ProcessBuilder(
                ChildJvm.tool("jcmd"),
                Long.toString(process.pid()),
                "GC.heap_dump",
                "-all",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(jcmd.waitFor()).as(said).isZero();
    assertThat(file).as(said).isNotEmptyFile();
  }

  /** A form that a key may have, and whose it is. */
  private record Form(String name, byte[] bytes) {}

  /** Which keys are in a memory, by number and form. */
  private static TreeSet<String> found(byte[] memory, byte[] keys) throws IOException {
    // By the first two bytes: a look at each place for each form would take long.
    List<List<Form>> forms = new ArrayList<>();
    for (int i = 0; i < 1 << 16; i++) {
      forms.add(List.of());
    }
    for (int i = 0; i < Secrets.KEYS; i++) {
      byte[] key = Arrays.copyOfRange(keys, i * Key.LENGTH, (i + 1) * Key.LENGTH);
      byte[] base64 = Base64.getEncoder().encode(key);
      byte[] hex = HexFormat.of().formatHex(key).getBytes(StandardCharsets.US_ASCII);
      // A part of a key is a secret, too.
      for (Form form :
          List.of(
              new Form(i + " bytes", Arrays.copyOf(key, 20)),
              new Form(i + " base64", Arrays.copyOf(base64, 20)),
              new Form(i + " hex", Arrays.copyOf(hex, 20)))) {
        int at = start(form.bytes, 0);
        List<Form> some = new ArrayList<>(forms.get(at));
        some.add(form);
        forms.set(at, some);
      }
    }
    TreeSet<String> found = new TreeSet<>();
    for (int at = 0; at + 20 <= memory.length; at++) {
      for (Form form : forms.get(start(memory, at))) {
        if (Arrays.equals(memory, at, at + 20, form.bytes, 0, 20)) {
          found.add(form.name);
        }
      }
    }
    return found;
  }

  private static int start(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }
}
