// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table fulfils what is asked of it. That these checks can fail: {@link SeededFaultsTest}. */
class VerificationTest {
  private final Verification verification = new Verification(Table.SPECIFIED);

  @ParameterizedTest
  @ValueSource(ints = {0, 4})
  void everyTimerLeadsSomewhereAndEveryAttemptEnds(int persistent) {
    assertThat(verification.everyTimerLeadsSomewhere(persistent)).isEmpty();
  }

  @Test
  void anUnansweredPeerIsGivenUpAfterTwentyTriesAndANewPacketBeginsAnew() {
    assertThat(verification.unansweredIsGivenUp()).isEmpty();
  }

  @Test
  void dataIsAnsweredOnceAndHasToBeAnswered() {
    assertThat(verification.trafficIsHeard()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void trafficMovesTimersInAHandshakeAndOutsideOfOne(boolean handshaking) {
    assertThat(verification.trafficMovesTimers(handshaking)).isEmpty();
  }

  @Test
  void keysHaveADeadline() {
    assertThat(verification.keysHaveADeadline()).isEmpty();
  }

  @Test
  void persistentKeepalivesComeOnceAnInterval() {
    assertThat(verification.persistentKeepalives()).isEmpty();
  }

  @Test
  void twoPeersConvergeAndFallSilentAfterThreeDisturbances() {
    assertThat(verification.twoPeers(3)).isEmpty();
    assertThat(verification.worlds()).isGreaterThan(10_000);
  }

  @Test
  @Tag("long")
  void twoPeersConvergeAndFallSilentAfterFourDisturbances() {
    assertThat(verification.twoPeers(4)).isEmpty();
    assertThat(verification.worlds()).isGreaterThan(100_000);
  }
}
