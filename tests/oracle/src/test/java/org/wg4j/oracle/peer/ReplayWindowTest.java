// SPDX-License-Identifier: Apache-2.0
package org.wg4j.oracle.peer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplayWindowTest {
  @Test
  void edges() {
    ReplayWindow window = new ReplayWindow(10);
    assertThat(window.accept(0)).isTrue();
    assertThat(window.accept(0)).isFalse();
    assertThat(window.accept(20)).isTrue();
    assertThat(window.accept(10)).isTrue();
    assertThat(window.accept(9)).isFalse();
    assertThat(window.accept(10)).isFalse();
    assertThat(window.accept(19)).isTrue();
    assertThat(window.accept(21)).isTrue();
    assertThat(window.accept(10)).isFalse();
  }

  @Test
  void countersAreUnsigned() {
    ReplayWindow window = new ReplayWindow(10);
    assertThat(window.accept(5)).isTrue();
    assertThat(window.accept(-1)).isTrue();
    assertThat(window.accept(6)).isFalse();
    assertThat(window.accept(-11)).isTrue();
    assertThat(window.accept(-12)).isFalse();
  }
}
