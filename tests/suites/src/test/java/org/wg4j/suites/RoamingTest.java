// SPDX-License-Identifier: Apache-2.0
package org.wg4j.suites;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.wg4j.lab.Guest;
import org.wg4j.lab.Lab;
import org.wg4j.lab.Machine;
import org.wg4j.lab.WireGuardModule;

/** Addresses, routes and tunnels below a tunnel, beside the in-tree module. */
@Lab
class RoamingTest {
  @Row(value = "RO-1", what = "a second address that the peer talks to, IPv4 and IPv6")
  @Row(value = "RO-2", what = "that address is removed; the way back leads through another device")
  @Test
  void answersFromTheAddressItWasAskedAtWhileItCan(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        moved_to() { await endpoint_is a "$1"; echo "$2: $1"; }
        ask() { a ping -q -n -c 2 -i 0.2 -W 60 192.168.77.2 >&2; }
        speak() { b ping -q -n -c 1 -W 60 192.168.77.1 >&2; }
        ip -n b addr add 10.0.0.3/24 dev v0
        ip -n b addr add fd00::3/64 dev v0 nodad
        a wg set wg0 peer $(peer a) endpoint 10.0.0.3:51822
        ask
        moved_to 10.0.0.3:51822 'asked at a second address'
        speak
        moved_to 10.0.0.3:51822 'speaks from it'
        ip -n b addr del 10.0.0.3/24 dev v0
        speak
        moved_to 10.0.0.2:51822 'it is gone'
        a wg set wg0 peer $(peer a) endpoint [fd00::3]:51822
        ask
        speak
        moved_to [fd00::3]:51822 'asked at a second IPv6 address'
        ip -n b addr del fd00::3/64 dev v0
        speak
        case $(endpoint a) in
          '[fd00::3]:51822') echo 'it is not forgotten' ;;
          *) echo 'it is gone' ;;
        esac

        # In by v1, out by v1; then the way out is v0.
        ip link add v1 netns a type veth peer name v1 netns b
        ip -n a -batch - <<END
        addr add 10.0.1.1/24 dev v1
        link set v1 up
        route add 10.0.0.3/32 via 10.0.1.2 src 10.0.1.1
        END
        ip -n b -batch - <<END
        addr add 10.0.0.3/24 dev v0
        addr add 10.0.1.2/24 dev v1
        link set v1 up
        END
        a wg set wg0 peer $(peer a) endpoint 10.0.0.3:51822
        ask
        speak
        moved_to 10.0.0.3:51822 'asked through another device'
        ip -n b route add 10.0.1.1/32 via 10.0.0.1
        speak
        moved_to 10.0.0.2:51822 'answers leave by the first'
        """,
        List.of(
            "asked at a second address: 10.0.0.3:51822",
            "speaks from it: 10.0.0.3:51822",
            "it is gone: 10.0.0.2:51822",
            "asked at a second IPv6 address: [fd00::3]:51822",
            "it is gone",
            "asked through another device: 10.0.0.3:51822",
            "answers leave by the first: 10.0.0.2:51822"));
  }

  @Row(
      value = {"RO-2", "RX-6"},
      what = "link-local IPv6 endpoints, set and learnt, with their scope")
  @Row(value = "RO-4", what = "an endpoint that only the table of a mark leads to")
  @Test
  void usesScopesAndMarksToFindItsWay(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        for ns in a b; do
          ip -n $ns addr add fe80::$ns/64 dev v0 nodad
        done
        # Of the two link-local addresses the one that was added is asked for.
        a wg set wg0 peer $(peer a) endpoint [fe80::b%v0]:51822
        connect
        echo "a: $(endpoint a)"
        case $(endpoint b) in '[fe80::'*'%v0]:51821') echo 'b: link-local' ;; *) endpoint b ;; esac
        b ping -q -n -c 1 -W 60 192.168.77.1 >&2
        echo "a: $(endpoint a)"

        ip -n b addr add 10.9.9.9/32 dev lo
        ip -n a route add 10.9.9.9/32 via 10.0.0.2 table 42
        ip -n a rule add fwmark 0x42 lookup 42
        a wg set wg0 fwmark 0x42 peer $(peer a) endpoint 10.9.9.9:51822
        # Nothing slow between taking the mark away and sending: b, unheard, would come by another way.
        tap b inner wg0
        a ping -q -n -c 2 -i 0.2 -W 60 192.168.77.2 >&2
        echo "marked: $(endpoint a)"
        a wg set wg0 fwmark 0
        a perl $wire send 192.168.77.2 9 >&2
        a wg set wg0 fwmark 0x42
        connect
        untap
        echo "unmarked: $(grep -c 'dir=in .* proto=17 ' inner)"
        """,
        List.of(
            "a: [fe80::b%v0]:51822",
            "b: link-local", "a: [fe80::b%v0]:51822", "marked: 10.9.9.9:51822", "unmarked: 0"));
  }

  @Row(
      value = "RO-5",
      what = "a device whose endpoint is behind itself; two behind each other; one in one in one")
  @Test
  void survivesLoops(
      @Guest("ours") Machine ours,
      @Guest(value = "stock", module = WireGuardModule.IN_TREE) Machine stock) {
    Facts.assertSame(
        ours,
        stock,
        """
        connect
        key=$(peer a)
        # Behind itself: what it sends, it would have to send.
        a wg set wg0 peer $key endpoint 192.168.77.2:51822
        a perl $wire send count=20 192.168.77.2 9 >&2
        a wg set wg0 peer $key endpoint 10.0.0.2:51822
        connect
        echo 'behind itself: recovered'

        # Behind each other: the handshake of either waits for that of the other.
        for n in 1 2; do
          wg genkey >key$n
          ip -n a link add wg$n type wireguard
          a wg set wg$n private-key key$n listen-port 5190$n peer $(wg genkey | wg pubkey) \
            allowed-ips 10.66.$n.0/24 endpoint 10.66.$((3 - n)).9:51900
          ip -n a addr add 10.66.$n.1/24 dev wg$n
          ip -n a link set wg$n up
        done
        a perl $wire send count=20 10.66.1.9 9 >&2
        connect
        a ip link delete wg1
        a ip link delete wg2
        echo 'behind each other: recovered'

        # One in one in one.
        outer=192.168.77
        for n in 1 2; do
          for ns in a b; do wg genkey >$ns.$n; ip -n $ns link add wg$n type wireguard; done
          a wg set wg$n private-key a.$n listen-port 5190$n peer $(wg pubkey <b.$n) \
            allowed-ips 10.67.$n.0/24 endpoint $outer.2:5190$n
          b wg set wg$n private-key b.$n listen-port 5190$n peer $(wg pubkey <a.$n) allowed-ips 10.67.$n.0/24
          ip -n a addr add 10.67.$n.1/24 dev wg$n
          ip -n b addr add 10.67.$n.2/24 dev wg$n
          for ns in a b; do ip -n $ns link set wg$n mtu $((1420 - 80 * n)) up; done
          outer=10.67.$n
        done
        a ping -q -n -c 1 -W 60 10.67.2.2 >&2
        a ping -q -n -c 3 -i 0.2 -W 60 -s 3000 10.67.2.2 >&2
        echo 'one in one in one: answered'
        """,
        List.of(
            "behind itself: recovered",
            "behind each other: recovered",
            "one in one in one: answered"));
  }
}
