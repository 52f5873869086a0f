#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh -k time-travel=inf-cpu build/um/wireguard.ko -- load.sh [PHASE...]
# Devices under a load of handshake messages, counted to the last one: floods come from a process
# before whose pause nothing that is queued is worked on. Prints "ok NAME" or "not ok NAME" for each;
# LoadInTimeTest says which rows of the conformance table they are.
. "$(dirname "$0")/pair.sh"

threshold=512 # waiting messages from which a device is under load

# From right to a UDP port of left, faster than anything is worked on.
flood() { # PORT COUNT HEX...
  local port=$1 count=$2
  shift 2
  right chrt -f 50 perl "$here/../wire.pl" replay 0 192.0.2.1 "$port" "$count" 0 "$@"
  sleep 0.01
}

garbage=$(printf '01000000%0288d' 7)

# Makes left's device loaded for a second, without anything to answer.
load() {
  flood 51820 $threshold "$garbage"
}

# A handshake message of right that left's present device would compute for, were it not loaded.
get_message() { # DIRECTION KIND
  session
  seen "$began" "$1" "$2" | tail -n 1 | cut -d' ' -f2
}

is_under_load_from_512_messages_on() {
  local message since
  message=$(get_message in initiation)
  # The other way round: left was the initiator, so it is right that is flooded here.
  replay() { left chrt -f 50 perl "$here/../wire.pl" replay 0 192.0.2.2 51821 "$1" 0 "$message"; sleep 0.01; }
  mark
  replay $((threshold - 1))
  expect "$since" out any
  replay $threshold
  [ "$(count "$since" out cookie)" = $threshold ] || fail "$(count "$since" out cookie) cookies"
  expect "$since" out response
  # For a second more, and no longer.
  sleep_until "$since" 0.85
  mark
  replay 1
  expect "$since" out cookie 0-0.01
  sleep 0.2
  mark
  replay 1
  expect "$since" out any
}

# What left once sent: computed for, and found to be nothing new. A thousand a second, of which no
# more than ten wait: the clock ticks a hundred times.
strangers() { # COUNT
  left chrt -f 50 perl "$here/../wire.pl" replay 0 192.0.2.2 51821 "$1" 0.001/10 "$message"
  sleep 0.01
}

is_under_load_from_513_strangers_on() {
  local message since
  message=$(get_message in initiation)
  mark
  # As many in two seconds as may be computed for.
  strangers 512
  sleep_until "$since" 2.1
  strangers 512
  expect "$since" out any
  sleep 2
  # From the one that is too many on each gets a cookie, for as long as as many come.
  mark
  strangers 3000
  [ "$(count "$since" out cookie)" = $((3000 - 513)) ] || fail "$(count "$since" out cookie) cookies"
  expect "$since" out response
  sleep 1.1
  mark
  strangers 1
  expect "$since" out any
}

# Whose handshake it is that is computed for is none.
peers_are_no_strangers() {
  local message since
  message=$(get_message in initiation)
  sleep 6
  mark
  strangers 512
  ip -n left link set wg0 down
  ip -n left link set wg0 up
  left ping -q -n -c 1 -W 20 10.77.0.2 >/dev/null
  [ "$(count "$since" out response)" = 1 ] || fail "no handshake"
  strangers 1
  [ "$(count "$since" out cookie)" = 0 ] || fail "the peer counted"
  strangers 1
  [ "$(count "$since" out cookie)" = 1 ] || fail "not under load"
}

# Nor is who has a cookie: whose rate is limited.
who_has_a_cookie_is_no_stranger() {
  fresh
  local since message
  load
  mark
  unanswered right
  sleep_until "$since" 4.95
  load
  sleep_until "$since" 5.8
  load
  sleep 0.4
  message=$(seen "$since" out initiation | tail -n 1 | cut -d' ' -f2)
  [[ ${message:264} =~ [1-9a-f] ]] || fail "no mac2"
  ip -n right link set wg0 down # its port is needed
  sleep 2
  mark
  load
  right chrt -f 50 perl "$here/../wire.pl" replay 51821 192.0.2.1 51820 600 0.001/10 "$message"
  sleep_until "$since" 1.2
  flood 51820 1 "$message"
  expect "$since" in any
  # From that port the cookie is no proof.
  load
  flood 51820 1 "$message"
  [ "$(count "$since" in cookie)" = 1 ] || fail "it is good everywhere"
}

