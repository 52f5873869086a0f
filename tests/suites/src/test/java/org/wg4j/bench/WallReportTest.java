// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WallReportTest {
  private static List<Measurement> round(double inTree, double ours) {
    return List.of(
        new Measurement(Contender.IN_TREE, Workload.TCP_1, inTree, 0, 1000, 1),
        new Measurement(Contender.OURS, Workload.TCP_1, ours, 0, 1000, 1));
  }

  @Test
  void givesTheMedianOfEachRoundsRatio(@TempDir Path directory) throws IOException {
    WallReport report = new WallReport();
    report.add(1, round(100, 200));
    report.add(2, round(100, 300));
    // A host twice as busy halves both: the ratio stays.
    report.add(1, round(50, 100));
    report.add(2, round(50, 200));
    report.add(1, round(100, 210));
    report.add(2, round(100, 315));
    report.write(directory, "made by hand");

    assertThat(Files.readString(directory.resolve("cpus.md")))
        .contains("made by hand")
        .contains(
            "| TCP, 1 stream | 2.00 (2.00 to 2.10) | 3.15 (3.00 to 4.00)"
                + " | 1.50 (1.50 to 2.00) | 1.00 (1.00 to 1.00) |");
    assertThat(Files.readAllLines(directory.resolve("cpus.csv")))
        .hasSize(9)
        .contains("1,TCP_1,3,2.100,0.00,0.00", "2,TCP_1,2,4.000,0.00,0.00");
  }

  @Test
  void tellsWhatWasLost(@TempDir Path directory) throws IOException {
    WallReport report = new WallReport();
    report.add(
        1,
        List.of(
            new Measurement(Contender.IN_TREE, Workload.UDP_1300, 900, 100, 1000, 1),
            new Measurement(Contender.OURS, Workload.UDP_1300, 1800, 0, 1000, 1)));
    report.write(directory, "made by hand");

    assertThat(Files.readString(directory.resolve("cpus.md")))
        .contains("| | wg4j, 1 CPU | in-tree, 1 CPU |\n|---|---:|---:|\n")
        .contains("| UDP, 1300 bytes | 0.00 (0.00 to 0.00) | 10.00 (10.00 to 10.00) |\n");
    assertThat(Files.readAllLines(directory.resolve("cpus.csv")))
        .contains("1,UDP_1300,1,2.000,0.00,10.00");
  }
}
