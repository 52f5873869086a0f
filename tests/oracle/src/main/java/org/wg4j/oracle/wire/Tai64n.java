// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.wire;

import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * A TAI64N timestamp: twelve bytes, big-endian, ordered as bytes.
 *
 * @param label 2^62 plus TAI seconds since 1970, unsigned
 * @param nanos the stored 32 bits of nanoseconds, unsigned; not limited to below a second, because
 *     a receiver compares bytes only
 */
public record Tai64n(long label, int nanos) implements Comparable<Tai64n> {
  /** Encoded length in bytes. */
  public static final int LENGTH = 12;

  /** What is conventionally added to Unix time: 2^62 and the ten leap seconds of 1970. */
  private static final long EPOCH = 0x400000000000000aL;

  /** The smallest timestamp there is. */
  public static final Tai64n ZERO = new Tai64n(0, 0);

  /**
   * @param instant a point of Unix time
   * @return its timestamp
   */
  public static Tai64n of(Instant instant) {
    return new Tai64n(EPOCH + instant.getEpochSecond(), instant.getNano());
  }

  /**
   * @param bytes twelve bytes
   * @return the timestamp
   */
  public static Tai64n decode(byte[] bytes) {
    Layout.requireField("timestamp", bytes, LENGTH);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new Tai64n(in.getLong(), in.getInt());
  }

  /**
   * @return twelve bytes
   */
  public byte[] encode() {
    return ByteBuffer.allocate(LENGTH).putLong(label).putInt(nanos).array();
  }

  /**
   * @return the next greater timestamp
   */
  public Tai64n next() {
    return nanos == -1 ? new Tai64n(label + 1, 0) : new Tai64n(label, nanos + 1);
  }

  /**
   * @param seconds how many, may be negative
   * @return this timestamp moved
   */
  public Tai64n plusSeconds(long seconds) {
    return new Tai64n(label + seconds, nanos);
  }

  @Override
  public int compareTo(Tai64n other) {
    int byLabel = Long.compareUnsigned(label, other.label);
    return byLabel != 0 ? byLabel : Integer.compareUnsigned(nanos, other.nanos);
  }
}
