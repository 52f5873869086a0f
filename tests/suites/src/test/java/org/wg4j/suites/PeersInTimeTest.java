// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our module and another implementation, on virtual time: {@code tests/lab/uml/peers.sh}. What is
 * judged are packets on the wire and the peers' counters; no limit is one of this machine's clock.
 */
@Tag("lab")
class PeersInTimeTest {
  /** One more of each is lived, to show that what must be erased at its end was there before. */
  private static final String LIVES = "10";

  private static void run(String part, TestReporter reporter, String... arguments) {
    VirtualTime run = VirtualTime.besideInTree("peers.sh", arguments);
    run.said("fired").forEach(line -> reporter.publishEntry("fired", line));
    run.assertPart(part, reporter);
  }

  @ParameterizedTest
  @CsvSource({"in_tree, theirs, yes, 6", "wireguard-go, ours, no, 4"})
  void renewsMovesRestartsAndRecovers(
      String peer, String beginner, String preshared, String family, TestReporter reporter) {
    run("once", reporter, peer, "once", beginner, preshared, family);
  }

  @ParameterizedTest
  @ValueSource(strings = {"in_tree", "wireguard-go"})
  @Tag("long")
  void renewsMovesRestartsAndRecoversHoweverItBegan(String peer, TestReporter reporter) {
    run("all", reporter, peer, "all");
  }

  @ParameterizedTest
  @CsvSource({"in_tree, ours", "in_tree, theirs", "wireguard-go, ours", "wireguard-go, theirs"})
  @Tag("long")
  void everyTimerRunsOutTenTimes(String peer, String subject, TestReporter reporter) {
    run("live", reporter, peer, "live", subject, LIVES);
  }
}
