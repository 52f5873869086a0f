// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.wg4j.suites.TwoNamespaces.INNER_A4;
import static org.wg4j.suites.TwoNamespaces.INNER_A6;
import static org.wg4j.suites.TwoNamespaces.INNER_B4;
import static org.wg4j.suites.TwoNamespaces.INNER_B6;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wg4j.lab.Background;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.Result;
import org.wg4j.suites.TwoNamespaces.Plan;
import org.wg4j.suites.TwoNamespaces.Transfer;

/** Packets through a tunnel between two namespaces: every address family, every size, counted. */
@Lab
class TrafficTest {
  private static final int INITIATION = 148;
  private static final int RESPONSE = 92;
  private static final int DATA_OVERHEAD = 32;

  /** Bytes of an IPv4 or IPv6 header and of the ICMP echo header after it. */
  private static final int PING4_HEADERS = 28;

  private static final int PING6_HEADERS = 48;

  @Row(
      value = {"HS-11", "TX-4"},
      what = "ping, TCP and UDP, with a pre-shared key and without")
  @ParameterizedTest(name = "outer IPv6 {0}, inner IPv6 {1}, pre-shared key {2}")
  @CsvSource({"false,false,false", "false,true,true", "true,false,true", "true,true,false"})
  void carriesPingTcpAndUdp(
      boolean outerIpv6, boolean innerIpv6, boolean preshared, @Guest("ours") Machine ours) {
    Plan plan = Plan.veth().overIpv6(outerIpv6);
    TwoNamespaces pair = TwoNamespaces.make(ours, preshared ? plan.withPresharedKey() : plan);
    String toB = innerIpv6 ? INNER_B6 : INNER_B4;
    String toA = innerIpv6 ? INNER_A6 : INNER_A4;

    pair.in("a", "ping -q -c 3 -i 0.2 -W 20 " + toB).check();
    pair.in("b", "ping -q -c 3 -i 0.2 -W 20 " + toA).check();

    Transfer before = pair.transfer("a");
    long there;
    long back;
    try (Background server = pair.startIn("b", "iperf3", "-s", "--forceflush")) {
      server.awaitLine("Server listening", TwoNamespaces.PATIENCE);
      there = received(pair.in("a", "iperf3 -c " + toB + " -n 1M"));
      there += received(pair.in("a", "iperf3 -u -b 4M -l 1200 -c " + toB + " -n 256K"));
      back = received(pair.in("a", "iperf3 -R -c " + toB + " -n 1M"));
    }
    Transfer after = pair.transfer("a");
    assertThat(after.sent() - before.sent()).isGreaterThan(there);
    assertThat(after.received() - before.received()).isGreaterThan(back);
    assertThat(pair.transfer("b"))
        .as("on a lossless link one end sends what the other receives")
        .isEqualTo(new Transfer(after.sent(), after.received()));
    pair.assertNoErrors();
  }

