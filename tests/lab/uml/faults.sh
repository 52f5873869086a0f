#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh -k time-travel=inf-cpu build/um/wireguard.ko -- faults.sh SEED ROUNDS [PHASE...]
# Faults of the network below tunnels between three peers (mesh.sh), while numbered payloads flow: none
# may arrive twice, changed or from the wrong peer, and when the network is as it should be, all must flow
# again within one retry of a handshake. Prints "ok NAME" or "not ok NAME" for each phase, and what it
# counted. The seed decides on all but netem's own dice.
seed=$1
rounds=$2
shift 2
. "$(dirname "$0")/mesh.sh"

# Phases: one fault at a time ------------------------------------------------------------------

loses_packets() {
  local percent
  for percent in 1 10 20 40; do
    impair loss $percent%
    ask go 3
    forget ${nodes[percent % 3]}
    ask go 3
    judge
    lost_some
    impair
    recovers
  done
}

delivers_twice_sent_packets_once() {
  local before after
  before=$(($(packets rx_packets) - $(packets tx_packets)))
  impair duplicate 40%
  ask go 5
  forget b
  ask go 5
  impair
  judge
  after=$(($(packets rx_packets) - $(packets tx_packets)))
  [ $((after - before)) -gt $(($(counted sent) / 5)) ] || fail "the network duplicated $((after - before))"
  [ "$(counted received)" -gt $(($(counted sent) / 2)) ] || fail "hardly anything arrived"
  recovers
}

takes_packets_in_any_order() {
  ask pace 10
  impair delay 60ms 50ms
  ask go 5
  forget c
  ask go 5
  judge
  [ "$(counted late)" -gt $(($(counted sent) / 20)) ] || fail "the network kept the order"
  # Far behind: the window has room for thousands.
  impair delay 900ms reorder 50% 25%
  ask go 5
  judge
  [ "$(counted late)" -gt $(($(counted sent) / 20)) ] || fail "the network kept the order"
  ask pace 100
  impair
  recovers
}

discards_changed_packets() {
  impair corrupt 30%
  ask go 5
  forget a
  ask go 5
  judge
  lost_some
  impair
  recovers
}

# Phases: faults together ----------------------------------------------------------------------

survives_all_at_once() {
  local round
  for round in $(seq $rounds); do
    pick_faults
    echo "round $round: ${faults[*]}"
    impair "${faults[@]}"
    ask go 4
    pick_of "${nodes[@]}"; forget $picked
    pick 1 10; ask go $picked
    judge
    impair
    recovers
  done
}

# Nothing passes, one way or both, for a moment or until all sessions have ended; often somebody has lost
# his sessions besides, or gives up meanwhile.
recovers_from_outages() {
  local round node way
  for round in $(seq $((2 * rounds))); do
    pick_of "${nodes[@]}"; node=$picked
    pick_of in out both; way=$picked
    [ $way = out ] || impair_port r $node loss 100%
    [ $way = in ] || impair_port $node uplink loss 100%
    ask pace 1000
    case $((round % 4)) in
      0) pick 170 220 ;;
      1) pick 20 60 ;;
      2) pick 85 110 ;;
      3) pick 1 15 ;;
    esac
    echo "round $round: $node hears or says nothing ($way) for $picked s"
    ask go $picked
    pick 0 2
    [ $picked = 0 ] || forget $node
    pick 1 9
    ask go $picked
    ask pace 100
    # Not what the streams miss: without a session, all may have waited in the device.
    [ $(($(dropped $node uplink) + $(dropped r $node))) -gt 0 ] || fail "nothing was kept back"
    impair_port $node uplink
    impair_port r $node
    recovers
    judge
  done
}

dropped() { # NAMESPACE DEVICE: by what impairs it
  tc -s -n "$1" qdisc show dev "$2" | awk '/dropped/ { sub(",", "", $7); n += $7 } END { print n + 0 }'
}

recovers_from_link_flaps() {
  local round node flap
  for round in $(seq $rounds); do
    pick_of "${nodes[@]}"; node=$picked
    pick 3 8
    for flap in $(seq $picked); do
      ip -n r link set dev $node down
      pick 1 30; ask go $((picked / 10)).$((picked % 10))
      port_up $node
      pick 0 9; ask go 0.$picked
    done
    forget $node
    recovers
    judge
    lost_some
  done
}

# What b says to a goes by the side link, what a says to b by the router; one way may be cut.
takes_ways_that_differ() {
  ip -n b route add 10.1.0.2/32 via 10.9.0.1 dev side
  impair_port b side delay 80ms 20ms
  forget a
  recovers
  ask go 3
  judge
  [ "$(arrived a side)" -gt 10 ] || fail "nothing came by the side link"
  pick 10 40
  impair_port b side loss 100%
  ask go $picked
  impair_port b side
  recovers
  forget b
  recovers
  # The way changes under way, there and back.
  local change
  for change in $(seq $((3 * rounds))); do
    pick 1 20
    ask go 0.$picked
    ip -n b route del 10.1.0.2/32
    pick 1 20
    ask go 0.$picked
    ip -n b route add 10.1.0.2/32 via 10.9.0.1 dev side
  done
  ip -n b route del 10.1.0.2/32
  recovers
  judge
}

arrived() { # NODE DEVICE
  ip netns exec "$1" cat "/sys/class/net/$2/statistics/rx_packets"
}

# What was said under another's name all the time has been heard, and not believed.
refuses_what_is_forged() {
  local refused
  refused=$(ip netns exec b cat /sys/class/net/wg0/statistics/rx_frame_errors)
  echo "forged, arrived and refused: $refused"
  [ "$refused" -gt 0 ] || fail "what was forged never arrived"
}

# ----------------------------------------------------------------------------------------------

phases=(
  loses_packets
  delivers_twice_sent_packets_once
  takes_packets_in_any_order
  discards_changed_packets
  survives_all_at_once
  recovers_from_outages
  recovers_from_link_flaps
  takes_ways_that_differ
)
[ $# = 0 ] || phases=("$@")
echo "seed $seed"
make_network
start_streams
for phase in "${phases[@]}"; do
  begin_chance "$phase"
  ask count # what was under way belongs to no phase
  run_phase "$phase"
done
run_phase refuses_what_is_forged
exit $failed
