// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

import java.util.HashSet;
import java.util.Set;

/**
 * Which counters of a session have been seen, as a set: obviously right rather than fast.
 *
 * <p>Not thread-safe.
 */
public final class ReplayWindow {
  private final long size;
  private final Set<Long> seen = new HashSet<>();
  private long greatest;

  /**
   * @param size how far below the greatest counter one may still be accepted
   */
  public ReplayWindow(long size) {
    this.size = size;
  }

  /**
   * Judges a counter and remembers it when it is good.
   *
   * @param counter unsigned
   * @return whether it is new and not too old
   */
  public boolean accept(long counter) {
    boolean newest = seen.isEmpty() || Long.compareUnsigned(counter, greatest) > 0;
    if (!newest && Long.compareUnsigned(greatest - counter, size) > 0) {
      return false;
    }
    if (!seen.add(counter)) {
      return false;
    }
    if (newest) {
      greatest = counter;
      seen.removeIf(old -> Long.compareUnsigned(greatest - old, size) > 0);
    }
    return true;
  }
}
