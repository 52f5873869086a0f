#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh -k time-travel=inf-cpu build/um/wireguard.ko -- soak.sh SEED MINUTES MODULE
# Mixed traffic between three peers (mesh.sh), and one event after the other, drawn from the seed, for as
# many minutes as told: faults of the network, reconfiguration, peers that go and come, and the module
# (MODULE is its file) unloaded and loaded again. After each, everything must flow again and nothing may have been
# delivered twice, changed or from the wrong peer. Each minute a line says what happened and what the
# kernel holds; the last line is the verdict, "soak: ok ..." or "soak: FAILED ...".
seed=$1
minutes=$2
module=$3
. "$(dirname "$0")/mesh.sh"
. "$here/../../suites/guest-programs/objects.sh"

# What the kernel may hold more of at the end than after the first minutes, in KiB: buffers that come and
# go, and what KASAN holds back of what was freed.
growth=49152
warm=2

# TCP ------------------------------------------------------------------------------------------

# From a to b and from c to a, by echo.pl. They end when descriptor 9, their standard input, is closed.
start_transfers() {
  ip netns exec b perl "$here/echo.pl" serve 9000 &
  servers=$!
  ip netns exec a perl "$here/echo.pl" serve 9000 &
  servers="$servers $!"
  mkfifo going
  exec 9<>going
  ip netns exec a perl "$here/echo.pl" ask "$seed" 2 9000 10.77.0.2 <going >v4.transfers 9>&- &
  clients=$!
  ip netns exec c perl "$here/echo.pl" ask "$seed" 2 9000 fd77::1 <going >v6.transfers 9>&- &
  clients="$clients $!"
}

transferred() { # whole or broken
  sed -s -n '$p' ./*.transfers | sed -n "s/.*$1 \([0-9]*\).*/\1/p" | awk '{ n += $1 } END { print n + 0 }'
}

# Events ---------------------------------------------------------------------------------------

pick_node() { # $node and its $number; $other and its $other_number
  pick 1 3
  number=$picked
  node=${nodes[number - 1]}
  pick 1 2
  other_number=$(((number - 1 + picked) % 3 + 1))
  other=${nodes[other_number - 1]}
}

# The other's public key, as an argument.
other_key() { wg pubkey <$other.key; }

impairment() {
  pick_faults
  impair "${faults[@]}"
  pick 2 15; ask go $picked
  impair
}

outage() {
  pick_node
  impair_port r $node loss 100%
  pick 1 25; ask go $picked
  impair_port r $node
}

link_flaps() {
  pick_node
  pick 1 5
  local flap
  for flap in $(seq $picked); do
    ip -n r link set dev $node down
    pick 1 9; ask go 0.$picked
    port_up $node
    ask go 0.$picked
  done
}

lost_sessions() {
  pick_node
  forget $node
}

roaming() { # there and back: whoever is new must find the port that the configuration names
  pick_node
  pick 20000 60000
  ip netns exec $node wg set wg0 listen-port $picked
  recovers
  ip netns exec $node wg set wg0 listen-port 5182$number
}

many_peers() { # come and go
  pick_node
  ip netns exec $node wg addconf wg0 others.conf
  ask go 1
  ip netns exec $node wg set wg0 $(cat others.remove)
}

moved_ips() { # the other's addresses go to a third, and back
  pick_node
  # What c sends under the name of a would be allowed to, at b.
  [ $node$other != ba ] || return 0
  local key third
  key=$(other_key)
  third=$(wg pubkey <${nodes[5 - number - other_number]}.key)
  ip netns exec $node wg set wg0 peer "$third" \
    allowed-ips "10.77.0.$((6 - number - other_number))/32,fd77::$((6 - number - other_number))/128,10.77.0.$other_number/32,fd77::$other_number/128"
  ask go 0.5
  ip netns exec $node wg set wg0 peer "$key" allowed-ips "10.77.0.$other_number/32,fd77::$other_number/128"
}

preshared_key() {
  pick_node
  wg genpsk >psk
  ip netns exec $node wg set wg0 peer "$(other_key)" preshared-key psk
  ip netns exec $other wg set wg0 peer "$(wg pubkey <$node.key)" preshared-key psk
  forget $node
}

