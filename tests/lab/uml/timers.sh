#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh -k time-travel=inf-cpu build/um/wireguard.ko -- timers.sh [PHASE...]
# Every limit of the protocol in seconds, as seen on the wire between two devices. Prints "ok NAME" or
# "not ok NAME" for each; TimersInTimeTest says which rows of the conformance table they are.
# A kernel timer may be late by an eighth of its length; what is expected leaves room for that.
. "$(dirname "$0")/pair.sh"

gives_up_after_twenty_initiations() {
  fresh
  ip -n right link set wg0 down
  local since attempt
  for attempt in 1 2; do
    mark
    unanswered left count=5
    sleep_until "$since" 60
    expect_counter left tx_dropped $((5 * attempt - 5))
    sleep_until "$since" 180
    expect_counter left tx_dropped $((5 * attempt))
    seen "$since" in initiation >initiations
    [ "$(wc -l <initiations)" = 20 ] || fail "$(wc -l <initiations) initiations"
    # Never sooner than 5 s, and no later than a third of a second and the timer's slack after it.
    awk 'NR > 1 && ($1 - last < 4.99 || $1 - last > 6) { print "FAILED: gap " $1 - last; exit 1 } { last = $1 }' \
      initiations >&2
    # Each is new: index, ephemeral key, timestamp.
    cut -d' ' -f2 initiations | cut -c9-16 >>indices
    cut -d' ' -f2 initiations | cut -c17-80 >>ephemerals
    expect "$since" in data
    expect "$since" in keepalive
  done
  [ "$(left wg show wg0 transfer | cut -f3)" = $((2 * 20 * 148)) ] || fail "$(left wg show wg0 transfer)"
  [ "$(sort -u indices | wc -l)" = 40 ] || fail "an index twice"
  [ "$(sort -u ephemerals | wc -l)" = 40 ] || fail "an ephemeral key twice"
  # Random: not one of the eight hexadecimal places is the same in all forty.
  local place
  for place in 1 2 3 4 5 6 7 8; do
    [ "$(cut -c$place indices | sort -u | wc -l)" -gt 3 ] || fail "place $place of the indices"
  done
}

initiates_no_oftener_than_every_five_seconds() {
  fresh
  ip -n right link set wg0 down
  local since
  mark
  unanswered left count=50 gap=0.4
  sleep_until "$since" 20
  expect "$since" in initiation 0-0.1 5-6 10-12 15-18
  # One who has answered has spoken as well.
  fresh
  deaf left
  mark
  unanswered left
  sleep 0.1
  expect "$since" out response 0-0.1
  ip -n left link set wg0 down
  unanswered right count=30 gap=0.25
  expect "$since" out initiation 5-5.5
  hears left
}

answers_data_by_a_keepalive_after_ten_seconds() {
  session
  sleep 40
  local since
  mark
  unanswered left
  sleep_until "$since" 45
  expect "$since" in data 0-0.1
  expect "$since" in keepalive
  expect "$since" out keepalive 10-11.3
  [ "$(seen "$since" out keepalive | cut -d' ' -f2 | tr -d '\n' | wc -c)" = 64 ] || fail "length"
  # More of it does not draw more answers, until there was one.
  session
  sleep 40
  mark
  unanswered left count=2 gap=4
  sleep_until "$since" 45
  expect "$since" out keepalive 10-11.3
  mark
  unanswered left count=9 gap=3
  sleep_until "$since" 50
  expect "$since" out keepalive 10-11.3 21-25 31-39
}

shakes_hands_again_when_nobody_answers_for_fifteen_seconds() {
  session
  sleep 40
  prefer_address 1
  deaf left
  local since
  mark
  unanswered left count=3 gap=1
  sleep_until "$since" 18
  expect "$since" in initiation 15-16.9
  # What went by the address that was in use goes by the one that routing prefers from then on.
  [ "$(seen "$since" in data | cut -d' ' -f3 | sort -u)" = 192.0.2.1 ] || fail "source of data"
  [ "$(seen "$since" in initiation | cut -d' ' -f3)" = 192.0.2.11 ] || fail "source of the initiation"
  hears left
  left ping -q -n -c 1 -W 20 10.77.0.2 >/dev/null
}

