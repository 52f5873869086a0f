# SPDX-License-Identifier: Apache-2.0
# Everything at once, for as many seconds as $1 says: traffic both ways, and meanwhile configuration,
# dumps, devices going down and up, devices moving between namespaces, roaming, new keys and sessions,
# devices created and deleted. Follows lifecycle.sh, which it uses. At the end the tunnel must work again.
seconds=$1
a="ip netns exec a"
b="ip netns exec b"
peer=$(cat b.public)

# Runs a function again and again until the time is up, and notes how often. What it does may fail: a
# device may be down, away or without a key at that moment. That it happened is what matters.
again() { # FUNCTION
  count=0
  while [ -e running ]; do
    "$1" >/dev/null 2>&1 || :
    count=$((count + 1))
  done
  echo "churn $1 $count"
}

configuration() {
  $a wg addconf wg0 others.conf
  $a wg set wg0 peer "$peer" allowed-ips 0.0.0.0/0,::/0
  $a wg set wg0 $(cat others.remove)
  $a wg set wg0 peer "$peer" allowed-ips 192.168.77.2/32,fd77::2/128
  $a wg syncconf wg0 a.full
}

dumps() {
  $a wg show all dump
  $b wg show all dump
}

down_and_up() {
  ip -n b link set wg0 down
  ip -n b link set wg0 up
}

moves() {
  ip -n a link set wgm netns b
  $b wg show wgm
  ip -n b link set wgm up
  ip -n b link set wgm netns a
}

roaming() {
  roamed=$((roamed % 1000 + 1))
  $a wg set wg0 listen-port $((40000 + roamed))
  sleep 0.3
}
roamed=0

rekeying() {
  $b wg set wg0 peer "$(cat a.public)" preshared-key /dev/null
  $b wg set wg0 peer "$(cat a.public)" preshared-key psk
  $a wg set wg0 private-key c.key
  $a wg set wg0 private-key a.key
  sleep 0.5
}

creation() {
  ip -n b link add wgc type wireguard
  $b wg addconf wgc others.conf
  ip -n b link set wgc up
  ip -n b link delete wgc
}

sed s/PEER/10.0.0.2/ a.conf >a.full
wg pubkey <a.key >a.public
make_pair
traffic
ip -n a link add wgm type wireguard
touch running
workers=
for work in configuration dumps down_and_up moves roaming rekeying creation; do
  again $work &
  workers="$workers $!"
done
sleep "$seconds"
rm running
wait $workers

ip -n b link set wg0 up
sed s/PEER/10.0.0.1/ b.conf >b.full
$a wg setconf wg0 a.full
$b wg setconf wg0 b.full
ip -n a -batch a.ip
ip -n b -batch b.ip
flows a b
echo "churn ended"
quiet
for device in wg0 wgm; do ip -n a link delete $device || ip -n b link delete $device; done
ip -n b link delete wg0
await objects_are wg_peer 0
