// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connection to a guest's agent. One thread reads and one writes, so that a guest that stopped
 * listening stalls nobody who has a time limit to keep. Thread-safe.
 */
final class AgentLink implements AutoCloseable {
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "HOME", "/root",
          "LANG", "C.UTF-8",
          "TMPDIR", "/tmp");

  private record Outgoing(int type, int id, ByteBuffer payload) {}

  private final ByteChannel channel;
  private final String name;
  private final BlockingQueue<Outgoing> outgoing = new LinkedBlockingQueue<>();
  private final Map<Integer, Execution> executions = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final List<String> kernelLog = new ArrayList<>();
  private final Execution hello = new Execution(0);
  private volatile String kernelRelease;
  private volatile boolean ended;

  AgentLink(String name, ByteChannel channel) {
    this.name = name;
    this.channel = channel;
    thread("reader", this::readAll);
    thread("writer", this::writeAll);
  }

  private void thread(String role, Runnable body) {
    Thread thread = new Thread(body, "lab-" + name + "-" + role);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Waits until the guest is up; false if the deadline (nanoTime) or the connection's end is first.
   */
  boolean awaitHello(long deadline) {
    hello.awaitEnd(deadline);
    return kernelRelease != null;
  }

  String kernelRelease() {
    return kernelRelease;
  }

  Execution start(Command command) {
    Map<String, String> variables = new TreeMap<>(ENVIRONMENT);
    variables.putAll(command.env());
    List<String> environment =
        variables.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    Execution execution = register();
    send(Wire.REQUEST_EXEC, execution.id(), Wire.exec(command, environment));
    return execution;
  }

  /**
   * Sends input, waiting for the command to take it.
   *
   * @return false if the deadline (nanoTime) came first; a command that ended first takes no more
   *     and that is not an error
   */
  boolean input(Execution execution, byte[] bytes, long deadline) {
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(Wire.INPUT_CHUNK, bytes.length - at);
      if (!execution.reserveInput(length, deadline)) {
        return execution.hasEnded() || execution.isLost();
      }
      send(Wire.REQUEST_STDIN, execution.id(), ByteBuffer.wrap(bytes, at, length));
      at += length;
    }
    return true;
  }

  void endInput(Execution execution) {
    send(Wire.REQUEST_STDIN, execution.id(), ByteBuffer.allocate(0));
  }

  void signal(Execution execution, int number) {
    send(Wire.REQUEST_SIGNAL, execution.id(), ByteBuffer.wrap(new byte[] {(byte) number}));
  }

  /** Sends a request that is answered when the guest has done it and sent its kernel log. */
  Execution request(int type) {
    Execution execution = register();
    send(type, execution.id(), ByteBuffer.allocate(0));
    return execution;
  }

  /** What the guest has sent of its kernel log. */
  List<String> kernelLog() {
    synchronized (kernelLog) {
      return List.copyOf(kernelLog);
    }
  }

  boolean hasEnded() {
    return ended;
  }

  private Execution register() {
    Execution execution = new Execution(ids.incrementAndGet());
    executions.put(execution.id(), execution);
    if (ended) {
      execution.lost();
    }
    return execution;
  }

  private void send(int type, int id, ByteBuffer payload) {
    outgoing.add(new Outgoing(type, id, payload));
  }

  private void writeAll() {
    try {
      while (!ended) {
        Outgoing next = outgoing.take();
        Wire.write(channel, next.type(), next.id(), next.payload());
      }
    } catch (IOException e) {
      close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAll() {
    try {
      for (Wire.Frame frame = Wire.read(channel); frame != null; frame = Wire.read(channel)) {
        handle(frame);
      }
    } catch (IOException | RuntimeException e) {
      synchronized (kernelLog) {
        kernelLog.add("lab: the connection to the agent broke: " + e);
      }
    } finally {
      close();
    }
  }

  private void handle(Wire.Frame frame) throws IOException {
    Execution execution = executions.get(frame.id());
    switch (frame.type()) {
      case Wire.REPORT_HELLO -> {
        int version = frame.payload().getInt();
        if (version != Wire.PROTOCOL_VERSION) {
          throw new IOException("the agent speaks version " + version);
        }
        kernelRelease = frame.text();
        hello.ended(Wire.EXIT_NORMAL, 0);
      }
      case Wire.REPORT_KERNEL -> {
        List<String> lines = KernelRecords.lines(new String(frame.bytes(), StandardCharsets.UTF_8));
        synchronized (kernelLog) {
          kernelLog.addAll(lines);
        }
      }
      case Wire.REPORT_STDOUT, Wire.REPORT_STDERR -> {
        if (execution != null) {
          execution.output(frame.type(), frame.bytes());
        }
      }
      case Wire.REPORT_TAKEN -> {
        if (execution != null) {
          execution.inputTaken(frame.payload().getInt());
        }
      }
      case Wire.REPORT_EXIT -> {
        executions.remove(frame.id());
        if (execution != null) {
          int kind = frame.payload().get();
          execution.ended(kind, frame.payload().getInt());
        }
      }
      case Wire.REPORT_SYNCED -> {
        executions.remove(frame.id());
        if (execution != null) {
          execution.ended(Wire.EXIT_NORMAL, 0);
        }
      }
      default -> throw new IOException("a report of type " + frame.type());
    }
  }

  @Override
  public void close() {
    ended = true;
    try {
      channel.close();
    } catch (IOException e) {
      // Closing is all that was wanted, and a channel that fails at it is closed too.
    }
    // Wakes the writer, which then sees the end.
    outgoing.add(new Outgoing(Wire.REQUEST_SYNC, 0, ByteBuffer.allocate(0)));
    hello.lost();
    executions.values().forEach(Execution::lost);
  }
}