forgets_its_source_with_each_retry() {
  fresh
  deaf left
  local since
  mark
  unanswered left
  sleep 2
  prefer_address 1
  sleep_until "$since" 7
  [ "$(seen "$since" in initiation | cut -d' ' -f3 | xargs)" = '192.0.2.1 192.0.2.11' ] || fail "sources"
}

keeps_alive_persistently() {
  fresh
  local since
  mark
  left wg set wg0 peer "$(cat right.pub)" persistent-keepalive 25
  sleep_until "$since" 240
  # The one at once asks for a session; that after 120 s is sent under a key to be renewed, and the
  # new one is confirmed.
  expect "$since" in initiation 0-0.1 120-156
  seen "$since" in any | awk '
    NR > 1 && $1 - last > 28.2 { print "FAILED: gap of " $1 - last; exit 1 }
    $4 == "keepalive" && NR > 2 && $1 - last > 0.2 && $1 - last < 24.9 { print "FAILED: after " $1 - last; exit 1 }
    { last = $1 }
    END { if (last < 210) { print "FAILED: the last at " last; exit 1 } }' >&2
  expect "$since" in data
  expect "$since" out keepalive
  expect "$since" out initiation
  left wg set wg0 peer "$(cat right.pub)" persistent-keepalive 0
  mark
  sleep 100
  expect "$since" in any
  expect "$since" out any
}

has_no_timers_when_down() {
  session
  ip -n left link set wg0 down
  left wg set wg0 peer "$(cat right.pub)" persistent-keepalive 1
  local since
  mark
  sleep 60
  expect "$since" in any
}

the_initiator_renews_when_it_sends_after_120_seconds() {
  session
  local since
  mark
  sleep_until "$began" 117
  unanswered left
  expect "$since" in initiation
  sleep_until "$began" 121
  mark
  unanswered left
  sleep 0.1
  expect "$since" in initiation 0-0.1
  expect "$since" out response 0-0.1
  # The responder leaves that to the initiator.
  session
  sleep_until "$began" 121
  mark
  unanswered right
  sleep 9
  expect "$since" out initiation
  expect "$since" in initiation
}

the_initiator_renews_when_it_receives_after_165_seconds() {
  session
  sleep_until "$began" 160
  local since
  mark
  unanswered right
  sleep_until "$began" 164.5
  expect "$since" in initiation
  session
  sleep_until "$began" 166
  mark
  deaf left
  unanswered right
  hears left
  unanswered right
  sleep 0.1
  deaf left
  unanswered right count=3 gap=0.5
  # One that arrives is enough, and enough is one.
  expect "$since" in initiation 0-0.1
  expect "$since" out initiation
  hears left
}

