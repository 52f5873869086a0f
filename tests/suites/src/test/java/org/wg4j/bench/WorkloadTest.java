// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WorkloadTest {
  private static Measurement read(Workload workload, String report, long switches) {
    return workload.read(Variant.PLAIN, Contender.OURS, report, switches);
  }

  @Test
  void countsTheBytesThatATcpReceiverGot() {
    String report =
        """
        "end": {
          "sum_sent": { "start": 0, "bytes": 99999999, "bits_per_second": 9.9 },
          "sum_received": { "start": 0, "end": 1.0, "bytes": 13680000, "bits_per_second": 109440000 }
        }
        """;
    Measurement m = read(Workload.TCP_1, report, 1000);
    assertThat(m.value()).isCloseTo(109.44, within(1e-9));
    // 13,680,000 bytes are 10,000 segments of 1420 - 52.
    assertThat(m.switches()).isCloseTo(0.1, within(1e-9));
  }

  @Test
  void addsBothDirections() {
    String report =
        """
        "sum_received": { "bytes": 1000000 },
        "sum_received_bidir_reverse": { "bytes": 500000 }
        """;
    assertThat(read(Workload.TCP_BOTH, report, 0).value()).isCloseTo(12, within(1e-9));
  }

  @Test
  void addsTheStreamsOfAllPeers() {
    String report = "\"sum_received\": { \"bytes\": 1000000 }\n".repeat(4);
    assertThat(read(Workload.TCP_PEERS, report, 0).value()).isCloseTo(32, within(1e-9));
    assertThat(Workload.TCP_PEERS.setup()).contains("$mtu");
    assertThat(Workload.TCP_1.setup()).isEmpty();
    assertThat(Workload.TCP_PEERS.suits(Contender.OPENVPN)).isFalse();
  }

  @Test
  void countsTheDatagramsThatArrivedByTheLastSum() {
    String report =
        """
        "sum": { "start": 0, "bytes": 640, "packets": 10 }
        "sum": { "start": 0, "bytes": 64000, "jitter_ms": 0.1, "lost_packets": 250, "packets": 1000, "lost_percent": 25 }
        """;
    Measurement m = read(Workload.UDP_64, report, 1500);
    assertThat(m.value()).isEqualTo(750);
    assertThat(m.lost()).isEqualTo(250);
    assertThat(m.switches()).isEqualTo(2);
  }

  @Test
  void takesTheMeanOfRoundTrips() {
    Measurement m =
        read(Workload.RTT_IDLE, "rtt min/avg/max/mdev = 0.035/0.036/0.040/0.001 ms\n", 7);
    assertThat(m.value()).isCloseTo(36, within(1e-9));
    assertThat(m.switches()).isNaN();
  }

  @Test
  void takesTheMedianOfSeveralReports() {
    String report =
        """
        rtt min/avg/max/mdev = 2.500/2.500/2.500/0.000 ms
        rtt min/avg/max/mdev = 0.070/0.070/0.070/0.000 ms
        rtt min/avg/max/mdev = 2.600/2.600/2.600/0.000 ms
        """;
    assertThat(read(Workload.RTT_HANDSHAKE, report, 7).value()).isCloseTo(2500, within(1e-9));
    assertThat(Workload.RTT_HANDSHAKE.suits(Contender.VETH)).isFalse();
    assertThat(Workload.RTT_HANDSHAKE.suits(Contender.WIREGUARD_GO)).isFalse();
    assertThat(Workload.RTT_HANDSHAKE.suits(Contender.OURS)).isTrue();
  }

  @Test
  void refusesAReportWithoutTheFigure() {
    for (Workload workload : Workload.values()) {
      assertThatThrownBy(() -> read(workload, "iperf3: error - unable to connect", 1))
          .as("%s", workload)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("unable to connect");
    }
  }
}
