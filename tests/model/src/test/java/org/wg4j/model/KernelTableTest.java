// SPDX-License-Identifier: Apache-2.0
package org.wg4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table in C and the one here are the same. */
class KernelTableTest {
  @Test
  void theKernelDoesWhatTheModelSays() {
    List<String> kernel = KernelTable.lines();
    List<String> model = Dump.of(Table.SPECIFIED);

    List<String> differences = new ArrayList<>();
    for (int i = 0; i < Math.min(kernel.size(), model.size()); i++) {
      if (!kernel.get(i).equals(model.get(i))) {
        differences.add("kernel: " + kernel.get(i) + "\n model: " + model.get(i));
      }
    }
    assertThat(differences).isEmpty();
    assertThat(kernel).hasSameSizeAs(model).doesNotHaveDuplicates();
  }
}
