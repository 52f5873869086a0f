// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.decoder.Decoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** qr: another library reads what is drawn. */
class QrTest {

  private static final String KEY = "mCxPB1pDmXS0Ko94TZ82meqZ6BY0pZ7GXclHqVvD9U8=";
  private static final String P1 = "aghPNVIu+0r7SY4DWF8u21um+V8wC9vKSBCHaGKzyCg=";
  private static final int QUIET = 4;

  private final Cli cli = new Cli();
  @TempDir Path directory;

  @BeforeEach
  void setUp() {
    cli.program = "wgj";
    cli.host.configDirectory = directory;
  }

  private String file(String content) throws IOException {
    return Files.writeString(directory.resolve("wg0.conf"), content).toString();
  }

  /** The text in a drawn code. Its quiet zone must be there. */
  private static String decode(String drawing, boolean printedIsDark) throws Exception {
    List<String> lines = drawing.lines().toList();
    int width = lines.get(0).length();
    int size = width - 2 * QUIET;
    BitMatrix modules = new BitMatrix(size);
    for (int row = 0; row < lines.size(); row++) {
      String line = lines.get(row);
      assertThat(line).hasSize(width);
      for (int x = 0; x < width; x++) {
        char c = line.charAt(x);
        assertThat(" \u2580\u2584\u2588").contains(String.valueOf(c));
        boolean[] halves = {c == '\u2580' || c == '\u2588', c == '\u2584' || c == '\u2588'};
        for (int half = 0; half < 2; half++) {
          int column = x - QUIET;
          int y = 2 * row + half - QUIET;
          boolean dark = halves[half] == printedIsDark;
          if (column < 0 || column >= size || y < 0 || y >= size) {
            assertThat(dark).as("quiet zone").isFalse();
          } else if (dark) {
            modules.set(column, y);
          }
        }
      }
    }
    return new Decoder().decode(modules).getText();
  }

  @Test
  void readsBack() throws Exception {
    String file =
        file(
            """
            # Name = phone
            # FwMark = 1
            [Interface] # PreUp = x
            PrivateKey = %s  # secret
            Address = 10.0.0.2/32, fd00::2
            DNS = 10.0.0.1, example.org
            FwMark = 5
            postup = iptables -A FORWARD # x
            PostUp = true
            MTU = 1280
            table = off

            [Peer]
            # Name = me
            PublicKey = %s
            AllowedIPs = 0.0.0.0/0
            Endpoint = vpn.example.org:5
            """
                .formatted(KEY, P1));
    String content =
        """
        [Interface]
        PrivateKey=%s
        Address=10.0.0.2/32,fd00::2
        DNS=10.0.0.1,example.org
        MTU=1280
        [Peer]
        PublicKey=%s
        AllowedIPs=0.0.0.0/0
        Endpoint=vpn.example.org:5
        """
            .formatted(KEY, P1);
    Cli.Result result = cli.run("qr", file);
    assertThat(result.code()).isZero();
    assertThat(result.err())
        .isEqualTo("Left out, because phones do not know it: FwMark, PostUp, Table\n");
    assertThat(decode(result.out(), false)).isEqualTo(content);
    assertThat(decode(cli.run("qr", "wg0", "--invert").out(), true)).isEqualTo(content);
    assertThat(cli.runWith(Files.readString(Path.of(file)), "qr", "-").out())
        .isEqualTo(result.out());
    cli.host.terminal = true;
    String colored = cli.run("qr", "wg0").out();
    assertThat(colored.lines())
        .allMatch(line -> line.startsWith("\033[38;5;16;48;5;231m") && line.endsWith("\033[0m"));
    assertThat(decode(colored.replaceAll("\033\\[[0-9;]*m", ""), true)).isEqualTo(content);
  }

  @Test
  void warnsBeforeAKeyIsInAFileForAll() throws IOException {
    cli.host.worldAccessible = true;
    Cli.Result result = cli.run("qr", file("[Interface]\nPrivateKey = " + KEY + "\n"));
    assertThat(result.code()).isZero();
    assertThat(result.err()).startsWith("Warning: writing to world accessible file");
    assertThat(result.err() + result.out()).doesNotContain(KEY);
  }

  @Test
  void failures() throws IOException {
    assertThat(cli.run("qr").err()).startsWith("wgj qr: which file?\n");
    assertThat(cli.run("qr", "a", "b").code()).isEqualTo(1);
    assertThat(cli.run("qr", "/nonexistent").err())
        .isEqualTo("wgj qr: /nonexistent: No such file or directory\n");
    Cli.Result wrong = cli.run("qr", file("[Interface]\nPrivateKey = " + KEY + "x\n"));
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err())
        .startsWith("wgj qr: " + directory.resolve("wg0.conf") + ": line 2: PrivateKey: not a key")
        .contains("\nHint: a key is 44 characters of base64")
        .doesNotContain(KEY);
    assertThat(cli.run("qr", file("[Interface]\n")).err()).contains("has no PrivateKey");
    StringBuilder large = new StringBuilder("[Interface]\nPrivateKey = " + KEY + "\n");
    large.append("[Peer]\nPublicKey = ").append(P1).append("\nAllowedIPs = ");
    large.append("10.0.0.1, ".repeat(400)).append("10.0.0.1\n");
    Cli.Result tooLarge = cli.run("qr", file(large.toString()));
    assertThat(tooLarge.code()).isEqualTo(1);
    assertThat(tooLarge.err()).contains("a QR code holds 2953");
    assertThat(cli.run("qr", "--help").out()).startsWith("Usage: wgj qr [--invert]");
  }

  @Test
  void theLargestCode() throws Exception {
    String head = "[Interface]\nPrivateKey=" + KEY + "\nDNS=";
    String content = head + "a".repeat(2953 - head.length() - 1) + "\n";
    assertThat(decode(cli.run("qr", file(content)).out(), false)).isEqualTo(content);
    assertThat(cli.run("qr", file(content.strip() + "a\n")).code()).isEqualTo(1);
  }
}
