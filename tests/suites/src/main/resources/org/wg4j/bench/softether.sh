# SPDX-License-Identifier: Apache-2.0
# SoftEther: its server in b bridges a virtual hub to a tap, its client in a has a virtual card, both
# as vpncmd makes them. Packets take its "UDP acceleration" (ChaCha20-Poly1305), which is there by
# default, what controls it goes by TLS. An Ethernet frame of it carries 1500 bytes at most.
modprobe tun
[ $mtu -le 1500 ] || mtu=1500
rm -rf /var/lib/softether /var/log/softether /run/softether
mkdir -p /var/lib/softether /var/log/softether /run/softether
printf '127.0.0.1 localhost lab\n%s outer-b\n' $outer_b >/etc/hosts
password=$(head -c 18 /dev/urandom | base64)

ip netns exec b vpnserver start
until ip netns exec b ss -Hltn | grep -q :443; do sleep 0.1; done
cat >b.commands <<END
HubDelete DEFAULT
HubCreate bench /PASSWORD:$password
BridgeCreate bench /DEVICE:b /TAP:yes
Hub bench
UserCreate a /GROUP:none /REALNAME:none /NOTE:none
UserPasswordSet a /PASSWORD:$password
END
# It repeats what it reads, passwords too.
ip netns exec b vpncmd localhost:443 /SERVER /IN:b.commands >b.vpncmd
ip netns exec a vpnclient start
until ip netns exec a ss -Hltn | grep -q :9931; do sleep 0.1; done
cat >a.commands <<END
NicCreate a
AccountCreate bench /SERVER:outer-b:443 /HUB:bench /USERNAME:a /NICNAME:a
AccountPasswordSet bench /PASSWORD:$password /TYPE:standard
AccountConnect bench
END
ip netns exec a vpncmd localhost /CLIENT /IN:a.commands >a.vpncmd
until ip -n b link show tap_b >/dev/null 2>&1; do sleep 0.1; done
ip -n a addr add 10.77.0.1/24 dev vpn_a
ip -n b addr add 10.77.0.2/24 dev tap_b
ip -n a link set vpn_a mtu $mtu
ip -n b link set tap_b mtu $mtu
until ip netns exec a vpncmd localhost /CLIENT /CMD AccountStatusGet bench |
  grep -q 'UDP Acceleration is Active *|Yes'; do sleep 1; done
