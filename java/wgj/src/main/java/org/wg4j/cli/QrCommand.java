// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import io.nayuki.qrcodegen.DataTooLongException;
import io.nayuki.qrcodegen.QrCode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.wg4j.ConfigFile;

/** {@code qr}: a configuration file as a QR code, for the camera of a phone. */
final class QrCommand {

  /** Bytes in the largest code with the least error correction (ISO/IEC 18004). */
  private static final int MOST_BYTES = 2953;

  /** Light modules around a code that readers want. */
  private static final int QUIET = 4;

  /** What the applications for phones refuse the whole file for. */
  private static final List<String> NOT_FOR_PHONES =
      List.of("FwMark", "Table", "SaveConfig", "PreUp", "PostUp", "PreDown", "PostDown");

  private QrCommand() {}

  static int run(Session session, String[] arguments) throws Failure {
    Options options = Options.parse(session, "qr", arguments, List.of("--invert"), List.of());
    if (options.positional().size() != 1) {
      throw Options.wrong(session, "qr", "which file?");
    }
    String argument = options.positional().get(0);
    try (ConfigSource source = ConfigSource.require(session, "qr", argument)) {
      validate(session, source);
      byte[] content = forPhones(session, source.text());
      try {
        QrCode code = QrCode.encodeBinary(content, QrCode.Ecc.LOW);
        if (session.host().isWorldAccessibleFile()) {
          session.complain("Warning: writing to world accessible file; the code holds the keys.");
        }
        draw(session, code, options.has("--invert"));
      } catch (DataTooLongException e) {
        throw new Failure(
            session.program()
                + " qr: "
                + source.label()
                + " has "
                + content.length
                + " bytes without its comments; a QR code holds "
                + MOST_BYTES
                + ". A phone needs its own [Interface] and the peers that it talks to");
      } finally {
        Arrays.fill(content, (byte) 0);
      }
    }
    return 0;
  }

  private static void validate(Session session, ConfigSource source) throws Failure {
    try (ConfigFile config = source.parse(session, "qr")) {
      if (config.privateKey().value().isEmpty()) {
        session.complain(
            "Warning: " + source.label() + " has no PrivateKey: a phone cannot use it.");
      }
    }
  }

  /** The lines that phones know, without comments and white space. The caller wipes it. */
  private static byte[] forPhones(Session session, byte[] text) {
    Lines out = new Lines(text.length + 1);
    List<String> leftOut = new ArrayList<>();
    int start = 0;
    for (int at = 0; at <= text.length; at++) {
      if (at == text.length || text[at] == '\n') {
        line(text, start, at, out, leftOut);
        start = at + 1;
      }
    }
    if (!leftOut.isEmpty()) {
      session.complain("Left out, because phones do not know it: " + String.join(", ", leftOut));
    }
    byte[] content = out.toByteArray();
    out.close();
    return content;
  }

  private static void line(byte[] text, int start, int lineEnd, Lines out, List<String> leftOut) {
    int end = start;
    while (end < lineEnd && text[end] != '#' && text[end] != 0) {
      end++;
    }
    int equals = start;
    while (equals < end && text[equals] != '=') {
      equals++;
    }
    String key =
        new String(text, start, equals - start, StandardCharsets.UTF_8).replaceAll("\\s", "");
    for (String unknown : NOT_FOR_PHONES) {
      if (unknown.equalsIgnoreCase(key)) {
        if (!leftOut.contains(unknown)) {
          leftOut.add(unknown);
        }
        return;
      }
    }
    int before = out.size();
    for (int at = start; at < end; at++) {
      if (!ConfigText.isSpace(text[at])) {
        out.write(text[at]);
      }
    }
    if (out.size() > before) {
      out.write('\n');
    }
  }

  /** Two modules in a character, one above the other. */
  private static void draw(Session session, QrCode code, boolean invert) {
    Output out = session.out();
    boolean colored = Palette.of(session).colored();
    for (int y = -QUIET; y < code.size + QUIET; y += 2) {
      // Black on white, whatever the terminal's own colours are.
      out.print(colored ? "\033[38;5;16;48;5;231m" : "");
      for (int x = -QUIET; x < code.size + QUIET; x++) {
        boolean above = code.getModule(x, y);
        boolean below = code.getModule(x, y + 1);
        // Without colours what is printed is taken to be light, as on a dark terminal.
        boolean light = !colored && !invert;
        out.print(half(above != light, below != light));
      }
      out.println(colored ? "\033[0m" : "");
    }
  }

  private static String half(boolean above, boolean below) {
    if (above) {
      return below ? "\u2588" : "\u2580";
    }
    return below ? "\u2584" : " ";
  }

  /** Collects secrets and wipes them; large enough never to leave copies behind. */
  private static final class Lines extends ByteArrayOutputStream {
    Lines(int size) {
      super(size);
    }

    @Override
    public void close() {
      Arrays.fill(buf, (byte) 0);
    }
  }
}
