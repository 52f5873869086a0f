// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CostReportTest {
  @Test
  void comparesWhatDecidesHowFastItGoes(@TempDir Path directory) throws IOException {
    CostReport report = new CostReport();
    report.add(new Cost(Contender.IN_TREE, "TCP", 30000, 50000, 0, false));
    report.add(new Cost(Contender.OURS, "TCP", 25000, 20000, 0, false));
    report.add(new Cost(Contender.IN_TREE, "TCP", 34000, 40000, 0.2, false));
    report.add(new Cost(Contender.OURS, "TCP", 10000, 20000, 0, false));
    report.add(new Cost(Contender.IN_TREE, "TCP", 32000, 36000, 0.1, false));
    report.add(new Cost(Contender.OURS, "TCP", 15000, 20000, 0, false));
    report.add(new Cost(Contender.IN_TREE, "round trip", 60000, 40000, 0, true));
    report.add(new Cost(Contender.OURS, "round trip", 40000, 40000, 0, true));
    report.write(directory, "made by hand");

    assertThat(Files.readString(directory.resolve("machines.md")))
        .contains("made by hand")
        .contains(" | 1.25 (1.25 to 1.25) | ")
        .contains(
            "| TCP | 32,000 (30,000 to 34,000) | 40,000 (36,000 to 50,000)"
                + " | 15,000 (10,000 to 25,000) | 20,000 (20,000 to 20,000)"
                + " | 2.00 (1.80 to 2.00) | 10.0 (0.0 to 20.0) | 0.0 (0.0 to 0.0) |\n");
    assertThat(Files.readAllLines(directory.resolve("machines.csv")))
        .hasSize(11)
        .contains("\"TCP\",IN_TREE,2,34000,40000,20.00");
  }
}