is_answered_by_64_bytes() {
  local message since
  message=$(get_message in initiation)
  mark
  left chrt -f 50 perl "$here/../wire.pl" replay 0 192.0.2.2 51821 $threshold 0 "$message"
  sleep 0.01
  seen "$since" out cookie | awk '{ print length($2) }' | sort -u >lengths
  [ "$(cat lengths)" = 128 ] || fail "lengths of cookie replies: $(cat lengths)"
  [ "$(grep 'proto=17 .* type=3 ' $tap | grep -o 'tos=[^ ]*' | sort -u)" = tos=0x00 ] || fail "TOS of cookie replies"
  # Each is sealed with a nonce of its own.
  [ "$(seen "$since" out cookie | cut -d' ' -f2 | cut -c17-64 | sort -u | wc -l)" = $threshold ] || fail nonces
}

drops_what_is_more_than_4096() {
  local message since
  message=$(get_message in initiation)
  mark
  left chrt -f 50 perl "$here/../wire.pl" replay 0 192.0.2.2 51821 4300 0 "$message"
  sleep 0.01
  [ "$(count "$since" out cookie)" = 4096 ] || fail "$(count "$since" out cookie) cookies"
}

responses_get_cookies_too() {
  local message since
  message=$(get_message out response)
  mark
  flood 51820 1 "$message"
  expect "$since" in any
  load
  flood 51820 1 "$message"
  expect "$since" in cookie 0-0.2
}

a_wrong_mac1_gets_nothing_under_load() {
  local message since
  message=$(get_message out response)
  # One digit of mac1, the 16 bytes before mac2.
  local wrong=${message:0:120}$(printf '%s' "${message:120:1}" | tr 0-9a-f 1-9a-f0)${message:121}
  load
  mark
  flood 51820 20 "$wrong"
  expect "$since" in any
  flood 51820 1 "$message"
  [ "$(count "$since" in cookie)" = 1 ] || fail "not under load"
}

# Another device, and one of another namespace, do not feel it.
load_is_of_one_device() {
  local message since other
  ip netns add third
  ip link add outer3 netns left type veth peer name outer netns third
  ip -n left addr add 192.0.3.1/24 dev outer3
  ip -n left link set outer3 up
  ip -n third addr add 192.0.3.3/24 dev outer
  ip -n third link set outer up
  ip -n left link add wg1 type wireguard
  ip -n third link add wg0 type wireguard
  # The same identity everywhere: one message is good for all.
  sed 's/51820/51830/' left.conf | left wg setconf wg1 /dev/stdin
  ip netns exec third wg setconf wg0 left.conf
  ip -n left link set wg1 up
  ip -n third link set wg0 up
  ip netns exec left perl "$here/../wire.pl" tap tap3 outer3 &
  other=$!
  until [ -e tap3 ]; do sleep 0.1; done
  message=$(get_message out response)
  mark
  load
  flood 51820 1 "$message"
  expect "$since" in cookie 0-0.2
  flood 51830 1 "$message"
  left perl "$here/../wire.pl" replay 0 192.0.3.3 51820 1 0 "$message"
  sleep 0.01
  expect "$since" in cookie 0-0.2
  kill $other
  wait $other
  [ "$(grep -c 'type=2 ' tap3)" = 1 ] || fail "the third device was not asked"
  ! grep 'type=3 ' tap3 || fail "the third device feels the load"
  # They are able to: under a load of their own.
  flood 51830 $((threshold + 1)) "$message"
  [ "$(count "$since" in cookie)" -gt $threshold ] || fail "wg1 is never loaded"
  ip netns delete third
  ip -n left link delete wg1
}

# Who can read what comes to its address gets through, for the 115 s that it trusts the cookie.
a_cookie_gets_one_through() {
  fresh
  local since mac2
  load
  mark
  unanswered right
  sleep 0.1
  expect "$since" out initiation 0-0.01
  expect "$since" in cookie 0-0.01
  expect "$since" in response
  # Under load at the second try as well, until just before it and while it comes.
  sleep_until "$since" 4.95
  load
  sleep_until "$since" 5.8
  load
  sleep 0.4
  expect "$since" in response 5-6.1
  expect "$since" in cookie 0-0.01
  [ "$(seen "$since" out data | wc -l)" = 1 ] || fail "no data"
  # From now on nobody answers.
  ip -n left link set wg0 down
  sleep_until "$since" 60
  unanswered right count=20 gap=5
  seen "$since" out initiation | awk '
    { mac2[NR] = substr($2, 265) ~ /[1-9a-f]/; time[NR] = $1 }
    END {
      for (i = 1; i <= NR; i++)
        if (mac2[i] != (time[i] > 0.1 && time[i] < 115)) { print "FAILED: at " time[i]; exit 1 }
      if (time[NR] < 130) { print "FAILED: only until " time[NR]; exit 1 }
    }' >&2
}

