// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The host's end of the agent's protocol (the guest's end is agent/agent.c): frames of a 32-bit
 * length, an 8-bit type and a 32-bit command id, big-endian, then the payload. The length counts
 * what follows it.
 */
final class Wire {
  static final int PROTOCOL_VERSION = 1;

  /** The largest length field either side accepts. */
  static final int FRAME_MAX = 1 << 20;

  /** How much input of a command may be under way; the agent keeps it in memory. */
  static final int INPUT_WINDOW = 256 * 1024;

  /** The largest piece of input sent in one frame. */
  static final int INPUT_CHUNK = 32 * 1024;

  static final int REQUEST_EXEC = 1;
  static final int REQUEST_STDIN = 2;
  static final int REQUEST_SIGNAL = 3;
  static final int REQUEST_SYNC = 4;
  static final int REQUEST_POWER_OFF = 5;
  static final int REQUEST_KILL_ALL = 6;

  static final int REPORT_HELLO = 64;
  static final int REPORT_STDOUT = 65;
  static final int REPORT_STDERR = 66;
  static final int REPORT_EXIT = 67;
  static final int REPORT_TAKEN = 68;
  static final int REPORT_KERNEL = 69;
  static final int REPORT_SYNCED = 70;

  static final int EXIT_NORMAL = 0;
  static final int EXIT_SIGNAL = 1;
  static final int EXIT_NOT_STARTED = 2;

  private static final int OVERHEAD = 5;

  private Wire() {}

  /** One frame; the payload is the receiver's to keep. */
  record Frame(int type, int id, ByteBuffer payload) {
    String text() {
      return StandardCharsets.UTF_8.decode(payload.duplicate()).toString();
    }

    byte[] bytes() {
      byte[] bytes = new byte[payload.remaining()];
      payload.duplicate().get(bytes);
      return bytes;
    }
  }

  static void write(WritableByteChannel channel, int type, int id, ByteBuffer payload)
      throws IOException {
    int length = OVERHEAD + payload.remaining();
    if (length > FRAME_MAX) {
      throw new IllegalArgumentException("a frame of " + length + " bytes");
    }
    ByteBuffer frame = ByteBuffer.allocate(4 + length);
    frame.putInt(length).put((byte) type).putInt(id).put(payload.duplicate()).flip();
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  /** Reads one frame, or null at a clean end of the stream. */
  static Frame read(ReadableByteChannel channel) throws IOException {
    ByteBuffer prefix = ByteBuffer.allocate(4);
    if (!fill(channel, prefix, true)) {
      return null;
    }
    int length = prefix.flip().getInt();
    if (length < OVERHEAD || length > FRAME_MAX) {
      throw new IOException("a frame of " + length + " bytes");
    }
    ByteBuffer body = ByteBuffer.allocate(length);
    fill(channel, body, false);
    body.flip();
    int type = Byte.toUnsignedInt(body.get());
    int id = body.getInt();
    return new Frame(type, id, body.slice());
  }

  static ByteBuffer exec(Command command, List<String> environment) {
    int size = 12;
    for (List<String> list : List.of(List.of(command.cwd()), command.argv(), environment)) {
      for (String text : list) {
        size += text.getBytes(StandardCharsets.UTF_8).length + 1;
      }
    }
    ByteBuffer payload = ByteBuffer.allocate(size);
    putStrings(payload, List.of(command.cwd()));
    putStrings(payload, command.argv());
    putStrings(payload, environment);
    return payload.flip();
  }

  private static void putStrings(ByteBuffer payload, List<String> strings) {
    payload.putInt(strings.size());
    for (String text : strings) {
      payload.put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
    }
  }

  private static boolean fill(ReadableByteChannel channel, ByteBuffer buffer, boolean mayEnd)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        if (mayEnd && buffer.position() == 0) {
          return false;
        }
        throw new EOFException("the stream ended inside a frame");
      }
    }
    return true;
  }
}
