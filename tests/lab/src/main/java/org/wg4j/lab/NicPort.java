// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The cable end of a QEMU interface ({@code -netdev stream}): frames with a 32-bit big-endian
 * length in front, over a UNIX socket that QEMU connects to.
 */
final class NicPort extends Port {
  /** As many frames as an interface's own queue holds; what comes on top is lost, as there. */
  private static final int QUEUE_LENGTH = 4096;

  private static final int FRAME_MAX = 70_000;

  private final String name;
  private final ServerSocketChannel server;
  private final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>(QUEUE_LENGTH);
  private volatile SocketChannel channel;

  NicPort(String name, Path socket) throws IOException {
    this.name = name;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
  }

  /** Takes QEMU's connection, which is there or on its way when QEMU runs. */
  void accept() throws IOException {
    channel = server.accept();
    server.close();
    thread("reader", this::readAll);
    thread("writer", this::writeAll);
  }

  private void thread(String role, Runnable body) {
    Thread thread = new Thread(body, "lab-" + name + "-" + role);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  void deliver(byte[] frame) {
    // A full queue loses the frame, as a full interface does.
    boolean queued = queue.offer(frame);
    assert queued || queue.size() > 0;
  }

  private void writeAll() {
    try {
      while (channel.isOpen()) {
        byte[] frame = queue.take();
        ByteBuffer buffer = ByteBuffer.allocate(4 + frame.length);
        buffer.putInt(frame.length).put(frame).flip();
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
    } catch (IOException e) {
      close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAll() {
    ByteBuffer buffer = ByteBuffer.allocate(4 + FRAME_MAX);
    try {
      while (true) {
        while (buffer.position() < 4 || buffer.position() < 4 + buffer.getInt(0)) {
          if (buffer.position() >= 4 && (buffer.getInt(0) <= 0 || buffer.getInt(0) > FRAME_MAX)) {
            throw new IOException("a frame of " + buffer.getInt(0) + " bytes");
          }
          if (channel.read(buffer) < 0) {
            throw new EOFException();
          }
        }
        buffer.flip();
        byte[] frame = new byte[buffer.getInt()];
        buffer.get(frame);
        buffer.compact();
        send(frame);
      }
    } catch (IOException e) {
      close();
    }
  }

  void close() {
    unplug();
    try {
      server.close();
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // Closing is all that was wanted.
    }
    // Wakes the writer, whose channel is closed now.
    deliver(new byte[0]);
  }
}
