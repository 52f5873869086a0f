#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh -k time-travel=inf-cpu build/um/wireguard.ko build/um/in-tree/wg_intree.ko -- peers.sh PEER PART [ARGUMENT...]
# Our module at left and another implementation at right: PEER is in_tree, the kernel's own, or a
# wireguard-go program. With WG4J_LINUX=RELEASE, the modules are those in build/um/RELEASE. Parts:
#   once BEGINNER PRESHARED FAMILY   a tunnel is begun by one (ours, theirs), with a pre-shared key or
#                                    without (yes, no), over IPv4 or IPv6 (4, 6); its session is
#                                    renewed, both ends move, both start anew, both lose their sessions
#   all                              the same in all eight ways
#   live SUBJECT LIVES               so many lives of half an hour, in which every timer of one end
#                                    (ours, theirs) runs out, as the wire and the counters show
# Prints "ok PART" or "not ok PART", and for live how often each timer was seen.
. "$(dirname "$0")/pair.sh"
peer=$1
part=$2
shift 2
arguments=("$@")
intree=$(cd "$here/../../.." && pwd)/build/um/in-tree/wg-intree
device=

# A dynamically linked program takes this kernel a third of a second to start, busybox hardly any time,
# and waiting for what nobody writes none.
mkdir /run/quick
mkfifo /run/never
sleep() { read -rt "$1" <>/run/never || true; }
for tool in awk cat cut tr; do ln -s /bin/busybox /run/quick/$tool; done
PATH=/run/quick:$PATH

# ------------------------------------------------------------------------------ both ends

wg_of() { # SIDE ARGUMENT...
  case $1$peer in
    left*) left wg "${@:2}" ;;
    rightin_tree) right "$intree" "${@:2}" ;;
    *) right wg "${@:2}" ;;
  esac
}

start() { # SIDE CONFIGURATION
  local name=wg0 host=1
  if [ "$1" = right ]; then
    host=2
    # Not wg0: wg takes a program's interface for the kernel's of the same name, in any namespace.
    [ "$peer" = in_tree ] || name=go0
    device=$name
  fi
  case $1$peer in
    left*) ip -n left link add wg0 type wireguard ;;
    rightin_tree) ip -n right link add wg0 type wg_intree ;;
    *)
      WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1 right "$peer" --foreground go0 >go.log 2>&1 &
      daemon=$!
      until [ -S /run/wireguard/go0.sock ]; do sleep 0.1; done
      ;;
  esac
  wg_of "$1" setconf $name "$2"
  ip -n "$1" -batch - <<END
addr add 10.77.0.$host/24 dev $name
link set $name up
END
}

stop() { # SIDE
  case $1$device in
    rightgo0)
      kill $daemon
      wait $daemon || true
      rm -f /run/wireguard/go0.sock
      ;;
    *) ip -n "$1" link delete wg0 ;;
  esac
}

device_of() { # SIDE
  if [ "$1" = left ]; then echo wg0; else echo $device; fi
}

describe() { # SIDE PRESHARED FAMILY: its configuration; without an endpoint if FAMILY is none
  local host=1 other=2 partner=right
  [ "$1" = left ] || { host=2; other=1; partner=left; }
  cat <<END
[Interface]
PrivateKey = $(<"$1.key")
ListenPort = 5182$host
[Peer]
PublicKey = $(<$partner.pub)
AllowedIPs = 10.77.0.$other/32, 10.77.0.$((100 - host))/32
END
  [ "$2" = no ] || echo "PresharedKey = $(<psk)"
  case $3 in
    4) echo "Endpoint = 192.0.2.$other:5182$other" ;;
    6) echo "Endpoint = [fd00::$other]:5182$other" ;;
  esac
}

# A tunnel without a session. Who does not begin does not know where the other one is; in *.full he does.
begin() { # SIDE PRESHARED FAMILY
  local side
  for side in left right; do
    describe $side "$2" "$3" >$side.full
    describe $side "$2" none >$side.lost
  done
  for side in left right; do
    if [ $side = "$1" ]; then start $side $side.full; else start $side $side.lost; fi
  done
}

ping_from() { # SIDE
  case $1 in
    left) left ping -q -n -c 1 -W 20 10.77.0.2 >/dev/null ;;
    right) right ping -q -n -c 1 -W 20 10.77.0.1 >/dev/null ;;
  esac
}

partner_of() { if [ "$1" = left ]; then echo right; else echo left; fi; }

both_ping() { # the side that is first
  ping_from "$1"
  ping_from "$(partner_of "$1")"
}

