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

  /**
   * Durations as the explorer counts them, in ticks: only their order matters. The deadline of keys
   * is far away, it comes when the explorer says so.
   */
  static Limits inTicks(int tries) {
    return new Limits(
        tries,
        (timer, persistent) ->
            switch (timer) {
              case RETRANSMIT -> 1;
              case PASSIVE_KEEPALIVE -> 2;
              case NEW_HANDSHAKE -> 3;
              case ZERO_KEYS -> 1000;
              case PERSISTENT -> persistent;
            });
  }
}
