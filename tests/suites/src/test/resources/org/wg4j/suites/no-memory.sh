# SPDX-License-Identifier: Apache-2.0
# Run in a guest whose kernel has failslab with a stack trace filter. Two devices talk over loopback
# while every slab allocation fails that has our module in its stack, save those below __alloc_skb:
# the handshake messages and keepalives that we send need a packet to be in. Prints how many
# allocations failed, and what the counter at each end says.
set -eu
failslab=/sys/kernel/debug/failslab

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# The addresses of our module's functions, and of the last one's end at most.
module_range() {
  sed -n 's/^\([0-9a-f]*\) [tT] .*\[wireguard\]$/0x\1/p' /proc/kallsyms | sort >functions
  echo "$(head -1 functions) $(printf '0x%x' $(($(tail -1 functions) + 4096)))"
}

# The addresses of a function of the kernel.
function_range() {
  sort /proc/kallsyms | awk -v name="$1" '
    start && $1 != start { print "0x" start, "0x" $1; exit }
    $3 == name { start = $1 }'
}

set_up() { # END NAMESPACE
  other=$((3 - $1))
  ip netns exec "$2" wg set wg"$1" private-key key"$1" listen-port 4000"$1" \
    peer "$(cat public$other)" allowed-ips 10.9.0.$other/32 endpoint 127.0.0.1:4000$other
  ip -n "$2" addr add 10.9.0."$1"/24 dev wg"$1"
  ip -n "$2" link set wg"$1" up
}

talk() { # once each way, from each processor
  cpu=0
  while [ $cpu -lt "$(nproc)" ]; do
    taskset -c $cpu ip netns exec near ping -q -c 2 -i 0.2 -W 120 10.9.0.2 >/dev/null ||
      fail "nothing gets through from processor $cpu $1"
    taskset -c $cpu ip netns exec far ping -q -c 2 -i 0.2 -W 120 10.9.0.1 >/dev/null ||
      fail "nothing comes back from processor $cpu $1"
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
# What the stack below keeps for each processor is not the module's.
talk 'with memory'

set -- $(module_range) $(function_range __alloc_skb)
echo "module $1 to $2, __alloc_skb $3 to $4"
echo "$1" >$failslab/require-start
echo "$2" >$failslab/require-end
echo "$3" >$failslab/reject-start
echo "$4" >$failslab/reject-end
echo 32 >$failslab/stacktrace-depth
echo N >$failslab/ignore-gfp-wait
echo -1 >$failslab/times
echo 2 >$failslab/verbose
echo 100 >$failslab/probability

# That memory is out: no peer can be added.
! ip netns exec near wg set wg1 peer "$(wg pubkey <spare)" 2>error ||
  fail 'a peer was added without memory'
grep -q 'Cannot allocate memory' error || fail "no peer: $(cat error)"

round=0
while [ $round -lt 3 ]; do
  forget
  before=$(handshakes)
  sleep 1.1
  talk 'without memory'
  [ "$(handshakes)" -gt "$before" ] || fail "no handshake in round $round"
  round=$((round + 1))
done
echo 0 >$failslab/probability
echo "no-memory: $round handshakes and the data after them"
ip netns delete near
ip netns delete far
