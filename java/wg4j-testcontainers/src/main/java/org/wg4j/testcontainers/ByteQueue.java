// SPDX-License-Identifier: Apache-2.0
package org.wg4j.testcontainers;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A stream of bytes between threads: any may add, one reads. */
final class ByteQueue {
  private static final ByteBuffer END = ByteBuffer.allocate(0);

  private final BlockingQueue<ByteBuffer> pieces = new LinkedBlockingQueue<>();
  private ByteBuffer present = ByteBuffer.allocate(0);

  /** Adds bytes, which then belong to the queue. */
  void add(byte[] bytes) {
    pieces.add(ByteBuffer.wrap(bytes));
  }

  /** Ends the stream. What is added later is not read. */
  void end() {
    pieces.add(END);
  }

  /**
   * Reads what is there, waiting for some.
   *
   * @return how many bytes, or -1 at the end
   */
  int read(ByteBuffer target) throws IOException {
    while (!present.hasRemaining()) {
      if (present == END) {
        return -1;
      }
      try {
        present = pieces.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while reading");
      }
    }
    int count = Math.min(target.remaining(), present.remaining());
    target.put(present.slice(present.position(), count));
    present.position(present.position() + count);
    return count;
  }
}
