# SPDX-License-Identifier: Apache-2.0
# Four more peers of tb, each with its own device in a, its own addresses and its own server in b.
for i in 1 2 3 4; do
  wg genkey >a$i.key
  wg pubkey <a$i.key >a$i.pub
  ip -n a link add ta$i type wireguard
  ip netns exec a wg set ta$i private-key a$i.key \
    peer $(cat b.pub) endpoint $(ip netns exec a wg show ta endpoints | cut -f 2) allowed-ips 10.77.$i.2/32
  ip netns exec b wg set tb peer $(cat a$i.pub) allowed-ips 10.77.$i.1/32
  ip -n a addr add 10.77.$i.1/24 dev ta$i
  ip -n b addr add 10.77.$i.2/24 dev tb
  ip -n a link set ta$i mtu $mtu up
  ip netns exec b iperf3 -s -D -p 530$i
  until ip netns exec b ss -Hltn | grep -q :530$i; do sleep 0.1; done
  ip netns exec a ping -n -q -c 1 -w 60 10.77.$i.2 >/dev/null
done
