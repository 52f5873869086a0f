# SPDX-License-Identifier: Apache-2.0
# What faults.sh and soak.sh share, which set $seed; sourced inside the fast lane's kernel. Three peers with
# tunnels between each two, on a network that can do everything to packets, and numbered
# payloads that flow both ways over both families (tests/suites/guest-programs/streams.c).
#
# Namespaces a, b and c, each on a port of its own of the router r: 10.N.0.2 and fd0N::2. Between a and
# b there is a second link, side. The tunnels of a are over IPv4, the one between b and c over IPv6.
. "$(dirname "$0")/pair.sh"
nodes=(a b c)
streams=$here/../../../build/guest-programs/streams

# Without a retry that is lost: 5 s and a third, an eighth of that by which a kernel timer may be late, a
# round trip and two paces.
retry=6.4

# Chance ---------------------------------------------------------------------------------------

begin_chance() { # NAME: its own sequence
  chance=$(($(cksum <<<"$seed $1" | cut -d' ' -f1) % 2147483646 + 1))
}

pick() { # LOW HIGH: $picked is one of them or between them
  chance=$((chance * 48271 % 2147483647))
  picked=$(($1 + chance % ($2 - $1 + 1)))
}

pick_of() { # WORD...
  pick 1 $#
  picked=${!picked}
}

# The network ----------------------------------------------------------------------------------

make_network() {
  local n=0 node
  ip netns add r
  ip netns exec r sh -c 'for d in ipv4 ipv6; do echo 1 >/proc/sys/net/$d/conf/all/forwarding; done
    echo 1 >/proc/sys/net/ipv6/conf/all/keep_addr_on_down'
  for node in "${nodes[@]}"; do
    n=$((n + 1))
    ip netns add $node
    ip link add uplink netns $node address 02:00:00:00:0$n:02 type veth \
      peer name $node address 02:00:00:00:0$n:01 netns r
    ip -n $node -batch - <<END
link set lo up
addr add 10.$n.0.2/24 dev uplink
addr add fd0$n::2/64 dev uplink nodad
link set uplink up
neigh add 10.$n.0.1 lladdr 02:00:00:00:0$n:01 dev uplink nud permanent
neigh add fd0$n::1 lladdr 02:00:00:00:0$n:01 dev uplink nud permanent
route add 10.0.0.0/8 via 10.$n.0.1
route add fd00::/8 via fd0$n::1
link add wg0 type wireguard
END
    ip -n r -batch - <<END
addr add 10.$n.0.1/24 dev $node
addr add fd0$n::1/64 dev $node nodad
END
    port_up $node
    wg genkey >$node.key
  done
  ip link add side netns a type veth peer name side netns b
  ip -n a addr add 10.9.0.1/24 dev side
  ip -n b addr add 10.9.0.2/24 dev side
  for node in a b; do ip -n $node link set side up; done
  configure_tunnels
}

# The two ends know each other's hardware address for good: nothing protects ARP, and one answer changed on
# its way would take the tunnels' packets elsewhere until it is asked again, which is up to 45 s later.
port_up() { # NODE
  local n
  case $1 in a) n=1 ;; b) n=2 ;; c) n=3 ;; esac
  ip -n r -batch - <<END
link set dev $1 up
neigh replace 10.$n.0.2 lladdr 02:00:00:00:0$n:02 dev $1 nud permanent
neigh replace fd0$n::2 lladdr 02:00:00:00:0$n:02 dev $1 nud permanent
END
}

# Whatever was done to them, this is how they are again: keys, ports, peers, no shared keys, addresses.
configure_tunnels() {
  local n=0 node
  for node in "${nodes[@]}"; do
    n=$((n + 1))
    configuration $n >$node.conf
    ip netns exec $node wg setconf wg0 $node.conf
    ip -n $node -batch - <<END
addr replace 10.77.0.$n/24 dev wg0
addr replace fd77::$n/64 dev wg0 nodad
link set wg0 up
END
  done
}

configuration() { # NUMBER
  local other=0 node own=${nodes[$1 - 1]} host
  printf '[Interface]\nPrivateKey = %s\nListenPort = 5182%d\n' "$(cat $own.key)" "$1"
  for node in "${nodes[@]}"; do
    other=$((other + 1))
    [ $node != $own ] || continue
    host=10.$other.0.2
    [ $own$node != bc ] && [ $own$node != cb ] || host="[fd0$other::2]"
    printf '[Peer]\nPublicKey = %s\nAllowedIPs = 10.77.0.%d/32, fd77::%d/128\nEndpoint = %s:5182%d\n' \
      "$(wg pubkey <$node.key)" $other $other "$host" $other
  done
}

# Into each node, and out of it: what goes from one to another passes two of these.
impair() { # NETEM-ARGUMENT...; none: as it should be
  local node
  for node in "${nodes[@]}"; do impair_port r $node "$@"; done
}

# Some of everything that a network does to packets, as arguments of impair, in $faults.
pick_faults() {
  faults=()
  pick 0 40; faults+=(loss $picked%)
  pick 0 30; faults+=(duplicate $picked%)
  pick 0 20; faults+=(corrupt $picked%)
  pick 1 200; faults+=(delay ${picked}ms $((picked / 2))ms)
  pick 0 50; faults+=(reorder $picked%)
}

impair_port() { # NAMESPACE DEVICE NETEM-ARGUMENT...
  if [ $# = 2 ]; then
    tc -n "$1" qdisc del dev "$2" root 2>/dev/null || true
  else
    tc -n "$1" qdisc replace dev "$2" root netem limit 100000 "${@:3}"
  fi
}

# Leaves a node without sessions, and its peers with sessions that are no good any more.
forget() { # NODE
  wg genkey >spare.key
  ip netns exec "$1" wg set wg0 private-key spare.key
  ip netns exec "$1" wg set wg0 private-key "$1.key"
}

# Streams --------------------------------------------------------------------------------------

ask() { # COMMAND...: $answer is what the streams say
  echo "$*" >&7
  read -r answer <&8 || fail "the streams ended"
}

start_streams() {
  coproc "$streams" "$seed" "${nodes[@]}"
  exec 7>&"${COPROC[1]}" 8<&"${COPROC[0]}"
  ask await 120
  [ "${answer% *}" = flowing ] || fail "they never flowed: $answer"
}

counted() { # NAME: of the last count
  sed "s/.*$1 \([0-9]*\).*/\1/" <<<"$answer"
}

# Fails if anything came that must not; $answer has the counts.
judge() {
  ask count
  echo "judge ${FUNCNAME[1]}: $answer"
  case $answer in
    *' twice 0 corrupt 0 stranger 0 '*) ;;
    *) fail "delivered what was not sent so: $answer" ;;
  esac
  [ "$(counted forged)" -gt 0 ] || fail "nothing was forged"
}

lost_some() {
  [ "$(counted received)" -lt "$(counted sent)" ] || fail "the network lost nothing: $answer"
}

# The network is as it should be from now on: all flows are back within one retry, by the guest's clock.
recovers() {
  ask await $retry
  [ "${answer% *}" = flowing ] || fail "not within $retry s: $answer"
  echo "recovers ${FUNCNAME[1]}: $answer s"
}

packets() { # COUNTER: of all nodes together
  local sum=0 node
  for node in "${nodes[@]}"; do
    sum=$((sum + $(ip netns exec $node cat "/sys/class/net/uplink/statistics/$1")))
  done
  echo $sum
}
