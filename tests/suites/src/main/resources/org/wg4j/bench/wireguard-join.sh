# SPDX-License-Identifier: Apache-2.0
# Makes ta and tb each other's peers.
case $outer_b in
  *:*) endpoint=[$outer_b] ;;
  *) endpoint=$outer_b ;;
esac
join() { # HOST PEER PEERS-HOST [OPTION...], of $side
  ip -n $side addr add 10.77.0.$1/24 dev t$side
  ip netns exec $side wg set t$side private-key $side.key listen-port 51820 \
    peer $(cat $2.pub) allowed-ips 10.77.0.$3/32 $4
  ip -n $side link set t$side mtu $mtu up
}
for side in $sides; do
  case $side in
    a) join 1 b 2 "endpoint $endpoint:51820" ;;
    b) join 2 a 1 ;;
  esac
done
