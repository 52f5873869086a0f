// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is measured: a program in namespace a, and how to read what it says. */
enum Workload {
  TCP_1("TCP, 1 stream", "Mbit/s", "iperf3 -J -t 1 -c 10.77.0.2"),
  TCP_4("TCP, 4 streams", "Mbit/s", "iperf3 -J -t 1 -P 4 -c 10.77.0.2"),
  TCP_BOTH("TCP, both ways at once", "Mbit/s", "iperf3 -J -t 1 --bidir -c 10.77.0.2"),
  UDP_64("UDP, 64 bytes", "packets/s", "iperf3 -J -t 1 -u -b 0 -l 64 -c 10.77.0.2"),
  UDP_512("UDP, 512 bytes", "packets/s", "iperf3 -J -t 1 -u -b 0 -l 512 -c 10.77.0.2"),
  UDP_1300("UDP, 1300 bytes", "packets/s", "iperf3 -J -t 1 -u -b 0 -l 1300 -c 10.77.0.2"),
  RTT_IDLE("round trip, idle", "us", "ping -q -i 0.01 -c 100 -s 64 10.77.0.2"),
  RTT_LOADED(
      "round trip beside a TCP stream",
      "us",
      "sh -c 'iperf3 -t 3 -c 10.77.0.2 >/dev/null & ping -q -i 0.02 -c 100 -s 64 10.77.0.2; wait'"),
  /**
   * Down and up again, the initiator has no session: both sides' part of a handshake is in it. The
   * pause is because responders refuse initiations that follow too closely.
   */
  RTT_HANDSHAKE(
      "first round trip, with a handshake",
      "us",
      "sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do ip link set ta down; ip link set ta up;"
          + " ping -q -c 1 -W 60 10.77.0.2; sleep 0.1; done'"),
  /** It sets four more peers up, which stay: the last one of a contender. */
  TCP_PEERS(
      "TCP, 4 peers, 1 stream each",
      "Mbit/s",
      "sh -c 'for i in 1 2 3 4; do iperf3 -J -t 1 -c 10.77.$i.2 -p 530$i >/tmp/stream$i & done;"
          + " wait; cat /tmp/stream[1-4]'");

  private static final Pattern TCP =
      Pattern.compile("\"sum_received(?:_bidir_reverse)?\":\\s*\\{[^}]*\"bytes\":\\s*([0-9]+)");
  private static final Pattern UDP =
      Pattern.compile(
          "\"sum\":\\s*\\{[^}]*\"lost_packets\":\\s*([0-9]+),\\s*\"packets\":\\s*([0-9]+)");
  private static final Pattern PING = Pattern.compile("rtt min/avg/max/mdev = [0-9.]+/([0-9.]+)/");
  private static final int TCP_HEADERS = 52;

  private final String title;
  private final String unit;
  private final String command;

  Workload(String title, String unit, String command) {
    this.title = title;
    this.unit = unit;
    this.command = command;
  }

  String title() {
    return title;
  }

  String unit() {
    return unit;
  }

  /** Shell lines that run before, in /tmp. */
  String setup() {
    return this == TCP_PEERS ? Scripts.read("peers") : "";
  }

  String command() {
    return command;
  }

  private boolean isRoundTrip() {
    return this == RTT_IDLE || this == RTT_LOADED || this == RTT_HANDSHAKE;
  }

  /**
   * Whether it can be measured: others keep their sessions when their device goes down, and have
   * several peers in ways of their own.
   */
  boolean suits(Contender contender) {
    return (this != RTT_HANDSHAKE && this != TCP_PEERS) || contender.isWireGuardModule();
  }

  boolean lessIsBetter() {
    return isRoundTrip();
  }

  /** Whether what is between two packets can be said. */
  boolean countsPackets() {
    return !isRoundTrip();
  }

  /**
   * Reads a report.
   *
   * @param switches how often the machine switched between processes meanwhile
   * @throws AssertionError if the report is not what was expected
   */
  Measurement read(Variant variant, Contender contender, String report, long switches) {
    double value;
    double packets;
    double lost = 0;
    if (isRoundTrip()) {
      value = median(PING, report) * 1000;
      packets = Double.NaN;
    } else if (unit.equals("packets/s")) {
      // The last sum is the whole run's; those before it are of intervals.
      Matcher sums = UDP.matcher(report);
      value = Double.NaN;
      while (sums.find()) {
        lost = Double.parseDouble(sums.group(1));
        value = Double.parseDouble(sums.group(2)) - lost;
      }
      if (Double.isNaN(value)) {
        throw new AssertionError("no count of packets in:\n" + report);
      }
      packets = value;
    } else {
      Matcher sums = TCP.matcher(report);
      double bytes = 0;
      while (sums.find()) {
        bytes += Double.parseDouble(sums.group(1));
      }
      if (bytes == 0) {
        throw new AssertionError("no count of bytes in:\n" + report);
      }
      value = bytes * 8 / 1e6;
      packets = bytes / (variant.mtu() - TCP_HEADERS);
    }
    return new Measurement(variant, contender, this, value, lost, switches / packets);
  }

  /**
   * Of all the numbers that a report gives. Where there should be a handshake each time, the
   * responder may have begun one of its own meanwhile: then there is none to wait for.
   */
  private static double median(Pattern pattern, String report) {
    double[] numbers =
        pattern
            .matcher(report)
            .results()
            .mapToDouble(found -> Double.parseDouble(found.group(1)))
            .sorted()
            .toArray();
    if (numbers.length == 0) {
      throw new AssertionError("not " + pattern + ":\n" + report);
    }
    return numbers[numbers.length / 2];
  }
}
