// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** A rule by which a network loses frames, until it is closed. Thread-safe. */
public final class FrameDrop implements AutoCloseable {
  private final VirtualNetwork network;
  private final Predicate<Frame> victims;
  private final AtomicLong count = new AtomicLong();

  FrameDrop(VirtualNetwork network, Predicate<Frame> victims) {
    this.network = network;
    this.victims = victims;
  }

  boolean takes(Frame frame) {
    if (!victims.test(frame)) {
      return false;
    }
    count.incrementAndGet();
    return true;
  }

  /** How many frames it has taken. */
  public long count() {
    return count.get();
  }

  @Override
  public void close() {
    network.remove(this);
  }
}
