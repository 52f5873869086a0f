// SPDX-License-Identifier: Apache-2.0
package org.wg4j.lab;

import java.time.Duration;

/**
 * What a network does to frames. Immutable; the {@code with} methods return a changed copy.
 *
 * @param loss the probability, 0 to 1, that a frame is lost
 * @param delay how long each frame is under way; not negative
 * @param jitter a further delay, drawn evenly from 0 to this for each frame: frames overtake each
 *     other when it is longer than the gap between them; not negative
 * @param duplicate the probability, 0 to 1, that a frame arrives twice
 */
public record Impairment(double loss, Duration delay, Duration jitter, double duplicate) {
  private static final Impairment NONE = new Impairment(0, Duration.ZERO, Duration.ZERO, 0);

  /** Checks the ranges. */
  public Impairment {
    requireProbability(loss);
    requireProbability(duplicate);
    if (delay.isNegative() || jitter.isNegative()) {
      throw new IllegalArgumentException("a negative delay");
    }
  }

  /** A perfect network. */
  public static Impairment none() {
    return NONE;
  }

  /** The same with another loss. */
  public Impairment withLoss(double probability) {
    return new Impairment(probability, delay, jitter, duplicate);
  }

  /** The same with another delay. */
  public Impairment withDelay(Duration newDelay) {
    return new Impairment(loss, newDelay, jitter, duplicate);
  }

  /** The same with another jitter. */
  public Impairment withJitter(Duration newJitter) {
    return new Impairment(loss, delay, newJitter, duplicate);
  }

  /** The same with another rate of duplicates. */
  public Impairment withDuplicate(double probability) {
    return new Impairment(loss, delay, jitter, probability);
  }

  private static void requireProbability(double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("not a probability: " + value);
    }
  }
}
