// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.wg4j.model.Row.stay;

import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables with a mistake: each check can fail, and nothing in the table is there for nothing. */
class SeededFaultsTest {
  private static final Timer[] NONE = {};

  /** In QUIET nothing was tried and nothing is retransmitted, so that there is nothing to undo. */
  private static final Set<String> WITHOUT_CONSEQUENCE =
      Set.of(
          "STOP in QUIET does not: anew",
          "STOP in QUIET does not: cancel RETRANSMIT",
          "INITIATION_SENT in QUIET does not: anew",
          "HANDSHAKE_COMPLETE in QUIET does not: anew",
          "HANDSHAKE_WANTED in QUIET does not: anew",
          "NEW_HANDSHAKE_DUE in QUIET does not: anew");

  @Test
  void leavingOutAnyEffectOfAnyRowIsNoticed() {
    List<Mutant> mutants = Mutant.all();
    Set<String> survivors =
        mutants.stream()
            .filter(mutant -> new Verification(mutant.table()).firstFinding(2).isEmpty())
            .map(Mutant::name)
            .collect(Collectors.toSet());

    assertThat(survivors).isEqualTo(WITHOUT_CONSEQUENCE);
    assertThat(mutants).hasSizeGreaterThan(80);
  }

  @Test
  void theComparisonWithTheKernelNoticesEvenThose() {
    List<String> kernel = KernelTable.lines();
    for (Mutant mutant : Mutant.all()) {
      if (WITHOUT_CONSEQUENCE.contains(mutant.name())) {
        assertThat(Dump.of(mutant.table()).equals(kernel)).as(mutant.name()).isFalse();
      }
    }
  }

  static Stream<Arguments> faultsOfTwo() {
    return Stream.of(
        arguments(
            "no session for",
            changed(Event.NEW_HANDSHAKE_DUE, row -> row.act(Action.FORGET_SOURCE))),
        arguments("no session for", changed(Event.DATA_SENT, row -> row.armIfIdle(NONE))),
        arguments("keeps a handshake's keys for ever", changed(Event.START, row -> stay())),
        arguments("no silence", changed(Event.RECEIVED, row -> row.arm(Timer.PASSIVE_KEEPALIVE))),
        arguments("no silence", changed(Event.GIVE_UP, row -> stay().arm(Timer.RETRANSMIT))),
        arguments(
            "RETRANSMIT is not armed", changed(Event.HANDSHAKE_COMPLETE, row -> row.cancel(NONE))),
        arguments(
            "something is left of a stopped peer", changed(Event.STOP, row -> row.cancel(NONE))),
        arguments(
            "keeps a session's keys for ever",
            changed(Event.SESSION_DERIVED, row -> row.arm(NONE))));
  }

  /** The explorer of two peers, by itself. */
  @ParameterizedTest(name = "{0} ({index})")
  @MethodSource("faultsOfTwo")
  void twoPeersFindTheFault(String complaint, Table table) {
    assertThat(new Verification(table).twoPeers(3))
        .hasValueSatisfying(finding -> assertThat(finding).contains(complaint));
  }

  private static Table changed(Event event, UnaryOperator<Row> change) {
    Table table = Table.SPECIFIED;
    for (State state : State.values()) {
      Row row = table.row(event, state);
      if (!row.equals(stay())) {
        table = table.with(event, state, change.apply(row));
      }
    }
    return table;
  }
}
