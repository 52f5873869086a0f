// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class ArenaTest {
  private static final double UNLIMITED = 50_000;

  private final List<Double> sent = new ArrayList<>();

  /** Sends as much as it is told, of which so much arrives, and writes down what that was. */
  private Measurement withoutLoss(DoubleUnaryOperator arrives) {
    return Arena.withoutLoss(
        rate -> {
          double packets = rate == 0 ? UNLIMITED : (double) rate / Workload.UDP_64.rate(1);
          double value = arrives.applyAsDouble(packets);
          sent.add(packets);
          return new Measurement(Contender.OURS, Workload.UDP_64, value, packets - value, value, 0);
        });
  }

  @Test
  void slowsNobodyDownWhoLosesNothing() {
    assertThat(withoutLoss(packets -> packets).value()).isEqualTo(UNLIMITED);
    assertThat(sent).hasSize(1);
  }

  @Test
  void slowsDownToWhatArrives() {
    Measurement m = withoutLoss(packets -> Math.min(packets, 20_000));

    assertThat(m.lost()).isZero();
    assertThat(m.value()).isBetween(19_000.0, 20_000.0);
  }

  @Test
  void goesFasterAgainAfterATryInWhichLittleArrived() {
    Measurement m = withoutLoss(packets -> sent.isEmpty() ? 2_000 : Math.min(packets, 20_000));

    assertThat(m.lost()).isZero();
    assertThat(m.value()).isBetween(18_000.0, 20_000.0);
  }

  @Test
  void givesUpAndTellsWhatIsLost() {
    Measurement m = withoutLoss(packets -> 0.9 * packets);

    assertThat(m.lostShare()).isCloseTo(0.1, within(1e-6));
    assertThat(sent).hasSize(6);
  }
}
