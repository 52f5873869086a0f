# SPDX-License-Identifier: Apache-2.0
# Follows lines that set rate and slower, a list, in datagrams a second. b has a tunnel with a, and x floods b. For
# each flood a line: its name, where to, its rate, the throughput of TCP from a to b meanwhile in bit/s, and the
# flood's own account. What sending it costs a processor that all share is shown by the same flood "elsewhere", with
# another's Ethernet address; what b's stack does with it by itself, by a port where a socket is full.
set -e
umask 077
cd /tmp/flood

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

end() {
  kill $never_idle || :
  for ns in a b x; do
    [ ! -e /run/netns/$ns ] || { ip netns pids $ns | xargs -r kill -9; ip netns delete $ns; }
  done
}
trap end EXIT

# Where nothing runs the clock leaps to the next timer, hundreds of seconds while the host reads a file: past
# the end of the session.
keep_busy() {
  chrt -i 0 sh -c 'while :; do :; done' &
  never_idle=$!
}
keep_busy

# b's link to a is v0, to x v1; whoever is not on one of them is behind x.
b_mac=02:00:00:00:00:03
for ns in a b x; do ip netns add $ns; done
ip link add v0 netns a type veth peer name v0 netns b
ip link add v1 netns x address 02:00:00:00:00:09 type veth peer name v1 netns b address $b_mac
ip -n a -batch - <<'END'
link set lo up
addr add 192.0.2.1/24 dev v0
link set v0 up
link add wg0 type wireguard
addr add 10.77.0.1/24 dev wg0
END
ip -n b -batch - <<'END'
link set lo up
addr add 192.0.2.2/24 dev v0
link set v0 up
addr add 198.51.100.2/24 dev v1
link set v1 up
neigh add 198.51.100.9 lladdr 02:00:00:00:00:ee dev v1 nud permanent
route add default via 198.51.100.9
link add wg0 type wireguard
addr add 10.77.0.2/24 dev wg0
END
# All that b sends by v1 answers x, and is for an address that x does not have: it costs x nothing to speak of.
echo 1 | ip netns exec b tee /proc/sys/net/ipv6/conf/v1/disable_ipv6 >/dev/null
ip -n x link set v1 up
for ns in a b; do
  ip netns exec $ns wg setconf wg0 $ns.conf
  ip -n $ns link set wg0 mtu 1420 up
done
ip netns exec b iperf3 -s -D
until ip netns exec b ss -Hltn | grep -q :5201; do sleep 0.1; done
# A socket that is full after one datagram: what comes to its port is dropped there.
ip netns exec b perl -e 'use Socket; socket S, AF_INET, SOCK_DGRAM, 0; setsockopt S, SOL_SOCKET, SO_RCVBUF, 1;
  bind S, pack_sockaddr_in 9, INADDR_ANY or die; sleep' &
until ip netns exec b ss -Hlun | grep -q ':9 '; do sleep 0.1; done

ping_b() {
  ip netns exec a ping -q -n -c 1 -W 60 10.77.0.2 >/dev/null
}

throughput() { # SECONDS
  ip netns exec a iperf3 -J -t $1 -c 10.77.0.2 >iperf
  perl -0ne '/"sum_received":\s*\{[^}]*"bits_per_second":\s*(\d+)/ or die; print "$1\n"' iperf
}

# b's packets that came by v1 and left by it, and the datagrams that none of its sockets took.
counted() {
  ip netns exec b awk '$1 == "v1:" { v1 = $3 " " $11 } $1 == "Udp:" { udp = $3 + $4 } END { print v1, udp }' \
    /proc/net/dev /proc/net/snmp
}

flood() { # MAC PORT SOURCE SPREAD SOURCE-PORT KEEP FILE RATE: goes on when the first has arrived
  before=$(counted)
  ip netns exec x chrt -f 10 ./flood send v1 $1 "$3" "$4" "$5" 198.51.100.2 $2 "$8" "$6" <"$7" >account &
  flood=$!
  until [ "$(counted)" != "$before" ]; do :; done
}

