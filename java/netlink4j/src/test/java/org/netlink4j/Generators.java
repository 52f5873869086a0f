// SPDX-License-Identifier: Apache-2.0
package org.netlink4j;

import java.util.Random;
import java.util.stream.LongStream;

/**
 * Seeds for tests with random input. {@code -Dnetlink4j.test.seed=N} repeats the run of one seed;
 * otherwise there are some fixed ones and some new ones, printed as parameters of the tests.
 */
public final class Generators {
  private Generators() {}

  /** The seeds to run with. */
  public static LongStream seeds() {
    String wanted = System.getProperty("netlink4j.test.seed");
    if (wanted != null) {
      return LongStream.of(Long.parseLong(wanted));
    }
    return LongStream.concat(LongStream.range(0, 20), new Random().longs(20));
  }

  /** Random bytes. */
  public static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