nothing_is_sent_or_believed_after_180_seconds() {
  session
  sleep_until "$began" 170
  local since old
  deaf left
  mark
  unanswered right count=3
  hears left
  mapfile -t old < <(seen "$since" out data | cut -d' ' -f2)
  [ ${#old[@]} = 3 ] || fail "${#old[@]} packets"
  expect_counter left rx_packets 2
  sleep_until "$began" 175
  right perl "$here/../wire.pl" replay 0 192.0.2.1 51820 1 0 "${old[0]}"
  expect_counter left rx_packets 3
  sleep_until "$began" 179.5
  right perl "$here/../wire.pl" replay 0 192.0.2.1 51820 1 0 "${old[1]}"
  expect_counter left rx_packets 4
  sleep_until "$began" 180.5
  right perl "$here/../wire.pl" replay 0 192.0.2.1 51820 1 0 "${old[2]}"
  expect_counter left rx_packets 4

  session
  sleep_until "$began" 181
  mark
  unanswered right
  sleep 0.1
  expect "$since" out initiation 0-0.1
  expect "$since" out data 0-0.1
  [ "$(seen "$since" out any | head -n 1 | cut -d' ' -f4)" = initiation ] || fail "data first"
}

# After the twentieth try the handshake could still be finished; after 540 s more it could not.
keys_are_zeroed_after_540_seconds() {
  local since wait response
  for wait in 400 620; do
    fresh
    deaf left
    mark
    unanswered left
    sleep_until "$since" 115
    response=$(seen "$since" out response | tail -n 1 | cut -d' ' -f2)
    [ "$(count "$since" out response)" = 20 ] || fail "$(count "$since" out response) responses"
    sleep_until "$since" $((100 + wait))
    hears left
    right perl "$here/../wire.pl" replay 0 192.0.2.1 51820 1 0 "$response"
    sleep 0.1
    if [ $wait = 400 ]; then
      shook_hands left || fail "a late response did not do"
    else
      ! shook_hands left || fail "keys were there after $wait s"
    fi
  done
}

a_response_is_to_the_initiation_that_waits() {
  fresh
  deaf left
  local since first second
  mark
  unanswered left
  sleep_until "$since" 7
  first=$(seen "$since" out response | sed -n 1p | cut -d' ' -f2)
  second=$(seen "$since" out response | sed -n 2p | cut -d' ' -f2)
  [ -n "$second" ] || fail "no second response"
  hears left
  right perl "$here/../wire.pl" replay 0 192.0.2.1 51820 3 0.1 "$first"
  ! shook_hands left || fail "a response to an earlier initiation was accepted"
  right perl "$here/../wire.pl" replay 0 192.0.2.1 51820 1 0.1 "$second"
  shook_hands left || fail "the response was not accepted"
}

the_responder_stamps_the_time_with_the_first_data() {
  fresh
  deaf left
  local since
  mark
  unanswered left
  sleep 1
  expect "$since" out response 0-0.1
  ! shook_hands right || fail "stamped with the response"
  ! shook_hands left || fail "stamped without a response"
  hears left
  sleep 6
  shook_hands left || fail "the initiator did not stamp"
  shook_hands right || fail "the responder did not stamp"
}

# What the responder remembers of timestamps outlives its sessions, not the peer.
old_initiations_are_refused_across_down_and_up() {
  session
  local initiation since
  initiation=$(seen "$began" in initiation | tail -n 1 | cut -d' ' -f2)
  ip -n left link set wg0 down
  ip -n right link set wg0 down
  ip -n right link set wg0 up
  mark
  left perl "$here/../wire.pl" replay 0 192.0.2.2 51821 2 0.1 "$initiation"
  expect "$since" out any
  right wg set wg0 peer "$(cat left.pub)" remove
  right wg set wg0 peer "$(cat left.pub)" preshared-key psk allowed-ips 10.77.0.1/32
  mark
  left perl "$here/../wire.pl" replay 0 192.0.2.2 51821 2 0.1 "$initiation"
  expect "$since" out response 0-0.1
}

phases=(
  gives_up_after_twenty_initiations
  initiates_no_oftener_than_every_five_seconds
  answers_data_by_a_keepalive_after_ten_seconds
  shakes_hands_again_when_nobody_answers_for_fifteen_seconds
  forgets_its_source_with_each_retry
  keeps_alive_persistently
  has_no_timers_when_down
  the_initiator_renews_when_it_sends_after_120_seconds
  the_initiator_renews_when_it_receives_after_165_seconds
  nothing_is_sent_or_believed_after_180_seconds
  keys_are_zeroed_after_540_seconds
  a_response_is_to_the_initiation_that_waits
  the_responder_stamps_the_time_with_the_first_data
  old_initiations_are_refused_across_down_and_up
)
[ $# = 0 ] || phases=("$@")
make_pair
for phase in "${phases[@]}"; do run_phase "$phase"; done
exit $failed
