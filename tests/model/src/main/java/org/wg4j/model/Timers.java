// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A peer's timers at one moment.
 *
 * @param state what they are about
 * @param tries initiations of the present attempt
 * @param moreData data came while the passive keepalive was already armed
 * @param persistent the interval of the persistent keepalive; 0: off
 * @param deadlines of each timer, by its ordinal; 0: idle
 */
public record Timers(
    State state, int tries, boolean moreData, int persistent, List<Long> deadlines) {
  static Timers stopped(int persistent) {
    return new Timers(
        State.STOPPED, 0, false, persistent, Collections.nCopies(Timer.values().length, 0L));
  }

  long deadline(Timer timer) {
    return deadlines.get(timer.ordinal());
  }

  boolean isArmed(Timer timer) {
    return deadline(timer) != 0;
  }

  boolean isDue(Timer timer, long now) {
    return isArmed(timer) && deadline(timer) <= now;
  }

  Timers with(Timer timer, long deadline) {
    List<Long> changed = new ArrayList<>(deadlines);
    changed.set(timer.ordinal(), deadline);
    return new Timers(state, tries, moreData, persistent, List.copyOf(changed));
  }

  Timers with(State changed) {
    return new Timers(changed, tries, moreData, persistent, deadlines);
  }

  Timers withPersistent(int interval) {
    return new Timers(state, tries, moreData, interval, deadlines);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(state.name()).append(" tries=").append(tries);
    if (moreData) {
      text.append(" more_data");
    }
    for (Timer timer : Timer.values()) {
      if (isArmed(timer)) {
        text.append(' ').append(timer).append('@').append(deadline(timer));
      }
    }
    return text.toString();
  }
}
