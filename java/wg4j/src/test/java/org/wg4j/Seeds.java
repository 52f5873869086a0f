// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import java.util.Random;
import java.util.stream.LongStream;

/**
 * Seeds for tests with random input. {@code -Dwg4j.test.seed=N} repeats the run of one seed;
 * otherwise there are some fixed ones and some new ones, printed as parameters of the tests.
 */
final class Seeds {
  private Seeds() {}

  static LongStream some() {
    String wanted = System.getProperty("wg4j.test.seed");
    if (wanted != null) {
      return LongStream.of(Long.parseLong(wanted));
    }
    return LongStream.concat(LongStream.range(0, 20), new Random().longs(20));
  }
}
