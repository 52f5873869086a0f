# SPDX-License-Identifier: Apache-2.0
# WireGuard between ta and tb: by the module that is loaded, or by $program.
for side in a b; do
  if [ -n "$program" ]; then
    ip netns exec $side $program t$side >/dev/null 2>&1
  else
    ip -n $side link add t$side type wireguard
  fi
  wg genkey >$side.key
  wg pubkey <$side.key >$side.pub
done
case $outer_b in
  *:*) endpoint=[$outer_b] ;;
  *) endpoint=$outer_b ;;
esac
ip netns exec a wg set ta private-key a.key listen-port 51820 \
  peer $(cat b.pub) endpoint $endpoint:51820 allowed-ips 10.77.0.2/32
ip netns exec b wg set tb private-key b.key listen-port 51820 \
  peer $(cat a.pub) allowed-ips 10.77.0.1/32
ip -n a addr add 10.77.0.1/24 dev ta
ip -n b addr add 10.77.0.2/24 dev tb
for side in a b; do ip -n $side link set t$side mtu $mtu up; done
