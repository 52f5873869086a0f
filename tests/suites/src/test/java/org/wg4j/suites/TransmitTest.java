// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.WireGuardModule;

/** The way out of a device, seen by the sender and on the wire, beside the in-tree module's. */
@Lab
class TransmitTest {
  @Row(
      value = {"TX-2", "TX-3", "RT-11"},
      what =
          "errno of sendto, pending error and counter, for no peer and for a peer without endpoint,"
              + " IPv4 and IPv6")
  @Row(
      value = {"TX-2", "TX-3"},
      what = "ICMP to a host behind a router, and to one behind a router that masquerades")
  @Test
  void tellsTheSenderThatThereIsNoWay(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    List<String> expected = new ArrayList<>();
    for (String address : List.of("10.8.0.1", "fd08::1")) {
      expected.add(address + ": 126 then 113, tx_errors 1, tx_dropped 0");
    }
    for (String address : List.of("10.9.0.1", "fd09::1")) {
      expected.add(address + ": 89 then 113, tx_errors 1, tx_dropped 0");
    }
    // Addresses of what the message is about, in hexadecimal.
    for (String how : List.of("routed", "masqueraded")) {
      for (String target : List.of("0a080001", "0a090001")) {
        expected.add(how + " src=10.0.5.1 dst=10.0.5.2 type=3 code=1 " + target);
      }
      for (String target : List.of("fd08", "fd09")) {
        expected.add(
            how + " src=fd05::1 dst=fd05::2 type=1 code=3 " + target + "0".repeat(27) + "1");
      }
    }
    Facts.assertSame(
        ours,
        stock,
        """
        a wg set wg0 peer $(wg genkey | wg pubkey) allowed-ips 10.9.0.0/24,fd09::/64
        ip -n a -batch - <<END
        route add 10.8.0.0/15 dev wg0
        route add fd08::/15 dev wg0
        END
        a sysctl -q net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
        for address in 10.8.0.1 fd08::1 10.9.0.1 fd09::1; do
          errors=$(counter a tx_errors)
          dropped=$(counter a tx_dropped)
          echo "$address: $(a perl $wire send error=1 $address 9), tx_errors \
        $(($(counter a tx_errors) - errors)), tx_dropped $(($(counter a tx_dropped) - dropped))"
        done

        ip netns add o
        ip link add v1 netns a type veth peer name v1 netns o
        ip -n a -batch - <<END
        addr add 10.0.5.1/24 dev v1
        addr add fd05::1/64 dev v1 nodad
        link set v1 up
        END
        ip -n o -batch - <<END
        addr add 10.0.5.2/24 dev v1
        addr add fd05::2/64 dev v1 nodad
        link set v1 up
        route add default via 10.0.5.1
        route add default via fd05::1
        END
        a sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
        for how in routed masqueraded; do
          [ $how = routed ] || a nft -f - <<END
        table inet t { chain c { type nat hook postrouting priority 100; oifname wg0 masquerade; }; }
        END
          tap o icmp v1
          for address in 10.8.0.1 10.9.0.1 fd08::1 fd09::1; do
            ip netns exec o perl $wire send $address 9 >&2
          done
          errors='proto=(1|58) .* type=(3|1) '
          received() { [ $(grep -cE "$errors" icmp) -ge 4 ]; }
          await received
          untap
          # In the message, behind its 8 bytes, is the header that it is about; from the sender's own
          # address, whatever the router had made of it.
          grep -E "$errors" icmp | sed 's/.* data=.\\{16\\}//' | while read -r about; do
            case $about in
              4*) expr "$about" : '.\\{24\\}0a000502\\(.\\{8\\}\\)' || fail "about $about" ;;
              *) expr "$about" : '.\\{16\\}fd050000000000000000000000000002\\(.\\{32\\}\\)' || fail "about $about" ;;
            esac
          done >abouts
          grep -E "$errors" icmp | sed -E 's/.* src=([^ ]*) dst=([^ ]*) .* (type=[0-9]* code=[0-9]*) .*/src=\\1 dst=\\2 \\3/' |
            paste -d' ' - abouts | sed "s/^/$how /"
        done
        """,
        expected);
  }

