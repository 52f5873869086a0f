# SPDX-License-Identifier: Apache-2.0
# What the scripts share that Facts runs in a guest. a and b are namespaces with one end of a
# tunnel each: 192.168.77.1, fd77::1 and 192.168.77.2, fd77::2 on wg0; 10.0.0.1, fd00::1 and 10.0.0.2,
# fd00::2 on v0, the veth between them. What a script prints is a fact; the rest goes to standard error.
set -e
cd /tmp
wire=/wg4j/tests/lab/wire.pl
taps=

a() { ip netns exec a "$@"; }
b() { ip netns exec b "$@"; }

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Waits until a command succeeds: what is awaited here takes moments, on the slowest host a minute.
await() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 1200 ] || fail "not in time: $*"
    sleep 0.1
  done
}

connect() { # a handshake, and a packet each way
  a ping -q -n -c 1 -W 60 192.168.77.2 >&2
}

peer() { # NAMESPACE: the public key of its only peer
  ip netns exec "$1" wg show wg0 peers
}

endpoint() { # NAMESPACE: of its only peer
  ip netns exec "$1" wg show wg0 endpoints | cut -f2
}

endpoint_is() { # NAMESPACE ENDPOINT
  [ "$(endpoint "$1")" = "$2" ]
}

counter() { # NAMESPACE NAME: of its wg0
  ip netns exec "$1" cat "/sys/class/net/wg0/statistics/$2"
}

# On v0 the datagrams come one by one from then on, as from a card that does not cut batches.
tap() { # NAMESPACE FILE INTERFACE
  if [ "$3" = v0 ]; then
    a ethtool -K v0 tx-udp-segmentation off >&2
    b ethtool -K v0 tx-udp-segmentation off >&2
  fi
  rm -f "$2"
  ip netns exec "$1" perl $wire tap "$2" "$3" &
  taps="$taps $!"
  await test -e "$2"
}

# What a tap has noted is complete afterwards.
untap() {
  kill $taps
  wait $taps || :
  taps=
}

# Of the packets that a file holds and a pattern matches, some fields, each run of equal ones once.
fields() { # FILE PATTERN KEY...
  file=$1
  pattern=$2
  shift 2
  grep -E "$pattern" "$file" | awk -v keys="$*" '
    BEGIN { count = split(keys, key, " ") }
    {
      line = ""
      for (k = 1; k <= count; k++)
        for (i = 1; i <= NF; i++)
          if (index($i, key[k] "=") == 1) line = line (line == "" ? "" : " ") $i
      print line
    }' | uniq
}

quiet() {
  [ -z "$taps" ] || kill $taps || :
}
trap quiet EXIT
