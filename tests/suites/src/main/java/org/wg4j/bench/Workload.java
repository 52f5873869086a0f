// SPDX-License-Identifier: Apache-2.0
package org.wg4j.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is measured: a program in namespace a, and how to read what it says. */
enum Workload {
  TCP_1("TCP, 1 stream", Kind.TCP, "iperf3 -J -t $seconds -c 10.77.0.2"),
  TCP_4("TCP, 4 streams", Kind.TCP, "iperf3 -J -t $seconds -P 4 -c 10.77.0.2"),
  TCP_BOTH("TCP, both ways at once", Kind.TCP, "iperf3 -J -t $seconds --bidir -c 10.77.0.2"),
  UDP_64("UDP, 64 bytes", Kind.UDP, "iperf3 -J -t $seconds -u -b $rate -l 64 -c 10.77.0.2"),
  UDP_512("UDP, 512 bytes", Kind.UDP, "iperf3 -J -t $seconds -u -b $rate -l 512 -c 10.77.0.2"),
  UDP_1300("UDP, 1300 bytes", Kind.UDP, "iperf3 -J -t $seconds -u -b $rate -l 1300 -c 10.77.0.2"),
  RTT_IDLE(
      "round trip, idle",
      Kind.ROUND_TRIP,
      "sh -c 'ping -i 0.01 -c 100 -s 64 10.77.0.2 >pings; cat pings'"),
  RTT_LOADED(
      "round trip beside a TCP stream",
      Kind.ROUND_TRIP,
      "sh -c 'iperf3 -t 3 -c 10.77.0.2 >/dev/null & ping -i 0.02 -c 100 -s 64 10.77.0.2 >pings;"
          + " wait; cat pings'"),
  /**
   * Down and up again, the initiator has no session: both sides' part of a handshake is in it. The
   * pause is because responders refuse initiations that follow too closely.
   */
  RTT_HANDSHAKE(
      "first round trip, with a handshake",
      Kind.ROUND_TRIP,
      "sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do ip link set ta down; ip link set ta up;"
          + " ping -c 1 -W 60 10.77.0.2; sleep 0.1; done'"),
  /** It sets four more peers up, which stay: for what comes after they are as good as not there. */
  TCP_PEERS(
      "TCP, 4 peers, 1 stream each",
      Kind.TCP,
      "sh -c 'for i in 1 2 3 4; do iperf3 -J -t $seconds -c 10.77.$i.2 -p 530$i >/tmp/stream$i & done;"
          + " wait; cat /tmp/stream[1-4]'"),
  /** How many a machine completes that does both ends' part. */
  HANDSHAKES("handshakes a second", Kind.HANDSHAKES, "perl handshakes");

  private enum Kind {
    TCP("Mbit/s"),
    UDP("packets/s"),
    ROUND_TRIP("us"),
    HANDSHAKES("1/s");

    private final String unit;

    Kind(String unit) {
      this.unit = unit;
    }
  }

  private static final Pattern TCP =
      Pattern.compile(
          "\"sum_received(?:_bidir_reverse)?\":\\s*\\{[^}]*\"seconds\":\\s*([0-9.]+)[^}]*"
              + "\"bytes\":\\s*([0-9]+)");
  private static final Pattern UDP =
      Pattern.compile(
          "\"sum_received\":\\s*\\{[^}]*\"seconds\":\\s*([0-9.]+)[^}]*"
              + "\"lost_packets\":\\s*([0-9]+),\\s*\"packets\":\\s*([0-9]+)");
  private static final Pattern PING = Pattern.compile("time=([0-9.]+) ms");
  private static final Pattern RATE = Pattern.compile("handshakes a second: ([0-9.]+)");
  private static final Pattern LENGTH = Pattern.compile(" -l ([0-9]+) ");
  private static final int TCP_HEADERS = 52;

  private final String title;
  private final Kind kind;
  private final String command;

