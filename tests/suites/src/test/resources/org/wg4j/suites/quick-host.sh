# SPDX-License-Identifier: Apache-2.0
# Makes the host that wg-quick and wgj are tried on: the namespace quick, with a link and default
# routes over it.
make_host() {
  ip netns add quick
  ip -n quick -batch - <<'END'
link set lo up
link add host0 address 02:00:00:00:00:01 type dummy
link set host0 addrgenmode none
link set host0 mtu 1400 up
addr add 192.0.2.1/24 dev host0
addr add 2001:db8::1/64 dev host0 nodad
route add default via 192.0.2.254 dev host0
route add default via 2001:db8::fe dev host0
END
}
