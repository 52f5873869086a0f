// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A capture of what a network's ports send, before the network loses or delays any of it.
 * Thread-safe. Closing it ends the capture; what it holds stays readable.
 */
public final class FrameTap implements AutoCloseable {
  private final VirtualNetwork network;
  private final List<Frame> frames = new ArrayList<>();

  FrameTap(VirtualNetwork network) {
    this.network = network;
  }

  synchronized void add(Frame frame) {
    frames.add(frame);
    notifyAll();
  }

  /** The frames so far, in the order in which they were sent. */
  public synchronized List<Frame> frames() {
    return List.copyOf(frames);
  }

  /** Forgets the frames so far. */
  public synchronized void clear() {
    frames.clear();
  }

  /**
   * Waits until a frame has been captured that is wanted; one that is there already counts.
   *
   * @return the first such frame
   * @throws AssertionError if the time passes without one
   */
  public synchronized Frame await(Predicate<Frame> wanted, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    int seen = 0;
    while (true) {
      Optional<Frame> found =
          frames.subList(Math.min(seen, frames.size()), frames.size()).stream()
              .filter(wanted)
              .findFirst();
      if (found.isPresent()) {
        return found.get();
      }
      seen = frames.size();
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError(
            "no such frame in " + limit.toMillis() + " ms among the " + seen + " captured");
      }
      try {
        wait(left / 1_000_000, (int) (left % 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LabException("interrupted while waiting for a frame", e);
      }
      // After a clear the list starts anew.
      seen = frames.size() < seen ? 0 : seen;
    }
  }

  @Override
  public void close() {
    network.remove(this);
  }
}
