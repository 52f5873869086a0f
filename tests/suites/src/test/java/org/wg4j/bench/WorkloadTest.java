// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
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
          "sum_received": { "start": 0, "end": 1.25, "seconds": 1.25, "bytes": 13680000, "bits_per_second": 109440000 }
        }
        """;
    Measurement m = read(Workload.TCP_1, report, 1000);
    assertThat(m.value()).isCloseTo(87.552, within(1e-9));
    // 13,680,000 bytes are 10,000 segments of 1420 - 52.
    assertThat(m.packets()).isCloseTo(10_000, within(1e-9));
    assertThat(m.switches()).isCloseTo(0.1, within(1e-9));
  }

  @Test
  void addsBothDirections() {
    String report =
        """
        "sum_received": { "seconds": 1, "bytes": 1000000 },
        "sum_received_bidir_reverse": { "seconds": 1, "bytes": 500000 }
        """;
    assertThat(read(Workload.TCP_BOTH, report, 0).value()).isCloseTo(12, within(1e-9));
  }

  @Test
  void addsTheStreamsOfAllPeers() {
    String report = "\"sum_received\": { \"seconds\": 1, \"bytes\": 1000000 }\n".repeat(4);
    assertThat(read(Workload.TCP_PEERS, report, 0).value()).isCloseTo(32, within(1e-9));
    assertThat(Workload.TCP_PEERS.setup()).contains("$mtu");
    assertThat(Workload.TCP_1.setup()).isEmpty();
  }

  @Test
  void countsTheDatagramsThatTheReceiverGotInItsTime() {
    String report =
        """
        "sum": { "start": 0, "bytes": 64000, "packets": 1010, "lost_packets": 250 }
        "sum_sent": { "start": 0, "seconds": 1.0, "lost_packets": 0, "packets": 1010 }
        "sum_received": { "start": 0, "end": 1.25, "seconds": 1.25, "lost_packets": 250, "packets": 1000, "lost_percent": 25 }
        """;
    Measurement m = read(Workload.UDP_64, report, 1500);
    assertThat(m.value()).isCloseTo(600, within(1e-9));
    assertThat(m.lost()).isCloseTo(200, within(1e-9));
    assertThat(m.lostShare()).isCloseTo(0.25, within(1e-9));
    assertThat(m.packets()).isEqualTo(750);
    assertThat(m.switches()).isEqualTo(2);
  }

  @Test
  void slowsASenderDownToAsManyDatagramsAsArrived() {
    assertThat(Workload.UDP_64.command()).contains("-b $rate -l 64 ");
    assertThat(Workload.UDP_64.rate(1000)).isEqualTo(512_000);
    assertThat(Workload.UDP_1300.rate(0.5)).isEqualTo(5200);
  }

  @Test
  void takesTheMedianOfRoundTrips() {
    String report =
        """
        72 bytes from 10.77.0.2: icmp_seq=1 ttl=64 time=2.50 ms
        72 bytes from 10.77.0.2: icmp_seq=2 ttl=64 time=0.036 ms
        72 bytes from 10.77.0.2: icmp_seq=3 ttl=64 time=0.035 ms
        rtt min/avg/max/mdev = 0.035/0.857/2.500/1.161 ms
        """;
    for (Workload workload :
        List.of(Workload.RTT_IDLE, Workload.RTT_LOADED, Workload.RTT_HANDSHAKE)) {
      Measurement m = read(workload, report, 7);
      assertThat(m.value()).isCloseTo(36, within(1e-9));
      assertThat(m.switches()).isNaN();
    }
  }

  @Test
  void takesTheMedianOfHandshakeRounds() {
    String report = "handshakes a second: 300.5\nhandshakes a second: 90.0\n";
    assertThat(read(Workload.HANDSHAKES, report + report.lines().findFirst().get(), 7).value())
        .isCloseTo(300.5, within(1e-9));
    assertThat(Workload.HANDSHAKES.setup()).contains(">handshakes");
  }

  @Test
  void measuresWhatSuits() {
    assertThat(Workload.TCP_PEERS.suits(Variant.PLAIN, Contender.OPENVPN)).isFalse();
    assertThat(Workload.RTT_HANDSHAKE.suits(Variant.PLAIN, Contender.VETH)).isFalse();
    assertThat(Workload.RTT_HANDSHAKE.suits(Variant.PLAIN, Contender.WIREGUARD_GO)).isFalse();
    assertThat(Workload.RTT_HANDSHAKE.suits(Variant.NETEM, Contender.OURS)).isTrue();
    assertThat(Workload.HANDSHAKES.suits(Variant.PLAIN, Contender.IN_TREE)).isTrue();
    assertThat(Workload.HANDSHAKES.suits(Variant.PLAIN, Contender.WIREGUARD_GO)).isFalse();
    assertThat(Workload.HANDSHAKES.suits(Variant.NETEM, Contender.OURS)).isFalse();
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
