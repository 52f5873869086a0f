// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.security.SecureRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Three peers on a network that loses, repeats, reorders, changes and delays packets, is cut, or
 * leads there and back through different links: numbered payloads show that nothing is delivered
 * twice, changed or from the wrong peer, and how soon after the last fault everything flows again.
 * {@code tests/lab/uml/faults.sh} says which fault is what.
 *
 * <p>{@code -Dwg4j.faults.seed=} replays the faults of a run, which printed it; netem's own dice
 * cannot be replayed. {@code -Dwg4j.faults.rounds=} changes how many the long tests go through.
 */
@Tag("lab")
class NetworkFaultsTest {
  private static final int SEED =
      Integer.getInteger("wg4j.faults.seed", new SecureRandom().nextInt(1 << 30));

  private static final int ROUNDS = Integer.getInteger("wg4j.faults.rounds", 8);

  @BeforeAll
  static void compile() {
    System.out.println("NetworkFaultsTest: -Dwg4j.faults.seed=" + SEED);
    GuestProgram.build("streams");
  }

  private static String[] arguments(int rounds, String... phases) {
    return Stream.concat(Stream.of("" + SEED, "" + rounds), Stream.of(phases))
        .toArray(String[]::new);
  }

  /** With time that only waiting takes: the limit of recovery is exact, whatever the host does. */
  private static void onVirtualTime(int rounds, TestReporter reporter, String... phases) {
    VirtualTime run = new VirtualTime("faults.sh", arguments(rounds, phases));
    for (String phase : phases) {
      run.assertPart(phase, reporter);
    }
    run.assertPart("refuses_what_is_forged", reporter);
  }

  @Test
  void deliversOnceAndRecovers(TestReporter reporter) {
    onVirtualTime(1, reporter, "survives_all_at_once", "recovers_from_outages");
  }

  @Test
  @Tag("long")
  void deliversOnceAndRecoversFromEveryFault(TestReporter reporter) {
    onVirtualTime(
        ROUNDS,
        reporter,
        "loses_packets",
        "delivers_twice_sent_packets_once",
        "takes_packets_in_any_order",
        "discards_changed_packets",
        "survives_all_at_once",
        "recovers_from_outages",
        "recovers_from_link_flaps",
        "takes_ways_that_differ");
  }
}
