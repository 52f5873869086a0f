// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static Measurement measured(Contender contender, Workload workload, double value) {
    double switches = workload.lessIsBetter() ? Double.NaN : 0.25;
    return new Measurement(contender, workload, value, 0, 1000, switches);
  }

  private static final Report REPORT =
      new Report(
          Variant.PLAIN,
          List.of(
              measured(Contender.IN_TREE, Workload.TCP_1, 200),
              measured(Contender.OURS, Workload.TCP_1, 400),
              measured(Contender.OPENVPN, Workload.TCP_1, 20),
              measured(Contender.IN_TREE, Workload.RTT_IDLE, 60),
              measured(Contender.OURS, Workload.RTT_IDLE, 40),
              measured(Contender.VETH, Workload.UDP_64, 50000)),
          "made by hand");

  @Test
  void givesFiguresRatiosAndTheirOrigin(@TempDir Path directory) throws IOException {
    REPORT.write(directory, "core");

    assertThat(Files.readAllLines(directory.resolve("core.csv")))
        .hasSize(9)
        .contains("PLAIN,OURS,TCP_1,Mbit/s,400.0,0,0.250");
    assertThat(Files.readString(directory.resolve("core.md")))
        .contains("made by hand")
        .contains(Variant.PLAIN.title())
        .contains(
            "| | plain veth | in-tree | wg4j | OpenVPN | wg4j : in-tree |\n|---|---:|---:|---:|---:|---:|\n")
        .contains("| TCP, 1 stream, Mbit/s | | 200 | 400 | 20 | 2.00 |\n")
        // Less is better: two thirds of the time is 1.5 times as good.
        .contains("| round trip, idle, us | | 60 | 40 | | 1.50 |\n")
        .contains("| UDP, 64 bytes, packets/s | 50,000 | | | | |\n")
        .contains("| TCP, 1 stream | | 0.25 | 0.25 | 0.25 |\n")
        .doesNotContain("| round trip, idle |");
  }

  @Test
  void takesTheRoundInTheMiddle() {
    Measurement low = measured(Contender.IN_TREE, Workload.TCP_4, 205);
    Measurement middle = measured(Contender.IN_TREE, Workload.TCP_4, 231);
    Measurement high = measured(Contender.IN_TREE, Workload.TCP_4, 242);

    assertThat(Measurement.median(List.of(high, low, middle))).isSameAs(middle);
    assertThat(Measurement.median(List.of(high, low))).isSameAs(low);
    assertThat(Measurement.median(List.of(high))).isSameAs(high);
  }

  @Test
  void plotsHowManyTimesAsGoodTunnelsAre(@TempDir Path directory) throws IOException {
    REPORT.write(directory, "core");

    // From a tenth, at 230, to ten times, at 790, with in-tree in the middle.
    assertThat(Files.readString(directory.resolve("core.svg")))
        .contains("made by hand")
        .contains("<circle cx='230' cy='68' r='5' fill='#ff7f0e'")
        .contains("<circle cx='510' cy='68' r='5' fill='#000000'")
        .contains("<circle cx='594' cy='68' r='5' fill='#d62728'")
        .contains(">2.00</text>")
        .contains(">1.50</text>")
        .doesNotContain(Workload.UDP_64.title())
        .doesNotContain(Contender.VETH.title() + "</text>");
  }

  @Test
  void plotsEachTunnelInAColourOfItsOwn() {
    assertThat(Arrays.stream(Contender.values()).filter(Contender::isTunnel).map(Plot::colour))
        .doesNotHaveDuplicates();
  }

  @Test
  void everyContenderHasAScript() {
    for (Contender contender : Contender.values()) {
      assertThat(contender.setup() + contender.join()).contains("10.77.0.").contains("$mtu");
    }
  }
}
