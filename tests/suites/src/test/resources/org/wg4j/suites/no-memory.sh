# SPDX-License-Identifier: Apache-2.0
# Run in a guest whose kernel has failslab with a stack trace filter. Two devices talk over loopback
# while every slab allocation fails that has our module in its stack, save those below __alloc_skb:
# the handshake messages and keepalives that we send need a packet to be in. Prints how many
# allocations failed.
set -eu
failslab=/sys/kernel/debug/failslab
many=1000000

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# The addresses of a function of the kernel, and of the next one.
function_range() {
  awk -v name="$1" '
    start { print "0x" start, "0x" $1; exit }
    $3 == name { start = $1 }' /proc/kallsyms
}

set_up() { # END NAMESPACE
  other=$((3 - $1))
  ip netns exec "$2" wg set wg"$1" private-key key"$1" listen-port 4000"$1" \
    peer "$(cat public$other)" allowed-ips 10.9.0.$other/32 endpoint 127.0.0.1:4000$other
  ip -n "$2" addr add 10.9.0."$1"/24 dev wg"$1"
  ip -n "$2" link set wg"$1" up
}

# What UDP datagrams bring is written to files. Not ping: its raw socket gets a copy of each packet,
# made by the stack above us, on our stack.
listen() { # END NAMESPACE
  ip netns exec "$2" socat -u UDP-RECV:7,bind=10.9.0."$1" CREATE:heard$1 &
  listeners="$listeners $!"
}
listeners=
trap 'kill $listeners' EXIT

say() { # TO NAMESPACE: a new word, until it has arrived
  word=$((word + 1))
  tries=0
  until grep -qx "word $word" heard"$1"; do
    tries=$((tries + 1))
    [ $tries -lt 120 ] || fail "nothing arrives at 10.9.0.$1 $when"
    echo "word $word" | ip netns exec "$2" socat -u - UDP-SENDTO:10.9.0."$1":7 || :
    sleep 0.5
  done
}
word=0

talk() { # each way, from each processor
  when=$1
  cpu=0
  while [ $cpu -lt "$(nproc)" ]; do
    taskset -cp $cpu $$ >/dev/null
    say 2 near
    say 1 far
    cpu=$((cpu + 1))
  done
}

handshakes() { # when the latest was, in seconds
  ip netns exec near wg show wg1 latest-handshakes | cut -f2
}

# A new private key, back to the old one: both ends' sessions end, the next packet needs a handshake.
forget() {
  ip netns exec near wg set wg1 private-key spare
  ip netns exec near wg set wg1 private-key key1
}

rm -rf /tmp/no-memory
mkdir -m 700 /tmp/no-memory
cd /tmp/no-memory
ip netns add near
ip netns add far
ip -n near link set lo up
ip -n near link add wg1 type wireguard
ip -n near link add wg2 type wireguard
ip -n near link set wg2 netns far
for end in 1 2; do wg genkey | tee key$end | wg pubkey >public$end; done
wg genkey >spare
set_up 1 near
set_up 2 far
listen 1 near
listen 2 far
# What the stack below keeps for each processor is not the module's.
talk 'with memory'

# Where x86-64 has its modules, of which ours is the only one.
echo 0xffffffffa0000000 >$failslab/require-start
echo 0xffffffffff000000 >$failslab/require-end
set -- $(function_range __alloc_skb)
echo "$1" >$failslab/reject-start
echo "$2" >$failslab/reject-end
echo 32 >$failslab/stacktrace-depth
echo N >$failslab/ignore-gfp-wait
echo $many >$failslab/times
echo 0 >$failslab/verbose
echo 100 >$failslab/probability

failed() { # how many allocations have failed so far
  echo $((many - $(cat $failslab/times)))
}

# That memory is out: no peer can be added.
! ip netns exec near wg set wg1 peer "$(wg pubkey <spare)" 2>error ||
  fail 'a peer was added without memory'
grep -q 'Cannot allocate memory' error || fail "no peer: $(cat error)"

[ "$(failed)" -gt 0 ] || fail 'nothing was refused'
echo "no-memory: $(failed) allocations refused to configuration"
round=0
while [ $round -lt 3 ]; do
  before=$(handshakes)
  # The next one is in another second.
  sleep 1.1
  forget
  talk 'without memory'
  [ "$(handshakes)" -gt "$before" ] || fail "no handshake in round $round"
  round=$((round + 1))
done
echo 0 >$failslab/probability
echo "no-memory: $(failed) allocations refused in all"
echo "no-memory: $round handshakes and the data after them"
ip netns delete near
ip netns delete far
