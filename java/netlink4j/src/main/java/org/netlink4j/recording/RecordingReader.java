// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@link RecordingWriter} wrote, or a person. */
final class RecordingReader {
  private static final String NUMBER = "(-?\\d{1,10})";
  private static final String UNSIGNED = "(\\d{1,10})";
  private static final String FAILED = "(?: failed (\\d{1,10}))?";

  private static final Pattern OPEN =
      Pattern.compile("open (failed )?" + UNSIGNED + " protocol " + UNSIGNED + "(?: in (\\S+))?");
  private static final Pattern NAMESPACE =
      Pattern.compile("namespace (failed )?" + UNSIGNED + " of (\\S+)");
  private static final Pattern OPTION =
      Pattern.compile(
          ("option " + UNSIGNED + " level " + NUMBER)
              + (" name " + NUMBER + " value " + NUMBER + FAILED));
  private static final Pattern SEND = Pattern.compile("send " + UNSIGNED + FAILED);
  private static final Pattern RECEIVE =
      Pattern.compile("receive " + UNSIGNED + "(?: from " + UNSIGNED + ")?");
  private static final Pattern RECEIVE_FAILED =
      Pattern.compile("receive " + UNSIGNED + " failed " + UNSIGNED);
  private static final Pattern END = Pattern.compile("(timeout|closed) " + UNSIGNED);

  private final BufferedReader in;
  private final String name;
  private final List<Step> steps = new ArrayList<>();
  private int lineNumber;
  private int channels;

  /** The next line, without its comment and the blanks at its end; null after the last. */
  private String line;

  private RecordingReader(Reader in, String name) {
    this.in = new BufferedReader(in);
    this.name = name;
  }

  /**
   * Reads all steps.
   *
   * @param name what the text is called in exceptions
   * @throws IOException when it cannot be read or is no recording; the message names the line
   */
  static List<Step> read(Reader in, String name) throws IOException {
    RecordingReader reader = new RecordingReader(in, name);
    reader.readAll();
    return List.copyOf(reader.steps);
  }

  private void readAll() throws IOException {
    advance();
    if (!RecordingWriter.FIRST_LINE.equals(line)) {
      throw wrong("expected \"" + RecordingWriter.FIRST_LINE + "\"");
    }
    advance();
    while (line != null) {
      steps.add(step());
    }
  }

  /** Goes to the next line that is not blank. */
  private void advance() throws IOException {
    do {
      line = in.readLine();
      lineNumber++;
      if (line != null) {
        int comment = line.indexOf('#');
        line = (comment < 0 ? line : line.substring(0, comment)).stripTrailing();
      }
    } while (line != null && line.isEmpty());
  }

  private Step step() throws IOException {
    int at = lineNumber;
    Matcher m;
    Step step;
    if ((m = OPEN.matcher(line)).matches()) {
      boolean failed = m.group(1) != null;
      int number = positive(m, 2);
      if (!failed && number != ++channels) {
        throw wrong("expected the number " + channels + " for the next socket");
      }
      String namespace = m.group(4) == null ? "" : path(m.group(4));
      step = new Step.Open(at, failed ? 0 : number, number(m, 3), namespace, failed ? number : 0);
    } else if ((m = NAMESPACE.matcher(line)).matches()) {
      boolean failed = m.group(1) != null;
      int number = failed ? positive(m, 2) : number(m, 2);
      step = new Step.Namespace(at, failed ? -1 : number, path(m.group(3)), failed ? number : 0);
    } else if ((m = OPTION.matcher(line)).matches()) {
      step =
          new Step.Option(
              at, channel(m, 1), number(m, 2), number(m, 3), number(m, 4), failure(m, 5));
    } else if ((m = SEND.matcher(line)).matches()) {
      int channel = channel(m, 1);
      int errno = failure(m, 2);
      advance();
      return new Step.Send(at, channel, errno, data());
    } else if ((m = RECEIVE.matcher(line)).matches()) {
      int channel = channel(m, 1);
      int sender = m.group(2) == null ? 0 : unsigned(m, 2);
      advance();
      return new Step.Receive(at, channel, sender, data());
    } else if ((m = RECEIVE_FAILED.matcher(line)).matches()) {
      step = new Step.ReceiveFailed(at, channel(m, 1), positive(m, 2));
    } else if ((m = END.matcher(line)).matches()) {
      int channel = channel(m, 2);
      step =
          m.group(1).equals("timeout")
              ? new Step.Timeout(at, channel)
              : new Step.Closed(at, channel);
    } else if (line.startsWith(" ")) {
      throw wrong("bytes belong after \"send\" or \"receive\"");
    } else {
      throw wrong(
          "expected open, namespace, option, send, receive, timeout or closed, with their numbers");
    }
    advance();
    return step;
  }

  /** The lines of hexadecimal that follow. */
  private byte[] data() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (; line != null && line.startsWith(" "); advance()) {
      int high = -1;
      for (int i = 0; i < line.length(); i++) {
        char c = line.charAt(i);
        if (c == ' ') {
          continue;
        }
        int digit = c < 0x7f ? Character.digit(c, 16) : -1;
        if (digit < 0) {
          throw wrong("column " + (i + 1) + " is no hexadecimal digit");
        }
        if (high < 0) {
          high = digit;
        } else {
          bytes.write(high << 4 | digit);
          high = -1;
        }
      }
      if (high >= 0) {
        throw wrong("an odd number of hexadecimal digits");
      }
    }
    return bytes.toByteArray();
  }

  private int channel(Matcher m, int group) throws IOException {
    int channel = positive(m, group);
    if (channel > channels) {
      throw wrong("socket " + channel + " was not opened before");
    }
    return channel;
  }

  private int failure(Matcher m, int group) throws IOException {
    return m.group(group) == null ? 0 : positive(m, group);
  }

  private int positive(Matcher m, int group) throws IOException {
    int number = number(m, group);
    if (number < 1) {
      throw wrong("expected a positive number instead of " + m.group(group));
    }
    return number;
  }

  private int number(Matcher m, int group) throws IOException {
    try {
      return Integer.parseInt(m.group(group));
    } catch (NumberFormatException e) {
      throw wrong(m.group(group) + " is too large");
    }
  }

  private int unsigned(Matcher m, int group) throws IOException {
    try {
      return Integer.parseUnsignedInt(m.group(group));
    } catch (NumberFormatException e) {
      throw wrong(m.group(group) + " is too large");
    }
  }

  private String path(String escaped) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c >= 0x7f) {
        throw wrong("a path with more than ASCII; %xx stands for other bytes");
      }
      if (c != '%') {
        bytes.write(c);
        continue;
      }
      int high = i + 2 < escaped.length() ? Character.digit(escaped.charAt(i + 1), 16) : -1;
      int low = high < 0 ? -1 : Character.digit(escaped.charAt(i + 2), 16);
      if (low < 0) {
        throw wrong("two hexadecimal digits must follow a % in a path");
      }
      bytes.write(high << 4 | low);
      i += 2;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private IOException wrong(String problem) {
    return new IOException(name + ":" + lineNumber + ": " + problem);
  }
}
