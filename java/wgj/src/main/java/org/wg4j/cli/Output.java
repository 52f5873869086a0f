// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.wg4j.Key;

/**
 * Standard output or standard error: text as UTF-8, and keys that never become Strings. Buffers,
 * and wipes what it buffered.
 */
final class Output extends OutputStream {

  private final OutputStream target;
  private final byte[] buffer = new byte[8192];
  private int used;

  Output(OutputStream target) {
    this.target = target;
  }

  Output print(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    write(bytes, 0, bytes.length);
    return this;
  }

  Output print(long number) {
    return print(Long.toString(number));
  }

  Output println(String text) {
    return print(text).print("\n");
  }

  Output print(Key key) {
    byte[] base64 = key.toBase64Bytes();
    write(base64, 0, base64.length);
    Arrays.fill(base64, (byte) 0);
    return this;
  }

  @Override
  public void write(int b) {
    if (used == buffer.length) {
      drain();
    }
    buffer[used++] = (byte) b;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    int done = 0;
    while (done < length) {
      if (used == buffer.length) {
        drain();
      }
      int part = Math.min(length - done, buffer.length - used);
      System.arraycopy(bytes, offset + done, buffer, used, part);
      used += part;
      done += part;
    }
  }

  private void drain() {
    try {
      target.write(buffer, 0, used);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Arrays.fill(buffer, 0, used, (byte) 0);
      used = 0;
    }
  }

  @Override
  public void flush() {
    drain();
    try {
      target.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