# The tap's lines of a side's messages since the mark: initiation, response, keepalive, data or any.
# In the shell: what pair.sh starts to find that out would be most of what this script costs.
hear() { # SIDE KIND: in the array heard
  local line direction=in type='[1-4]'
  local -a lines
  [ "$1" = left ] || direction=out
  case $2 in
    initiation) type=1 ;;
    response) type=2 ;;
    keepalive | data) type=4 ;;
  esac
  mapfile -t lines <$tap
  heard=()
  for line in "${lines[@]:marked}"; do
    [[ $line =~ " dir=$direction ".*" proto=17 ".*" type="$type" data="([0-9a-f]+) ]] || continue
    case $2:${#BASH_REMATCH[1]} in
      keepalive:64) ;;
      keepalive:* | data:64) continue ;;
    esac
    heard+=("$line")
  done
}

mark() {
  sleep 0.05
  read -r since _ </proc/uptime
  local -a lines
  mapfile -t lines <$tap
  marked=${#lines[@]}
}

payload() { echo "${1##*data=}"; } # LINE

expect_initiations() { # LEFT RIGHT: since the mark
  local found
  hear left initiation
  found=${#heard[@]}
  hear right initiation
  [ "$found ${#heard[@]}" = "$1 $2" ] || fail "initiations of left and right: $found ${#heard[@]}, not $1 $2"
}

once_at() { if [ "$1" = left ]; then echo 1 0; else echo 0 1; fi; }

endpoint_of() { # SIDE: of its peer
  wg_of "$1" show "$(device_of "$1")" endpoints | cut -f2 | tr -d '[]'
}

# ------------------------------------------------------------------------------ a tunnel's adventures

# From one address to another of the same network: with the first one the kernel may take the second.
move() { # SIDE FROM TO BITS
  ip -n "$1" -batch - <<END
addr add $3/$4 dev outer
addr del $2/$4 dev outer
addr replace $3/$4 dev outer
END
}

# The other end's session is of no use any more: after 15 s without an answer it begins a new one.
lose_session() { # SIDE
  local partner since marked
  partner=$(partner_of "$1")
  wg_of "$1" setconf "$(device_of "$1")" "$1.lost"
  mark
  unanswered "$partner"
  sleep 14.9
  expect_initiations 0 0
  sleep 2.1
  expect_initiations $(once_at "$partner")
  both_ping "$1"
}

adventures() { # SIDE PRESHARED FAMILY
  local since marked side net=192.0.2. bits=24 endpoint
  [ "$3" = 4 ] || { net=fd00:: bits=64; }
  mark
  begin "$@"
  both_ping "$1"
  sleep 1
  expect_initiations $(once_at "$1")

  # Who began renews when he sends after 120 seconds.
  sleep 121
  mark
  ping_from "$1"
  sleep 1
  expect_initiations $(once_at "$1")
  both_ping "$1"

  # Both ends move: to other addresses, theirs to another port as well.
  move right ${net}2 ${net}21 $bits
  wg_of right set $device listen-port 40000
  ping_from right
  endpoint=$(endpoint_of left)
  [ "$endpoint" = "${net}21:40000" ] || fail "theirs is at $endpoint"
  move left ${net}1 ${net}11 $bits
  ping_from left
  endpoint=$(endpoint_of right)
  [ "$endpoint" = "${net}11:51821" ] || fail "ours is at $endpoint"
  both_ping right
  move left ${net}11 ${net}1 $bits
  move right ${net}21 ${net}2 $bits

  # Each starts anew, knows nothing of a session, and begins.
  for side in right left; do
    stop $side
    mark
    start $side $side.full
    both_ping $side
    expect_initiations $(once_at $side)
  done

  lose_session right
  lose_session left
  stop left
  stop right
}

once() {
  local side=left
  [ "${arguments[0]}" = ours ] || side=right
  adventures $side "${arguments[1]}" "${arguments[2]}"
}

all() {
  local side preshared family
  for side in left right; do
    for preshared in no yes; do
      for family in 4 6; do
        echo "begun at $side, pre-shared key $preshared, IPv$family"
        adventures $side $preshared $family
      done
    done
  done
}

# ------------------------------------------------------------------------------ a long life

ran_out() { # TIMER [TIMES]
  totals[$1]=$((${totals[$1]:-0} + ${2:-1}))
}

# So many messages of a kind the subject has sent since the mark.
exactly() { # NUMBER KIND
  hear $subject "$2"
  [ ${#heard[@]} = "$1" ] || fail "${#heard[@]} of kind $2, not $1"
}

received() { # bytes, by the subject
  wg_of $subject show "$(device_of $subject)" transfer | cut -f2
}

shaken() { # when the subject's last handshake was
  wg_of $subject show "$(device_of $subject)" latest-handshakes | cut -f2
}

# What was kept from the subject, from another port; where its peer is it still knows afterwards.
deliver() { # HEX
  local host=1 other=2
  [ $subject = left ] || { host=2; other=1; }
  ip netns exec $partner perl "$here/../wire.pl" replay 0 192.0.2.$host 5182$host 1 0 "$1"
  sleep 0.1
  wg_of $subject set "$(device_of $subject)" peer "$(<$partner.pub)" endpoint 192.0.2.$other:5182$other
}

# The subject's side begins a session, or renews it, at the time $began.
ping_anew() { # SIDE
  mark
  began=$since
  ping_from "$1"
  hear "$1" initiation
  [ ${#heard[@]} = 1 ] || fail "$1 began ${#heard[@]} times"
}

begins_with() { # TYPE: of the subject's first message since the mark
  hear $subject any
  [[ ${heard[0]} = *" type=$1 "* ]]
}

# Begins and ends without a session. A response that comes late is taken while the subject has its
# keys, and not any more when they are erased, 540 s after the last handshake and a timer's slack.
one_life() { # SECONDS: from the last handshake to that response
  local since marked began kept response before
  ping_anew $subject

  mark
  unanswered $partner
  sleep 13
  exactly 1 keepalive
  ran_out 'passive keepalive'

  mark
  wg_of $subject set "$(device_of $subject)" peer "$(<$partner.pub)" persistent-keepalive 10
  sleep 58
  hear $subject keepalive
  [ ${#heard[@]} -ge 5 ] || fail "${#heard[@]} persistent keepalives"
  ran_out 'persistent keepalive' ${#heard[@]}
  wg_of $subject set "$(device_of $subject)" peer "$(<$partner.pub)" persistent-keepalive 0

  sleep_until "$began" 117
  mark
  ping_from $subject
  exactly 0 initiation
  sleep_until "$began" 122
  ping_anew $subject
  begins_with 4 || fail 'the session was not in use any more'
  ran_out 'rekey by age, when sending'

  sleep_until "$began" 163
  mark
  unanswered $partner
  sleep 0.5
  exactly 0 initiation
  sleep_until "$began" 168
  mark
  began=$since
  unanswered $partner
  sleep 0.5
  exactly 1 initiation
  ran_out 'rekey by age, when receiving'

  # The partner begins, so that neither receiving nor sending makes the subject renew it.
  sleep_until "$began" 182
  ping_anew $partner
  deaf $subject
  mark
  unanswered $partner count=2
  sleep 0.1
  hear $partner data
  kept=("$(payload "${heard[0]}")" "$(payload "${heard[1]}")")
  hears $subject
  ping_from $subject
  sleep_until "$began" 178
  before=$(received)
  deliver "${kept[0]}"
  [ "$(received)" -gt "$before" ] || fail 'not received after 178 s'
  sleep_until "$began" 181
  before=$(received)
  deliver "${kept[1]}"
  [ "$(received)" = "$before" ] || fail 'received after 181 s'
  ran_out 'reject by age, when receiving'
  ping_anew $subject
  begins_with 1 || fail 'data sent after 181 s'
  ran_out 'reject by age, when sending'

  # Nobody is heard.
  sleep 20
  deaf $subject
  mark
  unanswered $subject
  sleep_until "$since" 14.9
  exactly 0 initiation
  sleep_until "$since" 17
  exactly 1 initiation
  ran_out 'new handshake'
  sleep_until "$since" 150
  exactly 20 initiation
  ran_out retransmit 19
  hear $partner response
  response=$(payload "${heard[-1]}")
  mark
  sleep_until "$began" "$1"
  exactly 0 any
  ran_out 'giving up'
  hears $subject
  before=$(shaken)
  deliver "$response"
  if [ "$1" -gt 540 ]; then
    [ "$(shaken)" = "$before" ] || fail 'the keys were not erased'
    ran_out 'zero keys'
  else
    [ "$(shaken)" != "$before" ] || fail 'the keys were erased too soon'
    sleep 620 # as the next life begins
  fi
}

live() {
  local -A totals=()
  local subject=left partner=right born life timer
  [ "${arguments[0]}" = ours ] || { subject=right; partner=left; }
  born=$(now)
  begin $subject yes 4
  # Both know where the other is.
  wg_of $partner setconf "$(device_of $partner)" $partner.full
  one_life 530
  for ((life = 1; life <= arguments[1]; life++)); do one_life 610; done
  for timer in "${!totals[@]}"; do
    echo "fired ${totals[$timer]} times: $timer"
    [ "${totals[$timer]}" -ge "${arguments[1]}" ] || fail "$timer: ${totals[$timer]} times"
  done
  [ ${#totals[@]} = 10 ] || fail "${#totals[@]} timers"
  awk -v born="$born" -v now="$(now)" 'BEGIN { print "lived " int(now - born) " s" }'
}

make_pair
[ "$peer" = in_tree ] || echo "peer $("$peer" --version | head -n 1)"
left() { busybox nsenter --net=/run/netns/left "$@"; }
right() { busybox nsenter --net=/run/netns/right "$@"; }
mkdir -p /dev/net
[ -c /dev/net/tun ] || mknod /dev/net/tun c 10 200
run_phase "$part"
exit $failed
