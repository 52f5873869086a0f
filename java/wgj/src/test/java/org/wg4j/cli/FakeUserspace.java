// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that pretends to implement a WireGuard interface in user space: it writes down what it
 * is asked on its socket, and answers what the test wants it to, right or wrong.
 */
final class FakeUserspace implements AutoCloseable {

  private final Path socket;
  private final byte[] getAnswer;
  private final byte[] setAnswer;
  private final ServerSocketChannel server;
  private final Thread thread;
  private final List<String> requests = new ArrayList<>();

  FakeUserspace(Path directory, String name, byte[] getAnswer, byte[] setAnswer)
      throws IOException {
    this.socket = directory.resolve(name + ".sock");
    this.getAnswer = getAnswer;
    this.setAnswer = setAnswer;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    thread = new Thread(this::serve, "userspace WireGuard " + name);
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    while (server.isOpen()) {
      try (SocketChannel channel = server.accept()) {
        answer(channel);
      } catch (IOException gone) {
        // Who asked has gone away before the end of the answer, or close() was called.
        continue;
      }
    }
  }

  private void answer(SocketChannel channel) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(65536);
    while (!request.toString(StandardCharsets.ISO_8859_1).endsWith("\n\n")
        && channel.read(buffer.clear()) >= 0) {
      request.write(buffer.array(), 0, buffer.position());
    }
    String text = request.toString(StandardCharsets.ISO_8859_1);
    if (text.isEmpty()) {
      // It only wanted to know whether somebody is here.
      return;
    }
    synchronized (requests) {
      requests.add(text);
    }
    ByteBuffer answer = ByteBuffer.wrap(text.startsWith("get=1\n") ? getAnswer : setAnswer);
    while (answer.hasRemaining()) {
      channel.write(answer);
    }
  }

  /** The requests since the last call. */
  List<String> takeRequests() {
    synchronized (requests) {
      List<String> taken = List.copyOf(requests);
      requests.clear();
      return taken;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
