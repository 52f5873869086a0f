// SPDX-License-Identifier: Apache-2.0
package org.wg4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  private static final Instant START = Instant.ofEpochSecond(1_795_000_000);

  private static PublicKey key(int number) {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) number;
    return PublicKey.of(bytes);
  }

  /** A device whose peer number i counted these. */
  private static DeviceStatistics statistics(Instant at, long... counters) {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < counters.length; i += 2) {
      peers.add(
          new Peer(
              key(i),
              Optional.empty(),
              Optional.empty(),
              List.of(),
              Optional.empty(),
              counters[i],
              counters[i + 1],
              0,
              1));
    }
    return DeviceStatistics.of(
        new Device("wg0", 1, Optional.empty(), Optional.empty(), 0, 0, peers), at);
  }

  @Test
  void totalsAndRates() {
    DeviceStatistics before = statistics(START, 100, 200, 1000, 0);
    DeviceStatistics after = statistics(START.plusMillis(2500), 350, 200, 500, 50, 25, 75);
    assertThat(before.total()).isEqualTo(new Traffic(1100, 200));
    DeviceStatistics.Rates rates = after.since(before);
    assertThat(rates.interval()).isEqualTo(Duration.ofMillis(2500));
    assertThat(rates.peers().keySet()).containsExactly(key(0), key(2), key(4));
    assertThat(rates.peers().get(key(0))).isEqualTo(new Traffic.Rate(100, 0));
    // Made anew, and new.
    assertThat(rates.peers().get(key(2))).isEqualTo(new Traffic.Rate(200, 20));
    assertThat(rates.peers().get(key(4))).isEqualTo(new Traffic.Rate(10, 30));
    assertThat(rates.total()).isEqualTo(new Traffic.Rate(310, 50));
  }

  @Test
  void countersHaveNoSign() {
    Traffic high = new Traffic(-1, Long.MIN_VALUE);
    assertThat(high.since(new Traffic(Long.MAX_VALUE, Long.MAX_VALUE)))
        .isEqualTo(new Traffic(Long.MIN_VALUE, 1));
    assertThat(high.per(Duration.ofSeconds(1)).receivedPerSecond())
        .isCloseTo(Math.pow(2, 64), within(1e5));
    assertThat(new Traffic(0, Long.MIN_VALUE + (1L << 40)).per(Duration.ofSeconds(2)))
        .isEqualTo(new Traffic.Rate(0, (Math.pow(2, 63) + Math.pow(2, 40)) / 2));
    assertThat(new Traffic(5, 4).since(new Traffic(4, 5))).isEqualTo(new Traffic(5, 4));
  }

  @Test
  void onlyOfTheSameDeviceAndEarlier() {
    DeviceStatistics now = statistics(START);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> now.since(statistics(START)));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> now.since(statistics(START.plusSeconds(1))));
    DeviceStatistics other = new DeviceStatistics("wg1", START.minusSeconds(1), now.peers());
    assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> now.since(other));
  }
}
