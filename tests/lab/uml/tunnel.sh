#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage (inside the fast lane's kernel): run.sh build/um/wireguard.ko -- tunnel.sh [SECONDS]
# One tunnel from end to end: two namespaces joined by veth, both peers this module, configured by the
# stock wg, with a pre-shared key; ping over IPv4 and IPv6, iperf3 for some seconds each way (default
# 2), statistics checked, then all of it taken down and the module unloaded.
set -euo pipefail
seconds=${1:-2}
cd /tmp
umask 077
export WG_COLOR_MODE=never

step() { echo "tunnel: $*"; }
left() { ip netns exec left "$@"; }
right() { ip netns exec right "$@"; }

step "namespaces and veth"
for side in left right; do
  ip netns add $side
  ip -n $side link set lo up
done
# No duplicate address detection: it would only make everyone wait.
ip link add outer netns left type veth peer name outer netns right
for side in left right; do
  ip netns exec $side sh -c 'echo 0 >/proc/sys/net/ipv6/conf/outer/accept_dad'
done
ip -n left addr add 192.0.2.1/24 dev outer
ip -n right addr add 192.0.2.2/24 dev outer
ip -n left link set outer up
ip -n right link set outer up

step "devices and keys"
for side in left right; do
  wg genkey >$side.key
  wg pubkey <$side.key >$side.pub
  ip -n $side link add wg0 type wireguard
done
wg genpsk >psk
left wg set wg0 private-key left.key listen-port 51820 \
  peer "$(cat right.pub)" preshared-key psk endpoint 192.0.2.2:51821 \
  allowed-ips 10.77.0.2/32,fd77::2/128
right wg set wg0 private-key right.key listen-port 51821 \
  peer "$(cat left.pub)" preshared-key psk allowed-ips 10.77.0.1/32,fd77::1/128
left sh -c 'ip addr add 10.77.0.1/24 dev wg0; ip addr add fd77::1/64 dev wg0 nodad; ip link set wg0 up'
right sh -c 'ip addr add 10.77.0.2/24 dev wg0; ip addr add fd77::2/64 dev wg0 nodad; ip link set wg0 up'

step "ping"
left ping -n -c 3 -i 0.2 -W 10 10.77.0.2
left ping -n -c 3 -i 0.2 -W 10 fd77::2
# Longer than the tunnel's MTU: fragments inside.
right ping -n -c 2 -i 0.2 -W 10 -s 4000 10.77.0.1

iperf() {
  local server
  mkfifo server.out
  right iperf3 -s -1 --forceflush >server.out 2>&1 &
  server=$!
  exec 7<server.out
  while read -r line <&7; do
    case $line in *listening*) break ;; esac
  done
  cat <&7 >server.log &
  left iperf3 -t "$seconds" "$@" | grep -E 'receiver|sender' || { cat server.log; return 1; }
  wait $server
  exec 7<&-
  rm server.out
}
step "iperf3, TCP over IPv4"
iperf -c 10.77.0.2
step "iperf3, TCP over IPv6, from the other side"
iperf -c fd77::2 -R
step "iperf3, UDP"
iperf -c 10.77.0.2 -u -b 20M

step "what the peers say"
left wg show wg0
handshake=$(left wg show wg0 latest-handshakes | cut -f2)
read -r _ received sent < <(left wg show wg0 transfer)
[ "$handshake" -gt 0 ] && [ "$received" -gt 100000 ] && [ "$sent" -gt 100000 ]

step "taking down one side by hand, the other with its namespace"
ip -n left link delete wg0
ip netns delete right
ip netns delete left
# A namespace goes in the background, and its device holds the module until it is gone.
for _ in $(seq 100); do
  [ "$(cat /sys/module/wireguard/refcnt)" = 0 ] && break
  sleep 0.1
done
busybox rmmod wireguard
[ ! -d /sys/module/wireguard ]
step "done"
