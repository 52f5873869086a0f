// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

/**
 * The numbers of a table.
 *
 * @param tries initiations until the peer is given up
 * @param durations how long timers run
 */
public record Limits(int tries, Durations durations) {
  /** How long a timer runs, in whatever unit. */
  @FunctionalInterface
  public interface Durations {
    /** 0: it does not run at all. */
    long of(Timer timer, int persistent);
  }

  private static final long SECOND = 1_000_000_000;

  /** The protocol's own numbers, in nanoseconds. */
  public static Limits real(long jitter) {
    return new Limits(
        20,
        (timer, persistent) ->
            switch (timer) {
              case RETRANSMIT -> 5 * SECOND + jitter;
              case PASSIVE_KEEPALIVE -> 10 * SECOND;
              case NEW_HANDSHAKE -> 15 * SECOND + jitter;
              case ZERO_KEYS -> 540 * SECOND;
              case PERSISTENT -> persistent * SECOND;
            });
  }
}
