// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.time.Duration;

/**
 * Bytes that went through a tunnel. Counters of the kernel are 64 bits wide without a sign, and so
 * are these: read them with {@link Long#toUnsignedString(long)} if they may be beyond 8 EiB.
 *
 * @param receivedBytes from peers, unsigned
 * @param sentBytes to peers, unsigned
 */
public record Traffic(long receivedBytes, long sentBytes) {

  /** No bytes at all. */
  public static final Traffic NONE = new Traffic(0, 0);

  private static final double NANOS = 1e9;

  /**
   * Bytes per second.
   *
   * @param receivedPerSecond from peers
   * @param sentPerSecond to peers
   */
  public record Rate(double receivedPerSecond, double sentPerSecond) {}

  /** What a peer counted since it exists. */
  public static Traffic of(Peer peer) {
    return new Traffic(peer.receivedBytes(), peer.sentBytes());
  }

  /** Both together. */
  public Traffic plus(Traffic other) {
    return new Traffic(receivedBytes + other.receivedBytes, sentBytes + other.sentBytes);
  }

  /**
   * What came in addition since an earlier reading of the same counters. Counters that went down
   * began anew, because the peer was removed and made again: then all they show is new.
   */
  public Traffic since(Traffic earlier) {
    boolean anew =
        Long.compareUnsigned(receivedBytes, earlier.receivedBytes) < 0
            || Long.compareUnsigned(sentBytes, earlier.sentBytes) < 0;
    return anew
        ? this
        : new Traffic(receivedBytes - earlier.receivedBytes, sentBytes - earlier.sentBytes);
  }

  /**
   * How much that is in a second.
   *
   * @param interval in which it came, more than zero
   * @throws IllegalArgumentException if the interval is zero or negative
   */
  public Rate per(Duration interval) {
    if (interval.isZero() || interval.isNegative()) {
      throw new IllegalArgumentException("an interval must be positive: " + interval);
    }
    double seconds = interval.getSeconds() + interval.getNano() / NANOS;
    return new Rate(unsigned(receivedBytes) / seconds, unsigned(sentBytes) / seconds);
  }

  private static double unsigned(long value) {
    return value >= 0 ? value : (value >>> 1) * 2.0 + (value & 1);
  }
}