  @Row(
      value = {"TX-4", "TX-6"},
      what = "packets of all sizes around the MTU, and TCP")
  @ParameterizedTest(name = "MTU {0} on a link of {1}")
  @CsvSource({"1280,1500", "1420,1500", "9000,9100"})
  void carriesPacketsUpToTheMtuAndNoLongerOnes(int mtu, int linkMtu, @Guest("ours") Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.veth().withMtu(mtu, linkMtu).overIpv6(true));
    assertPingsOfAllSizesAround(mtu, pair);
    assertTcpBothWays(pair);
    pair.assertNoErrors();
  }

  @ParameterizedTest(name = "MTU {0} over lo")
  @ValueSource(ints = {9000})
  void carriesPacketsOverLoopback(int mtu, @Guest("ours") Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.loopback(mtu));
    assertPingsOfAllSizesAround(mtu, pair);
    assertTcpBothWays(pair);
    pair.assertNoErrors();
  }

  private static void assertPingsOfAllSizesAround(int mtu, TwoNamespaces pair) {
    StringBuilder script = new StringBuilder("set -e; ping -q -c 1 -W 20 " + INNER_B4 + "\n");
    for (int less : new int[] {0, 1, 15, 16, 17}) {
      script.append(ping(INNER_B4, mtu - PING4_HEADERS - less));
      script.append(ping(INNER_B6, mtu - PING6_HEADERS - less));
    }
    // Longer ones are cut by the sender's IP layer: both fragments arrive.
    script.append("ping -q -c 1 -W 20 -M dont -s " + mtu + " " + INNER_B4 + "\n");
    script.append("ping -q -c 1 -W 20 -s " + mtu + " " + INNER_B6 + "\n");
    pair.in("a", script.toString()).check();
    Result tooLong =
        pair.in("a", "ping -c 1 -W 1 -M do -s " + (mtu - PING4_HEADERS + 1) + " " + INNER_B4);
    assertThat(tooLong.exitCode()).isNotZero();
    // The ping of trixie and later says what the call said, not what the error queue adds to it.
    assertThat(tooLong.stderr())
        .containsAnyOf("message too long, mtu=" + mtu, "sendmsg: Message too long");
  }

  private static String ping(String address, int size) {
    return "ping -q -c 1 -W 20 -M do -s " + size + " " + address + "\n";
  }

  private static void assertTcpBothWays(TwoNamespaces pair) {
    try (Background server = pair.startIn("b", "iperf3", "-s", "--forceflush")) {
      server.awaitLine("Server listening", TwoNamespaces.PATIENCE);
      received(pair.in("a", "iperf3 -c " + INNER_B4 + " -n 2M"));
      received(pair.in("a", "iperf3 -R -c " + INNER_B6 + " -n 2M"));
    }
  }

  /**
   * A device of 65535 bytes cannot use them all: the UDP packet around may not be longer than that
   * either. What fits goes through, and whoever sends more is told what would fit.
   */
  @Test
  void carriesWhatFitsWithTheGreatestMtuOverLoopback(@Guest("ours") Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.loopback(65535));
    int longest = 65535 - 28 - DATA_OVERHEAD - 15;
    pair.in(
            "a",
            "set -e; ping -q -c 1 -W 20 "
                + INNER_B4
                + "\n"
                + ping(INNER_B4, longest - PING4_HEADERS)
                + ping(INNER_B6, longest - PING6_HEADERS)
                + ping(INNER_B4, 40000))
        .check();
    pair.assertNoErrors();
    assertTcpBothWays(pair);
    for (String address : List.of(INNER_B4, INNER_B6)) {
      assertThat(pair.in("a", "ping -c 1 -W 1 -M do -s 65480 " + address).exitCode()).isNotZero();
      assertThat(pair.in("a", "ip route get " + address).check().stdout()).contains("mtu 65472");
    }
  }

  @Row(
      value = {"RX-9", "RT-11", "TX-6"},
      what = "every byte of a handshake and of padded data, sent and received")
  @ParameterizedTest(name = "{0} bytes of ping")
  @ValueSource(ints = {4, 5, 1372})
  @Row("RT-11")
  void countsEveryByteOfHandshakeAndPaddedData(int size, @Guest("ours") Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.veth());
    int count = 3;
    pair.in("a", "ping -q -i 0.2 -W 20 -c " + count + " -s " + size + " " + INNER_B4).check();
    int padded = Math.min(1420, (PING4_HEADERS + size + 15) / 16 * 16);
    long data = (long) count * (DATA_OVERHEAD + padded);
    Transfer a = pair.transfer("a");
    Transfer b = pair.transfer("b");
    // On a very slow host a keepalive may have slipped in between.
    assertThat(a.sent()).isIn(INITIATION + data, INITIATION + data + DATA_OVERHEAD);
    assertThat(a.received()).isIn(RESPONSE + data, RESPONSE + data + DATA_OVERHEAD);
    assertThat(b).isEqualTo(new Transfer(a.sent(), a.received()));
    assertThat(pair.in("a", "cat /sys/class/net/wg0/statistics/[rt]x_bytes").check().stdout())
        .as("the device counts what its peer does")
        .isEqualTo(a.received() + "\n" + a.sent() + "\n");
    pair.assertNoErrors();
  }

  private static final Pattern RECEIVED =
      Pattern.compile("\\[ *\\d+\\] .*sec +([0-9.]+) ([KMG]?)Bytes .*receiver", Pattern.MULTILINE);

  /**
   * What iperf3's receiver got, in bytes to its rounding. It stops counting when the sender stops
   * sending: the last window is not in it.
   */
  private static long received(Result iperf) {
    Matcher report = RECEIVED.matcher(iperf.check().stdout());
    assertThat(report.find()).as(iperf.stdout()).isTrue();
    double unit =
        switch (report.group(2)) {
          case "K" -> 1 << 10;
          case "M" -> 1 << 20;
          case "G" -> 1 << 30;
          default -> 1;
        };
    long bytes = (long) (Double.parseDouble(report.group(1)) * unit * 0.99);
    assertThat(bytes).as(iperf.stdout()).isPositive();
    return bytes;
  }

  /** Of each data packet that reaches b's end of the link: its counter, in order of arrival. */
  private static final String COUNTERS =
      """
      tcpdump -n -x -r /tmp/order.pcap 2>/dev/null | perl -ne '
        if (/^\\s+0x[0-9a-f]+:\\s+(.*)/) { ($x = $1) =~ s/ //g; $packet .= $x; } else { $packet = ""; }
        if (length $packet == 96 && substr($packet, 56, 8) eq "04000000") {
          print unpack("Q<", pack("H*", substr($packet, 72, 16))), "\\n";
        }'
      """;

  /** Waits until what one end has sent the other has received: the link loses nothing. */
  private static final String COUNTS_AGREE =
      """
      count() { ip netns exec $1 cat /sys/class/net/wg0/statistics/$2_packets; }
      for try in $(seq 100); do
        sent="$(count a tx) $(count b tx)"
        received="$(count b rx) $(count a rx)"
        [ "$sent" = "$received" ] && exit 0
        sleep 0.1
      done
      echo "sent $sent, received $received" >&2
      exit 1
      """;

  /**
   * Datagrams of one size leave as one packet, which whoever is below cuts up: the device at the
   * other end, this one's driver, or IP if they do not fit the link. Each counts as a packet.
   */
  @ParameterizedTest(name = "device [{0}], outer IPv6 {1}, link MTU {2}")
  @CsvSource({
    "'',false,1500",
    "'',true,1500",
    "tx-udp-segmentation off,false,1500",
    "tx-udp-segmentation off,true,1500",
    "tx off,false,1500",
    "tx off sg off,true,1500",
    "'',false,1300",
    "'',true,1300"
  })
  void sendsInBatches(
      String features, boolean outerIpv6, int linkMtu, @Guest("ours") Machine ours) {
    TwoNamespaces pair =
        TwoNamespaces.make(ours, Plan.veth().withMtu(1420, linkMtu).overIpv6(outerIpv6));
    if (!features.isEmpty()) {
      pair.in("a", "ethtool -K v0 " + features).check();
    }
    String wholeBatches = "udp and dst port " + TwoNamespaces.PORT_B + " and greater 4000";
    boolean seenWhole = features.isEmpty() && linkMtu == 1500;
    String filter = seenWhole ? wholeBatches : "udp and dst port " + TwoNamespaces.PORT_B;
    try (Background capture = pair.startIn("b", "tcpdump", "-n", "-c", "5", "-i", "v0", filter);
        Background receiver =
            pair.startIn("b", "socat", "-d", "-d", "-u", "TCP-LISTEN:9000", "CREATE:/tmp/got")) {
      capture.awaitLine("listening on", TwoNamespaces.PATIENCE);
      receiver.awaitLine("listening on", TwoNamespaces.PATIENCE);
      ours.sh("head -c 2M /dev/urandom >/tmp/sent").check();
      pair.in("a", "socat -u OPEN:/tmp/sent TCP:" + INNER_B4 + ":9000").check();
      receiver.await(TwoNamespaces.PATIENCE).check();
      capture.await(TwoNamespaces.PATIENCE).check();
    }
    ours.sh("cmp /tmp/sent /tmp/got").check();
    ours.sh(COUNTS_AGREE).check();
    pair.assertNoErrors();
  }

  /**
   * Whoever sends without waiting for anything has his packets gathered for a moment. All leave by
   * themselves, in one piece; also when their peer goes meanwhile.
   *
   * <p>Nothing here asks for time stamps, as ping and tcpdump do: for them the kernel patches the
   * way of packets under way, which QEMU's processors have stumbled over.
   */
  @Test
  void gathersWhatASenderSendsWithoutWaiting(@Guest("ours") Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.veth());
    GuestProgram.put("burst", ours);
    String setup =
        """
        burst() { ip netns exec a /tmp/burst %s $1; }
        counted() { ip netns exec b nft list counter inet t $1 | awk '$1 == "packets" { print $2 }'; }
        """
            .formatted(INNER_B4);
    ours.sh(
            setup
                + """
                ip netns exec b nft -f - <<'END'
                table inet t {
                  counter arrived { }
                  counter gathered { }
                  chain c {
                    type filter hook input priority 0
                    udp dport 9 udp length 1008 counter name arrived
                    udp dport %d meta length > 2000 counter name gathered
                  }
                }
                END
                for round in $(seq 20); do
                  burst 1
                  until [ $(counted arrived) = $((64 * round)) ]; do sleep 0.1; done
                done
                """
                    .formatted(TwoNamespaces.PORT_B))
        .check();
    // Where everything is checked, a packet takes longer than any is waited for.
    if (!ours.kernelRelease().contains("-wg4j-")) {
      ours.sh(setup + "until [ $(counted gathered) != 0 ]; do burst 100; done").check();
    }
    ours.sh(
            """
            ip netns exec a /tmp/burst %s 1000000 &
            sender=$!
            set -- $(ip netns exec a wg show wg0 endpoints)
            for again in 1 2 3 4 5 6 7 8 9 10; do
              ip netns exec a wg set wg0 peer $1 remove
              ip netns exec a wg set wg0 peer $1 endpoint $2 allowed-ips %s/32
              until [ $(ip netns exec a wg show wg0 transfer | cut -f2) != 0 ]; do sleep 0.1; done
            done
            ip -n a link delete wg0
            kill $sender
            wait $sender
            [ $? = 143 ]
            """
                .formatted(INNER_B4, INNER_B4))
        .check();
  }

  /**
   * Whoever sends much at once has help from a processor that has nothing to do, at both ends. The
   * sender and all that it sets off are bound to one processor, and nobody answers: what is
   * encrypted or decrypted on the other one has been handed to it.
   */
  @Test
  void sharesALongBundleWithAnIdleProcessor(@Guest("ours") Machine ours) {
    assumeThat(ours.kernelRelease())
        .as("our debug kernels have no probes")
        .doesNotContain("-wg4j-");
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.veth());
    pair.in("a", "ping -q -c 1 -W 20 " + INNER_B4).check();
    pair.in(
            "b",
            "nft 'table inet t { chain c { type filter hook input priority 0; udp dport 9 drop; }; }'")
        .check();
    Result seen =
        ours.sh(
            """
            mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
            cd /sys/kernel/tracing
            echo p:sealed wg_transmit_seal >>kprobe_events
            echo p:opened wg_receive_open >>kprobe_events
            echo 1 >events/kprobes/enable
            elsewhere() { grep -c "\\[001\\].* $1:" trace; }
            for try in $(seq 100); do
              ip netns exec a taskset -c 0 perl -MSocket -e '
                socket S, AF_INET, SOCK_DGRAM, 0;
                setsockopt S, 17, 103, pack "i", 1000 or die; # UDP_SEGMENT
                for (1 .. 10) {
                  send S, "x" x 12_000, 0, pack_sockaddr_in 9, inet_aton $ARGV[0] or die;
                  select undef, undef, undef, 0.01; # until all are idle again
                }' %s
              [ $(elsewhere sealed) -lt 20 ] || [ $(elsewhere opened) -lt 20 ] || break
            done
            elsewhere sealed
            elsewhere opened
            echo 0 >events/kprobes/enable
            echo >kprobe_events
            """
                .formatted(INNER_B4));
    // More than the few keepalives and handshakes, which may be anybody's.
    assertThat(seen.lines()).hasSize(2).allMatch(count -> Integer.parseInt(count) >= 20);
    pair.assertNoErrors();
  }

  /** What all five layers do with a packet must not pile up on one stack. */
  @Test
  void carriesTunnelsThroughTunnels(@Guest("ours") Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.veth());
    ours.sh(
            """
            set -e
            umask 077
            cd /tmp
            below=%s
            for level in 1 2 3 4 5; do
              for side in a b; do
                ip -n $side link add deep$level type wireguard
                wg genkey >$side.deep
                wg pubkey <$side.deep >$side.deeppub
              done
              ip netns exec a wg set deep$level private-key a.deep \
                peer $(cat b.deeppub) allowed-ips 10.9.$level.2/32 endpoint $below:5000$level
              ip netns exec b wg set deep$level private-key b.deep listen-port 5000$level \
                peer $(cat a.deeppub) allowed-ips 10.9.$level.1/32
              ip -n a addr add 10.9.$level.1/24 dev deep$level
              ip -n b addr add 10.9.$level.2/24 dev deep$level
              ip -n a link set deep$level mtu $((1420 - 80 * level)) up
              ip -n b link set deep$level mtu $((1420 - 80 * level)) up
              ip netns exec a ping -q -c 1 -W 20 10.9.$level.2
              below=10.9.$level.2
            done
            ip netns exec a ping -q -c 20 -i 0.1 -W 20 10.9.5.2 | grep ' 0%% packet loss'
            ip netns exec b iperf3 -s -1 -D
            until ip netns exec b ss -Hltn | grep -q :5201; do sleep 0.1; done
            ip netns exec a iperf3 -n 500K -c 10.9.5.2
            """
                .formatted(INNER_B4))
        .check();
    pair.assertNoErrors();
  }

  /**
   * No poll is asked for to open a packet that comes after a pause: it would find that one only.
   */
  @Test
  void opensWhatComesAfterAPauseWhereItCame(@Guest("ours") Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.veth());
    pair.in("a", "ping -q -c 1 -W 20 " + INNER_B4).check();
    Result polls =
        ours.sh(
            """
            mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
            cd /sys/kernel/tracing
            echo 'dev_name == "wg0"' >events/napi/napi_poll/filter
            echo >trace
            echo 1 >events/napi/napi_poll/enable
            ip netns exec a ping -q -c 40 -i 0.1 -W 20 %s >/dev/null || exit
            echo 0 >events/napi/napi_poll/enable
            echo 0 >events/napi/napi_poll/filter
            grep -c napi_poll: trace || :
            """
                .formatted(INNER_B4));
    // Eighty with a poll for each. What two processors see of a tick may make a poll of some.
    assertThat(Integer.parseInt(polls.check().stdout().strip())).isLessThan(20);
    pair.assertNoErrors();
  }

  /**
   * Several CPUs send at once: that another one has taken what was staged is no lack of a session.
   * For longer than the five seconds in which nobody would ask again anyway.
   */
  @Row(value = "TX-9", what = "no handshake while packets from several CPUs find a session")
  @Test
  void asksForNoSessionWhileItHasOne(@Guest(value = "four", cpus = 4) Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.veth());
    pair.in("a", "ping -q -c 1 -W 20 " + INNER_B4).check();
    pair.in(
            "b",
            "nft 'table inet t { chain c { type filter hook input priority 0;"
                + " udp length "
                + (8 + INITIATION)
                + " counter comment \"initiations\"; }; }'")
        .check();
    ours.sh(
            """
            for port in 5201 5202 5203 5204 5205 5206; do
              ip netns exec b iperf3 -s -1 -D -p $port
              until ip netns exec b ss -Hltn | grep -q :$port; do sleep 0.1; done
              ip netns exec a iperf3 -u -b 0 -l 200 -t 8 -p $port -c %s &
              senders="$senders $!"
            done
            for sender in $senders; do wait $sender || exit; done
            """
                .formatted(INNER_B4))
        .check();
    assertThat(pair.in("b", "nft list table inet t").check().stdout())
        .contains("counter packets 0 bytes 0 comment \"initiations\"");
  }

  /**
   * Many CPUs encrypt; still one peer's packets leave in the order in which they came, and arrive
   * in it. Kernels that check may hold a CPU up for longer than a lane keeps its home: there, only
   * that they leave in order is sure.
   */
  @Row(
      value = {"TX-9", "RX-2"},
      what = "order and content of packets")
  @Test
  void keepsTheOrderOfPacketsAndTheirContent(@Guest("ours") Machine ours) {
    TwoNamespaces pair = TwoNamespaces.make(ours, Plan.veth());
    // Each datagram is to be seen by itself, not as part of one that a device would cut up.
    pair.in("a", "ethtool -K v0 tx-udp-segmentation off").check();
    pair.in("a", "ping -q -c 1 -W 20 " + INNER_B4 + " && head -c 2M /dev/urandom >/tmp/sent")
        .check();
    String watched = ours.kernelRelease().contains("-wg4j-") ? "a" : "b";
    // 28 bytes of IPv4 and UDP, 16 of the message's header, and 4 of what it hides.
    try (Background capture =
            pair.startIn(
                watched,
                "tcpdump",
                "-c",
                "1400",
                "-U",
                "-s",
                "62",
                "-B",
                "16384",
                "-i",
                "v0",
                "-w",
                "/tmp/order.pcap",
                "udp",
                "dst",
                "port",
                Integer.toString(TwoNamespaces.PORT_B));
        Background receiver =
            pair.startIn("b", "socat", "-d", "-d", "-u", "TCP-LISTEN:9000", "CREATE:/tmp/got")) {
      capture.awaitLine("listening on", TwoNamespaces.PATIENCE);
      receiver.awaitLine("listening on", TwoNamespaces.PATIENCE);
      pair.in("a", "socat -u OPEN:/tmp/sent TCP:" + INNER_B4 + ":9000").check();
      receiver.await(TwoNamespaces.PATIENCE).check();
      capture.await(TwoNamespaces.PATIENCE).check();
    }
    ours.sh("cmp /tmp/sent /tmp/got").check();
    List<Long> counters = ours.sh(COUNTERS).check().lines().stream().map(Long::valueOf).toList();
    assertThat(counters).hasSizeGreaterThan(1390).isSorted();
  }
}