# Twenty at once from one address: as many as the burst, and one each 50 ms, get an answer under load.
one_address_has_one_allowance() { # [6]
  local family=${1:-} n since responses
  sed '/^\[Peer\]/,$d' left.conf >many.conf
  : >up
  for n in $(seq 20); do
    wg genkey >many.key
    printf '[Peer]\nPublicKey = %s\nAllowedIPs = 10.78.0.%d/32\n' "$(wg pubkey <many.key)" "$n" >>many.conf
    cat >many.$n <<END
[Interface]
PrivateKey = $(cat many.key)
FwMark = $((n % 2 + 1))
[Peer]
PublicKey = $(cat left.pub)
PersistentKeepalive = 60000
AllowedIPs = 10.78.1.1/32
Endpoint = $( [ "$family" = 6 ] && echo '[fd00::1]' || echo 192.0.2.1 ):51820
END
    echo "link add many$n type wireguard" >>add
    echo "link set many$n up" >>up
  done
  ip -n right link delete wg0 2>/dev/null || true
  ip -n left link delete wg0
  ip -n left link add wg0 type wireguard
  left wg setconf wg0 many.conf
  ip -n left link set wg0 up
  ip -n right -batch add
  for n in $(seq 20); do right wg setconf many$n many.$n; done
  load
  mark
  ip -n right -batch up
  sleep 0.1
  [ "$(count "$since" in cookie)" = 20 ] || fail "$(count "$since" in cookie) cookies"
  sleep_until "$since" 4.95
  load
  sleep_until "$since" 5.85
  load
  sleep 0.4
  [ "$(count "$since" out initiation)" = 40 ] || fail "$(count "$since" out initiation) initiations"
  [ "$(count "$since" in cookie)" = 20 ] || fail "$(count "$since" in cookie) cookies at last"
  seen "$since" in response | cut -d' ' -f1 >responses
  responses=$(wc -l <responses)
  # What the times of the second tries allow, by the rule.
  seen "$since" out initiation | awk '
    NR > 20 { credit = NR == 21 ? 5 : credit + ($1 - last) * 20; if (credit > 5) credit = 5; last = $1
              if (credit >= 0.999) { credit--; allowed++ } }
    END { print allowed + 0 }' >allowed
  [ "$responses" -ge 5 ] && [ "$responses" -lt 20 ] || fail "$responses of 20 were answered"
  [ "$responses" -ge $(($(cat allowed) - 1)) ] && [ "$responses" -le $(($(cat allowed) + 1)) ] ||
    fail "$responses were answered, not $(cat allowed)"
  for n in $(seq 20); do echo "link delete many$n"; done | ip -n right -batch -
  rm add
}

one_ipv6_network_has_one_allowance() {
  # Two addresses of one /64, by turns.
  ip -n right addr add fd00::22/64 dev outer nodad
  ip -6 -n right -batch - <<END
route add fd00::1/128 dev outer src fd00::2 table 1
route add fd00::1/128 dev outer src fd00::22 table 2
rule add fwmark 1 lookup 1
rule add fwmark 2 lookup 2
END
  local start
  start=$(now)
  one_address_has_one_allowance 6
  [ "$(seen "$start" out initiation | cut -d' ' -f3 | sort -u | wc -l)" = 2 ] || fail "one source only"
}

# What is sent is received at once, and not when there is time; all of it.
chrt -f -p 60 "$(pgrep -x ksoftirqd/0)"
sysctl -q net.core.netdev_max_backlog=10000
phases=(
  is_under_load_from_512_messages_on
  is_under_load_from_513_strangers_on
  peers_are_no_strangers
  who_has_a_cookie_is_no_stranger
  is_answered_by_64_bytes
  drops_what_is_more_than_4096
  responses_get_cookies_too
  a_wrong_mac1_gets_nothing_under_load
  load_is_of_one_device
  a_cookie_gets_one_through
  one_address_has_one_allowance
  one_ipv6_network_has_one_allowance
)
[ $# = 0 ] || phases=("$@")
make_pair
for phase in "${phases[@]}"; do run_phase "$phase"; done
exit $failed
