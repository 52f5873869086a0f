// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.wg4j.model.Row.stay;

import org.junit.jupiter.api.Test;

/** Each event has one row in each state. */
class TableTest {
  @Test
  void everyPairHasARow() {
    for (Event event : Event.values()) {
      for (State state : State.values()) {
        assertThat(Table.SPECIFIED.row(event, state)).as("%s in %s", event, state).isNotNull();
      }
    }
  }

  @Test
  void noPairHasTwo() {
    Table.Builder builder = new Table.Builder().up(Event.SENT, stay());
    assertThatThrownBy(() -> builder.up(Event.SENT, stay())).hasMessageContaining("SENT");
  }

  @Test
  void noneMayBeMissing() {
    Table.Builder builder = new Table.Builder();
    for (Event event : Event.values()) {
      if (event != Event.STOP) {
        builder.up(event, stay());
      }
    }
    assertThatThrownBy(builder::build).hasMessage("no rows for STOP");
  }
}