  @Row(
      value = {"TX-1", "RT-4"},
      what = "packets injected by AF_PACKET: what is IP goes, what is not is an error and counted")
  @Test
  void takesPacketsAndNothingElseFromPacketSockets(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        connect
        four=4500001c0000000040115f7dc0a84d01c0a84d02123400090008ffff
        six=6000000000003b40fd770000000000000000000000000001fd770000000000000000000000000002
        tap b inner wg0
        inject() { # TYPE HEX WHAT
          errors=$(counter a tx_errors)
          echo "$3: $(a perl $wire inject wg0 $1 $2), tx_errors $(($(counter a tx_errors) - errors))"
        }
        inject 0x0800 $four 'IPv4'
        inject 0x86dd $six 'IPv6'
        inject 0 $four 'IPv4 of no type'
        inject 0 $six 'IPv6 of no type'
        inject 0x86dd $four 'IPv4 as IPv6'
        inject 0x0800 $six 'IPv6 as IPv4'
        inject 0x0806 $four 'ARP'
        inject 0x0800 45 'one byte'
        inject 0x0800 ${four%????????????????????} 'cut header'
        inject 0 00 'zero'
        received() { [ $(grep -c dir=in inner) -ge 4 ]; }
        await received
        untap
        fields inner dir=in v size proto
        """,
        List.of(
            "IPv4: 0, tx_errors 0",
            "IPv6: 0, tx_errors 0",
            "IPv4 of no type: 0, tx_errors 0",
            "IPv6 of no type: 0, tx_errors 0",
            "IPv4 as IPv6: 93, tx_errors 1",
            "IPv6 as IPv4: 93, tx_errors 1",
            "ARP: 93, tx_errors 1",
            "one byte: 93, tx_errors 1",
            "cut header: 93, tx_errors 1",
            "zero: 93, tx_errors 1",
            "v=4 size=28 proto=17",
            "v=6 size=40 proto=59",
            "v=4 size=28 proto=17",
            "v=6 size=40 proto=59"));
  }

  @Row(
      value = "TX-5",
      what =
          "of 200 datagrams before a handshake the last 129 arrive, in order, and 71 are counted;"
              + " none of them keeps the sender's buffer")
  @Test
  void keepsTheNewestPacketsForASession(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    List<String> numbers = new ArrayList<>();
    for (int number = 72; number <= 200; number++) {
      numbers.add("" + number);
    }
    Facts.assertSame(
        ours,
        stock,
        """
        a wg set wg0 peer $(peer a) endpoint 10.0.0.2:9
        echo "errors: $(a perl $wire send sndbuf=4608 count=200 192.168.77.2 5000)"
        echo "dropped: $(counter a tx_dropped)"
        b perl $wire sink 192.168.77.2 5000 129 >got &
        await grep -q listening got
        a wg set wg0 peer $(peer a) endpoint 10.0.0.2:51822
        wait $!
        sed 1d got
        echo "dropped: $(counter a tx_dropped)"
        """,
        List.of("errors: 0*200", "dropped: 71", String.join(" ", numbers), "dropped: 71"));
  }

  @Row(
      value = "TX-6",
      what = "length of packets around the MTU of device and route, and with an MTU of 0")
  @Test
  void padsToSixteenAndNoLongerThanTheMtu(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        b nft 'table inet t { chain c { type filter hook input priority 0; iifname wg0 drop; }; }'
        tap b outer v0
        # Of one packet, which of all that come is told by what it adds to IP, UDP and WireGuard.
        data() { grep 'dir=in .* proto=17 .* type=4 ' outer | grep -v ' len=60 '; }
        measure() { # WHAT COUNT OPTION...
          before=$(data | wc -l)
          count=$2
          what=$1
          shift 2
          a perl $wire send "$@" 9 >&2
          came() { [ "$(data | wc -l)" -ge $((before + count)) ]; }
          await came
          echo "$what: $(data | tail -n $count | grep -o ' len=[0-9]*' | awk -F= '{ print $2 - 28 }' | xargs)"
        }
        measure IPv4 9 size=4,20,21,36,1380,1381,1385,1391,1392 192.168.77.2
        measure IPv6 1 size=1372 fd77::2
        ip -n a route add 192.168.77.2 dev wg0 mtu 1000
        measure 'MTU 1000' 2 size=965,972 192.168.77.2
        ip -n a link set wg0 mtu 0
        keepalives() { grep -c 'dir=in .* proto=17 len=60 .* type=4 ' outer || :; }
        before=$(keepalives)
        a wg set wg0 peer $(peer a) persistent-keepalive 60000
        more() { [ $(keepalives) -gt $before ]; }
        await more
        echo 'a keepalive with an MTU of 0'
        """,
        List.of(
            "IPv4: 64 80 96 96 1440 1452 1452 1452 1452",
            "IPv6: 1452",
            "MTU 1000: 1032 1032",
            "a keepalive with an MTU of 0"));
  }

  @Row(
      value = "TX-7",
      what =
          "TOS of data for every ECN, with and without DSCP, and of handshakes; TTL; no DF;"
              + " checksums; fragments; each for IPv4 and IPv6, inside and outside")
  @Tag("long")
  @Test
  void writesTheOuterHeaderAsItShould(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    List<String> expected = new ArrayList<>();
    for (String[] outer :
        List.of(
            new String[] {"v=4", "ttl=77", "0/1", "1280/0"},
            new String[] {"v=6", "ttl=78", "0/1", "1248/0"})) {
      for (String handshake : List.of("148", "92")) {
        expected.add(outer[0] + " tos=0x88 " + outer[1] + " df=0 sum=ok, handshake " + handshake);
      }
      for (int round = 0; round < 4; round++) {
        for (String tos : List.of("0x00", "0x01", "0x02", "0x02")) {
          expected.add(outer[0] + " tos=" + tos + " " + outer[1] + " df=0 frag=0 sum=ok");
        }
      }
      expected.add(outer[0] + " " + outer[1] + " df=0 frag=" + outer[2]);
      expected.add(outer[0] + " " + outer[1] + " df=0 frag=" + outer[3]);
      expected.add("delivered size=1420");
    }
    Facts.assertSame(
        ours,
        stock,
        """
        a sysctl -q net.ipv4.ip_default_ttl=77 net.ipv6.conf.v0.hop_limit=78
        b sysctl -q net.ipv4.ip_default_ttl=77 net.ipv6.conf.v0.hop_limit=78
        for ns in a b; do ip netns exec $ns ethtool -K v0 tx off gso off tso off gro off >&2; done
        for outer in 10.0.0.2 '[fd00::2]'; do
          ip -n a link set wg0 down
          ip -n b link set wg0 down
          ip -n b link set wg0 up
          ip -n a link set wg0 up
          ip -n a addr replace fd77::1/64 dev wg0 nodad
          ip -n b addr replace fd77::2/64 dev wg0 nodad
          a wg set wg0 peer $(peer a) endpoint $outer:51822
          tap b outer v0
          connect
          untap
          for type in 1 2; do
            [ $type = 1 ] && size=148 || size=92
            echo "$(fields outer "proto=17 .* type=$type " v tos ttl df sum), handshake $size"
          done
          tap b outer v0
          tap b inner wg0
          for address in 192.168.77.2 fd77::2; do
            a perl $wire send tos=0x00,0x01,0x02,0x03,0xb8,0xb9,0xba,0xbb size=200 $address 9 >&2
          done
          received() { [ $(grep -cE "dir=in $1" inner) -ge $2 ]; }
          await received '.* proto=17 ' 16
          untap
          grep -E 'dir=in .* proto=17 .* type=4 ' outer | awk '{
            line = ""
            for (i = 1; i <= NF; i++) if ($i ~ /^(v|tos|ttl|df|frag|sum|len)=/) line = line " " $i
            if (line ~ / len=(300|316|320|336) /) { sub(/ len=[0-9]*/, "", line); print substr(line, 2) }
          }'
          # On a link for smaller packets they come in pieces, and whole.
          ip -n a link set v0 mtu 1300
          tap b outer v0
          tap b inner wg0
          a perl $wire send size=1392 192.168.77.2 9 >&2
          await received 'size=1420 ' 1
          untap
          fields outer 'frag=[0-9]+/' v ttl df frag
          echo "delivered $(fields inner 'dir=in .* proto=17 ' size)"
          ip -n a link set v0 mtu 1500
        done
        """,
        expected);
  }

  @Row(value = "TX-7", what = "each outer ECN and the order, of packets that waited together")
  @Test
  void keepsClassAndOrderOfThoseThatLeaveTogether(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    List<String> order = new ArrayList<>();
    for (int i = 1; i <= 24; i++) {
      order.add("data=%08x".formatted(i));
    }
    Facts.assertSame(
        ours,
        stock,
        """
        connect
        # Without a session, and with nobody to make one with, they wait; put right, they leave at once.
        ip -n a link set wg0 down
        ip -n a link set wg0 up
        a wg set wg0 peer $(peer a) endpoint 10.0.0.9:9
        tap a outer v0
        tap b inner wg0
        a perl $wire send tos=0x00,0x02,0x02,0x01,0x03,0x00 count=4 192.168.77.2 9 >&2
        a wg set wg0 peer $(peer a) endpoint 10.0.0.2:51822
        received() { [ $(grep -c 'dir=in .* proto=17 ' inner) -ge 24 ]; }
        await received
        untap
        # 32 bytes inside are 64 in a datagram; keepalives are shorter.
        echo outer $(grep 'dir=out .* proto=17 len=92 .* type=4 ' outer | grep -o 'tos=[^ ]*')
        echo inner $(grep 'dir=in .* proto=17 ' inner | grep -o 'tos=[^ ]*')
        echo $(grep 'dir=in .* proto=17 ' inner | grep -o 'data=[^ ]*')
        """,
        List.of(
            "outer" + " tos=0x00 tos=0x02 tos=0x02 tos=0x01 tos=0x02 tos=0x00".repeat(4),
            "inner" + " tos=0x00 tos=0x02 tos=0x02 tos=0x01 tos=0x03 tos=0x00".repeat(4),
            String.join(" ", order)));
  }

  @Row(
      value = {"TX-8", "RO-4"},
      what = "outer packets, handshakes and data, have the device's mark, and never the inner one")
  @Row(value = "TX-8", what = "a queue below tells inner flows apart by their hash")
  @Test
  void carriesMarkAndHashOutward(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        a nft -f - <<END
        table inet t {
          counter ours { }
          counter inner { }
          counter none { }
          chain c {
            type filter hook output priority 0;
            udp dport 51822 meta mark 0x42 counter name ours
            udp dport 51822 meta mark 7 counter name inner
            udp dport 51822 meta mark 0 counter name none
          }
        }
        END
        b nft -f - <<END
        table inet t {
          counter got { }
          chain c { type filter hook input priority 0; iifname wg0 udp dport 9 counter name got drop; }
        }
        END
        # Not how many: a handshake or a keepalive more is a slow machine's.
        marks() {
          echo "$1: $(for name in ours inner none; do
            a nft list counter inet t $name | grep -q 'packets [1-9]' && echo $name
          done | tr '\\n' ' ')"
          a nft reset counters >&2
        }
        a wg set wg0 fwmark 0x42
        a perl $wire send mark=7 192.168.77.2 9 >&2
        received() { b nft list counter inet t got | grep -q "packets $1 "; }
        await received 1
        marks 'with a mark'
        a wg set wg0 fwmark 0
        a perl $wire send mark=7 count=3 192.168.77.2 9 >&2
        await received 4
        marks 'without one'

        # Eight classes by hash.
        tc -n a qdisc add dev v0 root handle 1: drr
        for i in 1 2 3 4 5 6 7 8; do tc -n a class add dev v0 parent 1: classid 1:$i drr; done
        tc -n a filter add dev v0 parent 1: protocol all handle 1 flow hash keys rxhash divisor 8 baseclass 1:1
        a perl $wire send flows=40 192.168.77.2 9 >&2
        await received 44
        used=$(tc -n a -s class show dev v0 | grep -cE 'Sent [1-9]')
        [ $used -ge 4 ] && echo 'many classes are used' || echo "classes used: $used"
        tc -n a qdisc del dev v0 root
        """,
        List.of("with a mark: ours ", "without one: none ", "many classes are used"));
  }

  @Row(
      value = "TX-8",
      what = "a queue below sends a packet at its time of departure, after later ones without",
      better = "Linux 6.1.176 loses that time in a tunnel; later versions keep it.")
  @Test
  void carriesTheTimeOfDepartureOutward(@Guest("ours") Machine ours) {
    assertThat(
            Facts.facts(
                ours,
                """
                connect
                tc -n a qdisc add dev v0 root fq
                tap b inner wg0
                a perl $wire send later=3 size=104 192.168.77.2 9 >&2
                a perl $wire send size=204 192.168.77.2 9 >&2
                received() { [ $(grep -c 'dir=in .* proto=17 ' inner) -ge 2 ]; }
                await received
                untap
                fields inner 'dir=in .* proto=17 ' size
                """))
        .containsExactly("size=232", "size=132");
  }

  @Row(
      value = "TX-4",
      what =
          "TCP super-packets and checksums left to the device, of a host behind a router, are split"
              + " and complete inside the tunnel")
  @Row(value = "TX-6", what = "a packet with a metadata destination (tc tunnel_key) is sent")
  @Test
  void splitsAndCompletesWhatItForwards(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        ip netns add o
        ip link add v1 netns a type veth peer name v1 netns o
        ip -n a -batch - <<END
        addr add 10.0.5.1/24 dev v1
        addr add fd05::1/64 dev v1 nodad
        link set v1 up
        END
        ip -n o -batch - <<END
        addr add 10.0.5.2/24 dev v1
        addr add fd05::2/64 dev v1 nodad
        link set v1 mtu 1420 up
        route add default via 10.0.5.1
        route add default via fd05::1
        END
        a sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
        b wg set wg0 peer $(peer b) allowed-ips 192.168.77.1/32,fd77::1/128,10.0.5.0/24,fd05::/64
        ip -n b route add 10.0.5.0/24 dev wg0
        ip -n b route add fd05::/64 dev wg0
        b ethtool -K wg0 gro off >&2
        tap b inner wg0
        tap a before v1
        head -c 200000 /dev/zero >zeros
        for address in 192.168.77.2 '[fd77::2]'; do
          case $address in *:*) listen=TCP6-LISTEN ;; *) listen=TCP4-LISTEN ;; esac
          b socat -u $listen:5000,reuseaddr CREATE:copy >&2 &
          server=$!
          await sh -c "ip netns exec b ss -Hltn | grep -q :5000"
          ip netns exec o socat -u OPEN:zeros TCP:$address:5000 >&2
          wait $server
          cmp zeros copy
          rm copy
        done
        for address in 192.168.77.2 fd77::2; do ip netns exec o perl $wire send size=1001 $address 9 >&2; done
        received() { [ $(grep -c 'proto=17 ' inner) -ge 2 ]; }
        await received
        untap
        big=$(awk '{ sub("size=", "", $4); if ($4 + 0 > 1420) n++ } END { print n + 0 }' before)
        [ $big -gt 0 ] || fail 'no super-packet came to the router'
        grep -q sum=part before || fail 'no checksum was left to the device'
        awk '{ sub("size=", "", $4); if ($4 + 0 > 1420) n++ } END { print "larger than the MTU: " n + 0 }' inner
        echo "TCP: $(fields inner 'dir=in .* proto=6 ' sum)"
        echo "UDP: $(fields inner 'dir=in .* proto=17 ' size sum | tr '\\n' ' ')"

        tc -n a qdisc add dev wg0 clsact
        tc -n a filter add dev wg0 egress matchall action tunnel_key set \
          src_ip 10.0.0.1 dst_ip 10.0.0.2 id 7 dst_port 4789
        a ping -q -n -c 2 -i 0.2 -W 60 192.168.77.2 >&2
        a ping -q -n -c 2 -i 0.2 -W 60 -s 1392 fd77::2 >&2 || :
        a ping -q -n -c 1 -W 60 -s 1392 192.168.77.2 >&2
        tc -n a -s filter show dev wg0 egress | grep -q 'Sent [1-9]' || fail 'no packet met the action'
        echo 'with a metadata destination: answered'
        """,
        List.of(
            "larger than the MTU: 0",
            "TCP: sum=ok",
            "UDP: size=1029 sum=ok size=1049 sum=ok ",
            "with a metadata destination: answered"));
  }
}