end_flood() {
  kill $flood
  wait $flood
}

flooded() { # NAME WHERE SOURCE SPREAD SOURCE-PORT KEEP FILE RATE
  name="$1 $2" rate_asked=$8
  ping_b
  case $2 in
    elsewhere) shift 2; flood 02:00:00:00:00:ff 51822 "$@" ;;
    full) shift 2; flood $b_mac 9 "$@" ;;
    tunnel) shift 2; flood $b_mac 51822 "$@" ;;
  esac
  bits=$(throughput 2)
  end_flood
  set -- $before $(counted)
  echo "flood $name rate $rate_asked bits $bits $(cat account) arrived $(($4 - $1)) answered $(($5 - $2)) refused $(($6 - $3))"
}

uptime() {
  cut -d' ' -f1 /proc/uptime
}

calm() {
  echo "calm bits $(throughput 2) slab $(awk '$1 == "Slab:" { print $2 }' /proc/meminfo)"
}

session() {
  ip netns exec b wg show wg0 latest-handshakes
}

# What a flood is made of: what flood.c reads.
as_payloads() {
  perl -ne 'chomp; print pack "n/a*", pack "H*", $_'
}

ping_b
throughput 2 >/dev/null # what is there from the first time on is no growth
calm

# One by one, and not as batches that the other end would cut up.
ip netns exec a ethtool -K v0 tx-udp-segmentation off >/dev/null
ip netns exec b ./flood record v0 51822 1400 1000 >data &
recording=$!
until ip netns exec b ss -H0 | grep -q .; do sleep 0.1; done
throughput 1 >/dev/null
wait $recording
ip netns exec a ethtool -K v0 tx-udp-segmentation on >/dev/null
of_session=$(session)
for where in elsewhere full tunnel; do flooded replays $where 192.0.2.1 1 51821 1500 data $rate; done
for where in elsewhere tunnel; do flooded bad-tags $where 192.0.2.1 1 51821 16 data $rate; done
[ "$(session)" = "$of_session" ] || fail "what was recorded is of a former session"

# An hour of two packets a second, in some thirty sessions: the clock leaps from each to the next.
kill $never_idle
ip netns exec b ./flood record v0 51822 1300 7000 >hour &
recording=$!
until ip netns exec b ss -H0 | grep -q .; do sleep 0.1; done
ip netns exec a ping -q -n -i 0.5 -c 7200 -s 1300 10.77.0.2 >/dev/null
wait $recording
keep_busy
for where in elsewhere tunnel; do flooded hour $where 192.0.2.1 1 51821 1500 hour $rate; done

printf '01000000%0288d\n' 0 | as_payloads >garbage
for where in elsewhere full tunnel; do flooded garbage $where 198.51.100.9 1 7777 4 garbage $rate; done
flooded garbage-spoofed tunnel 11.0.0.0 1000000 7777 4 garbage $rate

# mac2 is zero, as nobody has a cookie, or made up. Two seconds are long enough for all that a device does before it counts as loaded.
as_payloads <mac1 >signed
for where in elsewhere tunnel; do flooded mac1 $where 198.51.100.9 1 7777 148 signed $rate; done
flooded mac1-spoofed tunnel 11.0.0.0 1000000 7777 148 signed $rate
flooded mac1-mac2 tunnel 198.51.100.9 1 7777 132 signed $rate
for few in $slower; do
  for where in elsewhere tunnel; do flooded mac1-$few $where 198.51.100.9 1 7777 148 signed $few; done
done

# One who means it, and has lost the session.
flood $b_mac 51822 11.0.0.0 1000000 7777 148 signed $rate
throughput 1 >/dev/null
ip -n a link set wg0 down
ip -n a link set wg0 up
began=$(uptime)
ping_b
echo "through $began $(uptime)"
end_flood
calm
