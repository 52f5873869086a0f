// SPDX-License-Identifier: Apache-2.0
package org.netlink4j.recording;

import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.netlink4j.Errno;
import org.netlink4j.MalformedMessageException;
import org.netlink4j.NetlinkMessage;

/**
 * Writes steps as text. A step is written out when it has happened, so that what a program did
 * before it died can be read. Thread-safe.
 */
final class RecordingWriter {
  static final String FIRST_LINE =
      "netlink4j-recording 1 "
          + (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "little-endian" : "big-endian");

  private static final int BYTES_PER_LINE = 16;

  private final Writer out;
  private IOException failure;

  RecordingWriter(Writer out) {
    this.out = out;
    write(
        "# A conversation with the kernel, recorded by netlink4j. It holds all bytes, secret or"
            + " not.\n"
            + FIRST_LINE
            + "\n");
  }

  void open(int channel, int protocol, String namespace) {
    write("open " + channel + " protocol " + protocol + in(namespace) + "\n");
  }

  void openFailed(int errno, int protocol, String namespace) {
    write("open failed " + errno + " protocol " + protocol + in(namespace) + comment(errno));
  }

  void namespace(int descriptor, String path) {
    write("namespace " + descriptor + " of " + escape(path) + "\n");
  }

  void namespaceFailed(int errno, String path) {
    write("namespace failed " + errno + " of " + escape(path) + comment(errno));
  }

  void option(int channel, int level, int name, int value, int errno) {
    write(
        "option "
            + channel
            + " level "
            + level
            + " name "
            + name
            + " value "
            + value
            + outcome(errno));
  }

  void send(int channel, int errno, byte[] data) {
    write("send " + channel + outcome(errno) + datagram(data));
  }

  void receive(int channel, int senderPort, byte[] data) {
    String from = senderPort == 0 ? "" : " from " + Integer.toUnsignedString(senderPort);
    write("receive " + channel + from + "\n" + datagram(data));
  }

  void receiveFailed(int channel, int errno) {
    write("receive " + channel + outcome(errno));
  }

  void timeout(int channel) {
    write("timeout " + channel + "\n");
  }

  void closed(int channel) {
    write("closed " + channel + "\n");
  }

  /** Ends the text; throws what kept any of it from being written. */
  synchronized void close() throws IOException {
    try {
      out.close();
    } catch (IOException e) {
      if (failure == null) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * A program that is recorded must not fail because its recording does: that is said at the end.
   */
  private synchronized void write(String text) {
    if (failure != null) {
      return;
    }
    try {
      out.write(text);
      out.flush();
    } catch (IOException e) {
      failure = e;
    }
  }

  private static String outcome(int errno) {
    return errno == 0 ? "\n" : " failed " + errno + comment(errno);
  }

  private static String comment(int errno) {
    return " # " + Errno.nameOf(errno) + "\n";
  }

  private static String in(String namespace) {
    return namespace.isEmpty() ? "" : " in " + escape(namespace);
  }

  /** A path without blanks, comment signs and whatever is not printable ASCII. */
  private static String escape(String path) {
    StringBuilder text = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      if (b > ' ' && b < 0x7f && b != '#' && b != '%') {
        text.append((char) b);
      } else {
        text.append('%').append(Character.forDigit(b >> 4 & 15, 16));
        text.append(Character.forDigit(b & 15, 16));
      }
    }
    return text.toString();
  }

  private static String datagram(byte[] data) {
    StringBuilder text = new StringBuilder();
    try {
      for (NetlinkMessage message : NetlinkMessage.parse(ByteBuffer.wrap(data))) {
        text.append("  # ").append(message).append('\n');
      }
    } catch (MalformedMessageException e) {
      text.append("  # ").append(e.getMessage()).append('\n');
    }
    for (int at = 0; at < data.length; at += BYTES_PER_LINE) {
      int end = Math.min(at + BYTES_PER_LINE, data.length);
      text.append(' ');
      for (int i = at; i < at + BYTES_PER_LINE; i++) {
        text.append(i % 4 == 0 ? " " : "");
        text.append(i < end ? hex(data[i]) : "  ");
      }
      text.append("  # ");
      for (int i = at; i < end; i++) {
        text.append(data[i] >= ' ' && data[i] < 0x7f ? (char) data[i] : '.');
      }
      // What ends in a blank would lose it in editors.
      int last = text.length() - 1;
      if (text.charAt(last) == ' ') {
        text.setCharAt(last, '.');
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String hex(byte b) {
    return "" + Character.forDigit(b >> 4 & 15, 16) + Character.forDigit(b & 15, 16);
  }
}
