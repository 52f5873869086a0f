// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.WireGuardModule;

/** The way in to a device: what is believed, counted and left behind, beside the in-tree module. */
@Lab
class ReceiveTest {
  @Row(
      value = {"RX-3", "RT-11"},
      what =
          "authentic packets from a source that is not allowed, longer than they are, shorter than"
              + " their header, with padding; IPv4 and IPv6; with every counter")
  @Row(value = "RX-5", what = "a wrong inner checksum is taken as right")
  @Tag("long")
  @Test
  void countsWhatItDoesNotBelieve(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        connect
        counters() {
          b sh -c 'cd /sys/class/net/wg0/statistics
            cat rx_errors rx_frame_errors rx_length_errors rx_dropped' | xargs
        }
        # What is not counted as received cannot be awaited: something good is sent after it.
        inject() { # WHAT TYPE HEX
          before=$(counters)
          a perl $wire inject wg0 $2 $3 >&2
          connect
          set -- "$1" $before $(counters)
          echo "$1: errors $(($6 - $2)), frame $(($7 - $3)), length $(($8 - $4)), dropped $(($9 - $5))"
        }
        from=c0a84d01c0a84d02
        inject 'foreign source' 0x0800 4500001c00000000401163260a000001c0a84d02123400090008ffff
        inject 'foreign IPv6 source' 0x86dd \
          6000000000003b40fd780000000000000000000000000001fd770000000000000000000000000002
        inject 'longer than it is' 0x0800 4500041c0000000040115b7d${from}123400090008ffff
        inject 'shorter than a header' 0x0800 450000100000000040115f89${from}123400090008ffff
        inject 'IPv6 longer than it is' 0x86dd \
          6000000001003b40fd770000000000000000000000000001fd770000000000000000000000000002

        tap b inner wg0
        # 32 bytes of packet, and 12 more; its UDP checksum is wrong.
        b perl $wire sink 192.168.77.2 9 1 >got &
        sink=$!
        await grep -q listening got
        inject 'with a tail' 0x0800 \
          450000200000000040115f79${from}12340009000c123400000007000000000000000000000000000000000000
        wait $sink
        echo "delivered: $(sed 1d got)"
        untap
        fields inner 'dir=in .* proto=17 ' size len sum
        """,
        List.of(
            "foreign source: errors 1, frame 1, length 0, dropped 0",
            "foreign IPv6 source: errors 1, frame 1, length 0, dropped 0",
            "longer than it is: errors 1, frame 0, length 1, dropped 0",
            "shorter than a header: errors 1, frame 0, length 1, dropped 0",
            "IPv6 longer than it is: errors 1, frame 0, length 1, dropped 0",
            "with a tail: errors 0, frame 0, length 0, dropped 0",
            "delivered: 7",
            "size=32 len=32 sum=bad"));
  }

  @Row(value = "RX-4", what = "every inner ECN under every outer ECN, for IPv4 and IPv6 inside")
  @Tag("long")
  @Test
  void carriesCongestionMarksInward(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    List<String> expected = new ArrayList<>();
    for (String outer : List.of("not-ect", "ect1", "ect0", "ce")) {
      for (int version = 0; version < 2; version++) {
        for (int inner = 0; inner < 4; inner++) {
          int after = inner;
          if (outer.equals("ce") && inner != 0) {
            after = 3;
          } else if (outer.equals("ect1") && inner == 2) {
            after = 1;
          }
          expected.add("outer " + outer + ": tos=0xb%x".formatted(8 + after));
        }
      }
    }
    Facts.assertSame(
        ours,
        stock,
        """
        connect
        for outer in not-ect ect1 ect0 ce; do
          b nft "table ip t { chain c { type filter hook prerouting priority -300; \
        udp dport 51822 ip ecn set $outer; }; }"
          tap b inner wg0
          for address in 192.168.77.2 fd77::2; do
            a perl $wire send tos=0xb8,0xb9,0xba,0xbb $address 9 >&2
          done
          received() { [ $(grep -c 'dir=in .* proto=17 ' inner) -ge 8 ]; }
          await received
          untap
          grep 'dir=in .* proto=17 ' inner | grep -o 'tos=[^ ]*' | sed "s/^/outer $outer: /"
          b nft flush ruleset
        done
        """,
        expected);
  }

  @Row(
      value = "RX-5",
      what = "mark, priority and connection of the outer packet are gone from the inner one")
  @Test
  void leavesNothingOfTheOuterPacketWithTheInnerOne(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        b nft -f - <<END
        table ip t {
          counter has_outer { }
          counter has_inner { }
          counter has_mark { }
          counter has_priority { }
          counter has_connection { }
          chain first {
            type filter hook prerouting priority -300;
            iifname v0 udp dport 51822 meta mark set 9 meta priority set 1:2
            iifname wg0 counter name has_inner
            iifname wg0 meta mark 9 counter name has_mark
            iifname wg0 meta priority 1:2 counter name has_priority
            iifname wg0 ct mark 5 counter name has_connection
          }
          chain second {
            type filter hook prerouting priority -150;
            udp dport 51822 ct mark set 5
            udp dport 51822 meta mark 9 meta priority 1:2 ct mark 5 counter name has_outer
          }
        }
        END
        connect
        a ping -q -n -c 4 -i 0.2 -W 60 192.168.77.2 >&2
        for name in outer inner mark priority connection; do
          echo "$name $(b nft list counter ip t has_$name | grep -o 'packets [0-9]*')"
        done | sed 's/outer packets [1-9][0-9]*/outer packets many/'
        """,
        List.of(
            "outer packets many",
            "inner packets 5",
            "mark packets 0",
            "priority packets 0",
            "connection packets 0"));
  }

  @Row(
      value = {"RX-6", "RO-3"},
      what =
          "the endpoint after an initiation, a response, data and a keepalive, each from a port of"
              + " its own; after forged ones of each type it stays")
  @Test
  void followsEveryAuthenticPacketAndNoOther(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        # b is behind an address translator that changes its mind.
        moves_to() { # PORT, and what of b's still gets out
          b nft -f - <<END
        flush ruleset
        table ip t {
          chain in { type filter hook prerouting priority -300; udp dport 60000-60999 notrack udp dport set 51822; }
          chain out {
            type filter hook output priority -300;
            ${2:+udp sport 51822 udp length != $2 drop}
            udp sport 51822 notrack udp sport set $1
          }
        }
        END
        }
        moved_to() { await endpoint_is a 10.0.0.2:$1; echo "$2: $1"; }
        silent() { # a hears, and says nothing
          a nft 'table ip t { chain c { type filter hook output priority -300; udp sport 51821 drop; }; }'
        }

        silent
        moves_to 60001 156
        b perl $wire send 192.168.77.1 9 >&2
        moved_to 60001 initiation
        a nft flush ruleset
        ip -n a link set wg0 down
        ip -n b link set wg0 down
        ip -n b link set wg0 up
        ip -n a link set wg0 up
        moves_to 60002 100
        a perl $wire send 192.168.77.2 9 >&2
        moved_to 60002 response
        moves_to 60003
        connect
        moved_to 60003 data
        moves_to 60004 40
        b wg set wg0 peer $(peer b) persistent-keepalive 60000
        moved_to 60004 keepalive
        b wg set wg0 peer $(peer b) persistent-keepalive 0
        zeros=$(printf %0296d 0)
        for type in 01:286 02:174 03:118 04:86; do
          b perl $wire replay 60005 10.0.0.1 51821 1 0 \
            ${type%:*}000000$(echo $zeros$zeros | cut -c1-${type#*:}) >&2
        done
        moves_to 60004
        tap b outer v0
        connect
        untap
        echo "forged: $(fields outer 'dir=in .* proto=17 ' dport)"
        """,
        List.of(
            "initiation: 60001",
            "response: 60002",
            "data: 60003",
            "keepalive: 60004",
            "forged: dport=60004"));
  }
}
