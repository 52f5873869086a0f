// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.List;

/**
 * The way from what a device is to what it should be: steps in the order in which they are to be
 * taken. Immutable, apart from the keys in it, which belong to the {@link DeviceSpec} that it was
 * made from and must not be destroyed before it was applied.
 *
 * <p>A plan is minimal: it names nothing that is right already, and if nothing differs it has no
 * steps. Its order keeps traffic going. Whatever the two configurations are, while the steps are
 * taken one by one each address is routed to the peer it had, until it is routed to the peer it
 * shall have: never to a third one, never to none in between. (A plan of {@link ApplyMode#REPLACE}
 * makes no such promise.) To that end
 *
 * <ul>
 *   <li>new peers come before prefixes move to them, and these before peers go away;
 *   <li>of prefixes of different peers that lie in one another the longer ones are added first and
 *       removed last.
 * </ul>
 *
 * <p>Linux before 6.16 cannot take a prefix away from a peer that stays. Then {@link
 * WireGuard#apply(String, Plan, ProgressListener)} moves it to a peer made for that purpose, and
 * removes this peer. The promise above holds with one exception: an address whose removed prefix
 * lies in another prefix that stays has no route between these two.
 *
 * <p>A new private key comes first. It ends all sessions, and a peer that has this very key goes at
 * once, because the kernel allows no device to be its own peer; a specification's peer with the
 * device's own key is left out for the same reason.
 *
 * <p>A plan is made from a reading of the device. What others change afterwards it does not know;
 * peers that they removed meanwhile are not made again, save by the steps that add peers.
 */
public final class Plan {

  private final List<PlanStep> steps;

  Plan(List<PlanStep> steps) {
    this.steps = List.copyOf(steps);
  }

  /**
   * The way to what should be, with {@link ApplyMode#SYNC}.
   *
   * @param current not closed yet: its keys are compared
   */
  public static Plan diff(Device current, DeviceSpec desired) {
    return of(current, desired, ApplyMode.SYNC);
  }

  /**
   * The way to what should be.
   *
   * @param current not closed yet: its keys are compared
   */
  public static Plan of(Device current, DeviceSpec desired, ApplyMode mode) {
    return of(current, desired, mode, ProgressListener.NONE);
  }

  /**
   * The way to what should be.
   *
   * @param current not closed yet: its keys are compared
   * @param listener is told how many of the peers of both sides have been compared
   */
  public static Plan of(
      Device current, DeviceSpec desired, ApplyMode mode, ProgressListener listener) {
    return new Planner(current, desired, mode, listener).plan();
  }

  /** The steps, in the order in which they are to be taken. */
  public List<PlanStep> steps() {
    return steps;
  }

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Plan that && steps.equals(that.steps);
  }

  @Override
  public int hashCode() {
    return steps.hashCode();
  }

  /** One line for each step, each with a line end, no secret in any of them. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (PlanStep step : steps) {
      out.append(step).append('\n');
    }
    return out.toString();
  }
}
