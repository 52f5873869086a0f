// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** A command under way in a guest, as the host knows it. Thread-safe: its monitor guards all. */
final class Execution {
  /** More output than this is a runaway, not a result. */
  private static final int OUTPUT_MAX = 64 << 20;

  private final int id;
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
  private int inputUnderWay;
  private Integer exitCode;
  private boolean lost;

  Execution(int id) {
    this.id = id;
  }

  int id() {
    return id;
  }

  synchronized void output(int type, byte[] bytes) {
    ByteArrayOutputStream stream = type == Wire.REPORT_STDOUT ? stdout : stderr;
    int room = OUTPUT_MAX - stream.size();
    stream.write(bytes, 0, Math.min(room, bytes.length));
    notifyAll();
  }

  synchronized void ended(int kind, int value) {
    switch (kind) {
      case Wire.EXIT_NORMAL -> exitCode = value;
      case Wire.EXIT_SIGNAL -> exitCode = 128 + value;
      default -> {
        stderr.writeBytes(
            ("cannot be started: errno " + value + "\n").getBytes(StandardCharsets.UTF_8));
        exitCode = 127;
      }
    }
    notifyAll();
  }

  /** The connection is gone; nothing more will be heard. */
  synchronized void lost() {
    lost = true;
    notifyAll();
  }

  synchronized void inputTaken(int bytes) {
    inputUnderWay -= bytes;
    notifyAll();
  }

  /**
   * Waits for room for input, up to a deadline (nanoTime); false if the time or the command ended.
   */
  synchronized boolean reserveInput(int bytes, long deadline) {
    awaitUntil(
        () -> inputUnderWay + bytes <= Wire.INPUT_WINDOW || exitCode != null || lost, deadline);
    if (inputUnderWay + bytes > Wire.INPUT_WINDOW || exitCode != null || lost) {
      return false;
    }
    inputUnderWay += bytes;
    return true;
  }

  /** Waits for the end, up to a deadline (nanoTime); whether it came. */
  synchronized boolean awaitEnd(long deadline) {
    return awaitUntil(() -> exitCode != null || lost, deadline);
  }

  /**
   * Waits, woken by every change, until the condition holds; whether it did before the deadline.
   */
  synchronized boolean awaitUntil(Supplier<Boolean> condition, long deadline) {
    while (!condition.get()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      try {
        wait(left / 1_000_000, (int) (left % 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LabException("interrupted while waiting for a command", e);
      }
    }
    return true;
  }

  synchronized boolean hasEnded() {
    return exitCode != null;
  }

  synchronized boolean isLost() {
    return lost && exitCode == null;
  }

  /** The exit code of a command that has ended. */
  synchronized int exitCode() {
    return exitCode;
  }

  synchronized String stdout() {
    return stdout.toString(StandardCharsets.UTF_8);
  }

  synchronized byte[] stdoutBytes() {
    return stdout.toByteArray();
  }

  /** Waits for output, up to a deadline (nanoTime) or the end, and takes it out of this object. */
  synchronized byte[] takeStdout(long deadline) {
    awaitUntil(() -> stdout.size() > 0 || exitCode != null || lost, deadline);
    byte[] taken = stdout.toByteArray();
    stdout.reset();
    return taken;
  }

  synchronized String stderr() {
    return stderr.toString(StandardCharsets.UTF_8);
  }
}
