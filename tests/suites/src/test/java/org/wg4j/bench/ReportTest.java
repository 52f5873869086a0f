// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static Measurement measured(Contender contender, Workload workload, double value) {
    double switches = workload.lessIsBetter() ? Double.NaN : 0.25;
    return new Measurement(Variant.PLAIN, contender, workload, value, 0, switches);
  }

  @Test
  void givesFiguresRatiosAndTheirOrigin(@TempDir Path directory) throws IOException {
    Report report =
        new Report(
            List.of(
                measured(Contender.IN_TREE, Workload.TCP_1, 200),
                measured(Contender.OURS, Workload.TCP_1, 400),
                measured(Contender.IN_TREE, Workload.RTT_IDLE, 60),
                measured(Contender.OURS, Workload.RTT_IDLE, 40),
                measured(Contender.VETH, Workload.UDP_64, 50000)),
            "made by hand");
    report.write(directory, "core");

    assertThat(Files.readAllLines(directory.resolve("core.csv")))
        .hasSize(8)
        .contains("PLAIN,OURS,TCP_1,Mbit/s,400.0,0,0.250");
    String table = Files.readString(directory.resolve("core.md"));
    assertThat(table)
        .contains("made by hand")
        .contains("| TCP, 1 stream, Mbit/s | | 200 | 400 | | 2.00 | 0.25 | 0.25 |")
        // Less is better: two thirds of the time is 1.5 times as good.
        .contains("| round trip, idle, us | | 60 | 40 | | 1.50 | | |")
        .contains("| UDP, 64 bytes, packets/s | 50,000 | | | | | | |")
        .doesNotContain(Variant.JUMBO.title());
    assertThat(Files.readString(directory.resolve("core.svg")))
        .contains("made by hand")
        .contains("width='360'") // twice the unit
        .contains(">2.00</text>");
  }
}
