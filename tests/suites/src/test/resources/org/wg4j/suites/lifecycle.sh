# SPDX-License-Identifier: Apache-2.0
# What the scripts of LifecycleTest share; they run in a guest. a and b are namespaces with one end
# of a tunnel each: 192.168.77.1 and 192.168.77.2 on their wg0. The files beside this one say how to
# configure them.
set -e
cd /tmp/life

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Waits until a command succeeds: what is awaited here takes moments, on the slowest host a minute.
await() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 1800 ] || fail "not in time: $*"
    sleep 0.1
  done
}

# Namespaces and tunnels -----------------------------------------------------------------------

add_link() { # NAMESPACE HOST: its end of the veth pair, up
  ip -n "$1" -batch - <<END
link set lo up
addr add 10.0.0.$2/24 dev v0
link set v0 up
END
}

configure() { # NAMESPACE PEER-ADDRESS: its wg0, which is there, and up afterwards
  sed "s/PEER/$2/" "$1.conf" | ip netns exec "$1" wg setconf wg0 /dev/stdin
  ip -n "$1" -batch "$1.ip"
}

make_end() { # NAMESPACE
  ip -n "$1" link add wg0 type wireguard
  if [ "$1" = a ]; then configure a 10.0.0.2; else configure b 10.0.0.1; fi
}

make_pair() {
  ip netns add a
  ip netns add b
  ip link add v0 netns a type veth peer name v0 netns b
  add_link a 1
  add_link b 2
  make_end a
  make_end b
}

# Both devices' sockets are in o, on its loopback.
make_pair_from_o() {
  ip netns add a
  ip netns add b
  ip netns add o
  ip -n o link set lo up
  for ns in a b; do
    ip -n o link add wg0 type wireguard
    ip -n o link set wg0 netns $ns
    configure $ns 127.0.0.1
  done
}

ping_b() {
  ip netns exec a ping -q -c 1 -W 60 192.168.77.2
}

# Traffic --------------------------------------------------------------------------------------

loops=

# Until quiet: floods of echo requests both ways and TCP from a to b, whatever happens below them.
# A connection that lingers would keep its namespace.
traffic() {
  ip netns exec b socat -u TCP-LISTEN:9000,fork,reuseaddr,linger=0 OPEN:/dev/null >/dev/null 2>&1 &
  (
    while :; do
      ip netns exec a socat -u OPEN:/dev/zero TCP:192.168.77.2:9000,connect-timeout=5,linger=0 || :
      sleep 0.2
    done
  ) >/dev/null 2>&1 &
  loops="$loops $!"
  flood a 192.168.77.2
  flood b 192.168.77.1
  flows a b
}

flood() { # NAMESPACE ADDRESS
  ip netns exec "$1" ping -q -f -s 1200 "$2" >/dev/null 2>&1 &
}

received() { # NAMESPACE: packets, by its wg0
  ip netns exec "$1" cat /sys/class/net/wg0/statistics/rx_packets
}

received_more() { # NAMESPACE COUNT
  [ "$(received "$1")" -ge "$2" ]
}

flows() { # NAMESPACE...: waits until each has received more
  for ns; do
    await received_more "$ns" $(($(received "$ns") + 30))
  done
}

quiet() {
  [ -z "$loops" ] || kill $loops || :
  loops=
  for ns in a b o; do
    [ -e /run/netns/$ns ] || continue
    ip netns pids $ns | xargs -r kill -9
    # What TCP still wants to say for those who are gone would keep the namespace for minutes.
    ip netns exec $ns ss -K -t -a >/dev/null 2>&1 || :
  done
}

delete_namespaces() {
  for ns in a b o; do
    [ ! -e /run/netns/$ns ] || ip netns delete $ns
  done
}

# A test that failed leaves nothing in the next one's way.
clean_up() {
  quiet
  delete_namespaces
}
trap clean_up EXIT

# Accounts -------------------------------------------------------------------------------------

# Shrinking a cache gives back what a processor keeps at hand and what KASAN holds back.
objects() { # CACHE: how many are in use
  [ ! -e "/sys/kernel/slab/$1/shrink" ] || echo 1 >"/sys/kernel/slab/$1/shrink"
  awk -v cache="$1" '$1 == cache { n = $2 } END { print n + 0 }' /proc/slabinfo
}

objects_are() { # CACHE COUNT
  [ "$(objects "$1")" -eq "$2" ]
}

sockets() { # NAMESPACE: its UDP sockets' local addresses
  ip netns exec "$1" ss -Huna | awk '{ print $4 }' | sort
}

# Namespaces go in the background, some at a time, and their memory only when the next ones go.
namespaces_are() { # COUNT
  [ "$(objects net_namespace)" -gt $(($1 + 1)) ] || return 0
  ip netns add last
  ip netns delete last
  sleep 1
  return 1
}

nothing_left() {
  clean_up
  await namespaces_are 0
  [ -z "$(ip -o link show type wireguard)" ] || fail "links: $(ip -o link show type wireguard)"
  [ -z "$(ss -Huna)" ] || fail "sockets: $(ss -Huna)"
  if [ -e /sys/module/wireguard ]; then
    await objects_are wg_peer 0
    await grep -qx 0 /sys/module/wireguard/refcnt
  fi
}

# Bytes in what the kernel allocated and does not give back when asked.
memory() {
  echo 3 >/proc/sys/vm/drop_caches
  awk '
    FILENAME == "/proc/slabinfo" && $1 ~ /^(kmalloc-[0-9]|kmalloc-cg-|skbuff|UDP|ip_dst|ip6_dst|wg_)/ { n += $2 * $4 }
    $1 ~ /^(Percpu|VmallocUsed):$/ { n += $2 * 1024 }
    END { printf "%d\n", n }' /proc/slabinfo /proc/meminfo
}
