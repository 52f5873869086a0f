# SPDX-License-Identifier: Apache-2.0
# What timers.sh and load.sh share; sourced inside the fast lane's kernel, which should run on virtual
# time (run.sh -k time-travel=inf-cpu): computing takes none, sleeping is over at once.
#
# Namespaces left and right, joined by veth (outer, 192.0.2.1 and .2), each with a wg0 (10.77.0.1 and
# .2) that has the other as its peer. 10.77.0.98 and .99 are routed to left and to right, who discard
# what comes for them: data that nobody answers. A tap on right's outer notes every packet.
set -euo pipefail
here=$(dirname "$0")
cd /tmp
umask 077
export WG_COLOR_MODE=never
tap=/tmp/tap
failed=0

left() { ip netns exec left "$@"; }
right() { ip netns exec right "$@"; }
wire() { perl "$here/../wire.pl" "$@"; }

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Runs a function in a shell of its own; a line "ok" or "not ok" says how it ended.
run_phase() { # NAME: also the function's
  local status
  # Not in a condition: there, errors would not end it.
  set +e
  ( set -eE; trap 'echo "FAILED: line $LINENO: $BASH_COMMAND" >&2' ERR; "$1" )
  status=$?
  set -e
  if [ $status = 0 ]; then echo "ok $1"; else echo "not ok $1"; failed=1; fi
}

make_pair() {
  echo "kernel $(uname -r)"
  local side
  for side in left right; do
    ip netns add $side
    ip -n $side link set lo up
    wg genkey >$side.key
    wg pubkey <$side.key >$side.pub
  done
  wg genpsk >psk
  ip link add outer netns left address 02:00:00:00:00:01 type veth \
    peer name outer netns right address 02:00:00:00:00:02
  # Whoever is deaf must not need to answer for its address.
  connect left 1 2
  connect right 2 1
  describe_end right 51820 1 99 >left.conf
  describe_end left 51821 2 98 >right.conf
  right perl "$here/../wire.pl" tap $tap outer &
  until [ -e $tap ]; do sleep 0.1; done
}

connect() { # SIDE HOST OTHER
  ip netns exec "$1" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/outer/accept_dad'
  ip -n "$1" -batch - <<END
addr add 192.0.2.$2/24 dev outer
addr add fd00::$2/64 dev outer nodad
link set outer up
neigh add 192.0.2.$3 lladdr 02:00:00:00:00:0$3 dev outer nud permanent
neigh add 192.0.2.${3}1 lladdr 02:00:00:00:00:0$3 dev outer nud permanent
neigh add fd00::$3 lladdr 02:00:00:00:00:0$3 dev outer nud permanent
rule add pref 100 lookup local
rule del pref 0
END
}

describe_end() { # PEER PORT HOST UNANSWERED
  local own=left
  [ "$1" = left ] && own=right
  cat <<END
[Interface]
PrivateKey = $(cat $own.key)
ListenPort = $2
[Peer]
PublicKey = $(cat "$1.pub")
PresharedKey = $(cat psk)
AllowedIPs = 10.77.0.$((3 - $3))/32, 10.77.0.$4/32
Endpoint = 192.0.2.$((3 - $3)):$((103641 - $2))
END
}

# Both ends anew: no session, no handshake behind them, whatever a phase has left.
fresh() {
  local side host=1
  prefer_address ''
  for side in left right; do
    ip -n $side rule del pref 50 2>/dev/null || true
    ip -n $side link delete wg0 2>/dev/null || true
    ip -n $side link add wg0 type wireguard
    ip netns exec $side wg setconf wg0 $side.conf
    ip -n $side -batch - <<END
addr add 10.77.0.$host/24 dev wg0
link set wg0 up
END
    host=2
  done
}

# A fresh pair whose left end has begun a session, at the time $began.
session() {
  fresh
  began=$(now)
  left ping -q -n -c 1 -W 20 10.77.0.2 >/dev/null
}

# Another address at left, 192.0.2.11, which routing prefers; or without it.
prefer_address() { # 1, or nothing
  ip -n left addr add 192.0.2.11/24 dev outer 2>/dev/null || true
  ip -n left route replace 192.0.2.0/24 dev outer src 192.0.2.1"$1"
  [ -n "$1" ] || ip -n left addr del 192.0.2.11/24 dev outer
}

deaf() { # SIDE: hears nothing that comes in by outer
  ip -n "$1" rule add pref 50 iif outer blackhole
}

hears() { # SIDE
  ip -n "$1" rule del pref 50
}

unanswered() { # SIDE [OPTION...]: datagrams that the other end discards
  local side=$1 target=99
  shift
  [ $side = left ] || target=98
  [ "$(ip netns exec $side perl "$here/../wire.pl" send 10.77.0.$target 9 "$@" | cut -d'*' -f1)" = 0 ] ||
    fail "$side cannot send"
}

now() { cut -d' ' -f1 /proc/uptime; }

# Keeps the time in $since, apart from all that was before it.
mark() {
  sleep 0.05
  since=$(now)
}

sleep_until() { # TIME SECONDS
  sleep "$(awk -v since="$1" -v more="$2" -v now="$(now)" \
    'BEGIN { left = since + more - now; print (left > 0 ? left : 0) }')"
}

# Times and payloads of what the tap saw since a time: DIRECTION is in (from left) or out (from
# right), KIND initiation, response, cookie, keepalive, data or any.
seen() { # SINCE DIRECTION KIND
  awk -v since="$1" -v direction="$2" -v kind="$3" '
    { delete f; for (i = 1; i <= NF; i++) { split($i, pair, "="); f[pair[1]] = pair[2] } }
    f["t"] < since - 0.011 || f["dir"] != direction || f["proto"] != 17 { next }
    { is = f["type"] == 1 ? "initiation" : f["type"] == 2 ? "response" : f["type"] == 3 ? "cookie" : "" }
    f["type"] == 4 { is = length(f["data"]) == 64 ? "keepalive" : "data" }
    # Not what load.sh floods with.
    f["data"] ~ /^0100000000000000/ { next }
    is != "" && (kind == "any" || kind == is) { printf "%.3f %s %s %s\n", f["t"] - since, f["data"], f["src"], is }
  ' $tap
}

count() { # SINCE DIRECTION KIND
  seen "$@" | wc -l
}

# Fails unless what was seen since then came at these times after it, no more and no less.
expect() { # SINCE DIRECTION KIND [FROM-TO]...
  local since=$1 direction=$2 kind=$3
  shift 3
  seen "$since" "$direction" "$kind" | awk -v windows="$*" -v what="$kind $direction" '
    BEGIN { expected = split(windows, window, " ") }
    {
      times = times " " $1
      split(window[NR], ends, "-")
      if (NR > expected || $1 < ends[1] - 0.011 || $1 > ends[2]) wrong = 1
    }
    END {
      if (!wrong && NR == expected) exit 0
      print "FAILED: " what ", expected at " windows ", seen at" times
      exit 1
    }' >&2
}

counter() { # SIDE NAME: of its wg0
  ip netns exec "$1" cat /sys/class/net/wg0/statistics/"$2"
}

expect_counter() { # SIDE NAME VALUE
  local value
  value=$(counter "$1" "$2")
  [ "$value" = "$3" ] || fail "$2 of $1 is $value, not $3"
}

shook_hands() { # SIDE: since it is there
  [ "$(ip netns exec "$1" wg show wg0 latest-handshakes | cut -f2)" != 0 ]
}