  Workload(String title, Kind kind, String command) {
    this.title = title;
    this.kind = kind;
    this.command = command;
  }

  String title() {
    return title;
  }

  String unit() {
    return kind.unit;
  }

  /** Shell lines that run before, in /tmp. */
  String setup() {
    return switch (this) {
      case TCP_PEERS -> Scripts.read("peers");
      case HANDSHAKES -> Scripts.read("handshakes");
      default -> "";
    };
  }

  /**
   * For a shell that has exported {@code $seconds}, and {@code $rate}, in bits a second; 0: no
   * limit.
   */
  String command() {
    return command;
  }

  /**
   * Whether it can be measured: others keep their sessions when their device goes down, and have
   * several peers in ways of their own. What lies below makes no difference to handshakes, but what
   * gets lost there.
   */
  boolean suits(Variant variant, Contender contender) {
    return switch (this) {
      case RTT_HANDSHAKE, TCP_PEERS -> contender.isWireGuardModule();
      case HANDSHAKES -> contender.isWireGuardModule() && variant == Variant.PLAIN;
      default -> true;
    };
  }

  boolean lessIsBetter() {
    return kind == Kind.ROUND_TRIP;
  }

  /** Whether some of what is sent may stay away. */
  boolean countsLosses() {
    return kind == Kind.UDP;
  }

  /** What a sender's {@code $rate} is for so many packets a second. */
  long rate(double packets) {
    Matcher length = LENGTH.matcher(command);
    require(length.find(), LENGTH, command);
    return Math.round(packets * Integer.parseInt(length.group(1)) * Byte.SIZE);
  }

  /** Whether what is between two packets can be said. */
  boolean countsPackets() {
    return kind == Kind.TCP || kind == Kind.UDP;
  }

  /**
   * Reads a report.
   *
   * @param switches how often the machine switched between processes meanwhile
   * @throws AssertionError if the report is not what was expected
   */
  Measurement read(Variant variant, Contender contender, String report, long switches) {
    return switch (kind) {
      case TCP -> {
        double bytes = 0;
        double rate = 0;
        Matcher sums = TCP.matcher(report);
        while (sums.find()) {
          bytes += Double.parseDouble(sums.group(2));
          rate += Double.parseDouble(sums.group(2)) / Double.parseDouble(sums.group(1));
        }
        require(bytes > 0, TCP, report);
        double packets = bytes / (variant.mtu() - TCP_HEADERS);
        yield new Measurement(contender, this, rate * 8 / 1e6, 0, packets, switches / packets);
      }
      case UDP -> {
        Matcher sum = UDP.matcher(report);
        require(sum.find(), UDP, report);
        double seconds = Double.parseDouble(sum.group(1));
        double lost = Double.parseDouble(sum.group(2));
        double arrived = Double.parseDouble(sum.group(3)) - lost;
        yield new Measurement(
            contender, this, arrived / seconds, lost / seconds, arrived, switches / arrived);
      }
      case ROUND_TRIP -> withoutPackets(contender, median(PING, report) * 1000);
      case HANDSHAKES -> withoutPackets(contender, median(RATE, report));
    };
  }

  private Measurement withoutPackets(Contender contender, double value) {
    return new Measurement(contender, this, value, 0, Double.NaN, Double.NaN);
  }

  private static void require(boolean holds, Pattern pattern, String report) {
    if (!holds) {
      throw new AssertionError("not " + pattern + ":\n" + report);
    }
  }

  /**
   * Of all the numbers that a report gives. Now and then one is of something else: the session is
   * at its end and a handshake comes between; or there should be a handshake each time, and the
   * responder has begun one of its own meanwhile.
   */
  private static double median(Pattern pattern, String report) {
    double[] numbers =
        pattern
            .matcher(report)
            .results()
            .mapToDouble(found -> Double.parseDouble(found.group(1)))
            .sorted()
            .toArray();
    require(numbers.length > 0, pattern, report);
    return numbers[numbers.length / 2];
  }
}