lost_peer() { # and found again, without a shared key at both ends
  pick_node
  ip netns exec $node wg set wg0 peer "$(other_key)" remove
  ip netns exec $other wg set wg0 peer "$(wg pubkey <$node.key)" preshared-key /dev/null
  ask go 1
  configuration $number >$node.conf
  ip netns exec $node wg addconf wg0 <(sed -n '/^\[Peer\]/,$p' $node.conf)
  forget $node
}

down_and_up() {
  pick_node
  ip -n $node link set dev wg0 down
  pick 1 20; ask go 0.$picked
  ip -n $node link set dev wg0 up
  ip -n $node addr replace fd77::$number/64 dev wg0 nodad
}

restarted_peer() { # its device is new
  pick_node
  ip -n $node link delete wg0
  pick 1 20; ask go 0.$picked
  make_device $node
  configure_tunnels
}

reloaded_module() { # under all its devices
  pick 0 3
  [ $picked = 0 ] || return 0
  rmmod wireguard
  insmod "$module"
  reloads=$((reloads + 1))
  local node
  for node in "${nodes[@]}"; do make_device $node; done
  configure_tunnels
}

make_device() { # NODE
  ip -n "$1" link add wg0 type wireguard
}

# Watching -------------------------------------------------------------------------------------

meminfo() { # NAME: KiB
  awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

watch_kernel() {
  local tries=0 client
  # Two of each device; others wait for a grace period at most.
  until [ "$(objects_in_use wg_peer)" = 6 ]; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || fail "$(objects_in_use wg_peer) peers are held"
    sleep 1
  done
  slab=$(meminfo Slab)
  available=$(meminfo MemAvailable)
  for client in $clients; do kill -0 "$client" || fail "TCP delivered something else"; done
}

add_up() { # what the streams have counted since
  local name
  for name in sent received forged; do
    sums[$name]=$((${sums[$name]:-0} + $(counted $name)))
  done
}

# ----------------------------------------------------------------------------------------------

elapsed() { echo $(($(cut -d. -f1 /proc/uptime) - began)); }

events=(impairment outage link_flaps lost_sessions roaming many_peers moved_ips preshared_key lost_peer
  down_and_up restarted_peer reloaded_module)
declare -A sums happened=()
begin_chance soak
echo "soak: seed $seed, $minutes minutes"
rm -f others.remove going
for i in $(seq 50); do
  key=$(wg genkey | wg pubkey)
  printf '[Peer]\nPublicKey = %s\nEndpoint = 10.2.0.99:9\nAllowedIPs = 10.70.%d.0/24, fd70:%d::/32\n' "$key" $i $i
  printf 'peer %s remove ' "$key" >>others.remove
done >others.conf
# Not the file that somebody may build anew meanwhile.
cp "$module" soaked.ko
module=$PWD/soaked.ko
make_network
start_streams
ask pace 200
start_transfers
event=nothing
trap 'status=$?; kill $servers $clients 2>/dev/null || true; [ $status = 0 ] || echo "soak: FAILED after $event" >&2' EXIT
began=$(cut -d. -f1 /proc/uptime)
minute=0
reloads=0
count=0
while [ $minute -lt "$minutes" ]; do
  pick_of "${events[@]}"
  event=$picked
  $event >>chatter
  recovers >recovery
  judge >counts
  add_up
  count=$((count + 1))
  happened[$event]=$((${happened[$event]:-0} + 1))
  while [ $minute -lt $(($(elapsed) / 60)) ]; do
    minute=$((minute + 1))
    watch_kernel
    [ $minute != $warm ] || first_slab=$slab
    echo "minute $minute: $count events, ${sums[received]} of ${sums[sent]} payloads, $(transferred whole) transfers" \
      "and $(transferred broken) broken off, $reloads reloads; slab $slab KiB, available $available KiB"
  done
done

exec 9>&-
for client in $clients; do wait $client || fail "TCP delivered something else"; done
kill $servers
for event in "${events[@]}"; do echo "event $event: ${happened[$event]:-0}"; done
[ "$(transferred whole)" -gt 0 ] || fail "no transfer came to its end"
[ "$minutes" -le $warm ] || [ $((slab - first_slab)) -lt $growth ] ||
  fail "the slabs grew from $first_slab to $slab KiB"
for node in "${nodes[@]}"; do ip -n $node link delete wg0; done
no_objects_left
rmmod wireguard
echo "soak: ok, seed $seed, $minute minutes, $count events, ${sums[received]} of ${sums[sent]} payloads," \
  "${sums[forged]} forged ones refused, $(transferred whole) transfers, $reloads reloads"
