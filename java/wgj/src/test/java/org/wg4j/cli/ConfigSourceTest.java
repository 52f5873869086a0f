// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wg4j.ConfigFile;
import org.wg4j.Device;

/** Configuration from files, pipes and standard input. */
class ConfigSourceTest {

  private final Cli cli = new Cli();
  @TempDir Path directory;

  @BeforeEach
  void setUp() {
    cli.devices.all.put(
        "wg0", new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, List.of()));
  }

  /** {@code wg syncconf wg0 <(wg-quick strip wg0)} is how everybody calls it. */
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void readsFromPipes() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    for (String command : new String[] {"setconf", "addconf", "syncconf", "check"}) {
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                try {
                  Files.writeString(fifo, "[Interface]\nListenPort = 7\n");
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      Cli.Result result =
          command.equals("check")
              ? cli.run(command, fifo.toString())
              : cli.run(command, "wg0", fifo.toString());
      writer.join();
      assertThat(result.err()).isEmpty();
      assertThat(result.code()).isZero();
    }
    assertThat(cli.devices.changes).hasSize(3);
    assertThat(cli.devices.changes.get(0).listenPort().value()).contains(7);
  }

  @Test
  void readsAllOfIt() throws IOException {
    Random random = new Random(5);
    for (int length : new int[] {0, 1, 65_535, 65_536, 65_537, 1_000_000}) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      InputStream dribble =
          new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int count) {
              return super.read(into, offset, Math.min(count, 1 + random.nextInt(70_000)));
            }
          };
      assertThat(ConfigSource.readAll(dribble)).isEqualTo(bytes);
    }
  }

  @Test
  void thereIsALimit() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            return length;
          }
        };
    assertThatThrownBy(() -> ConfigSource.readAll(endless))
        .isInstanceOf(IOException.class)
        .hasMessage("larger than " + ConfigFile.MAX_SIZE / 1024 / 1024 + " MiB");
  }

  /** "No such file" would send a user without rights on the wrong track. */
  @Test
  void whatNobodyMaySeeIsNotMissing() throws Exception {
    Path loop = directory.resolve("wg0.conf");
    // Not even root may look into a loop.
    Files.createSymbolicLink(loop, loop);
    cli.host.configDirectory = directory;
    String why = loop + ": Too many levels of symbolic links";
    assertThat(cli.run("qr", "wg0").err()).isEqualTo("wg qr: " + why + "\n");
    assertThat(cli.run("check", "wg0").out()).startsWith(loop + ": error: Too many levels of");
    assertThat(cli.run("strip", "wg0").err()).startsWith("wg: " + why);
    assertThat(cli.run("qr", "wg1").err()).isEqualTo("wg qr: wg1: No such file or directory\n");
  }

  @Test
  void itsTextIsNotShownAndWiped() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "secret");
    try (Session session =
        cli.session("", new ByteArrayOutputStream(), new ByteArrayOutputStream())) {
      ConfigSource source = ConfigSource.open(session, file.toString());
      assertThat(source).hasToString(file.toString());
      assertThat(new String(source.text(), StandardCharsets.UTF_8)).isEqualTo("secret");
      source.close();
      assertThat(source.text()).containsOnly(0);
    }
  }
}
