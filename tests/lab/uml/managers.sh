#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh -k time-travel=inf-cpu build/um/wireguard.ko build/um/in-tree/wg_intree.ko -- managers.sh ROOT [MANAGER...]
# Who configures tunnels for a living configures one on our module, from a configuration in its own
# language: networkd, network_manager and ifupdown as they are in ROOT (image/extend-root.sh
# bookworm-managers), and the commands that the scripts of netifd and netifrc give, which Debian has
# not. Namespace host is theirs; at the far end, in namespace far, is the kernel's own module. Each
# makes the tunnel, changes it, and takes it away; what there is then is compared with what was asked
# for. Prints "ok NAME" or "not ok NAME" for each, and the version of what ran.
set -euo pipefail
root_image=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)
cd /tmp
umask 077
export WG_COLOR_MODE=never LC_ALL=C
failed=0
root=/run/managed
port=51820 mark=0x5204 mtu=1380 address4=192.168.77.1/24 address6=fd77::1/64

host() { nsenter --net=/run/netns/host "$@"; }
far() { nsenter --net=/run/netns/far "$@"; }
# The managers' own file system: what they write dies with this kernel.
inside() { host chroot $root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"; }
wg_far() { far "$project/build/um/in-tree/wg-intree" "$@"; }

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

make_scene() {
  echo "kernel $(uname -r)"
  mkdir -p /run/layers $root
  mount -t tmpfs tmpfs /run/layers
  mkdir /run/layers/upper /run/layers/work
  chmod 755 /run/layers/upper # the root directory, for daemons that are not root
  mount -t overlay overlay $root \
    -o "lowerdir=$root_image,upperdir=/run/layers/upper,workdir=/run/layers/work"
  ip netns add host
  ip netns add far
  ip link add eth0 netns host type veth peer name eth0 netns far
  local side number=1
  for side in host far; do
    ip -n $side -batch - <<END
link set lo up
addr add 10.9.0.$number/24 dev eth0
link set eth0 up
END
    number=2
  done
  mount -t devtmpfs dev $root/dev
  mount -t proc proc $root/proc
  # Nobody's to write, as in a container: who sees that does without udev.
  host mount -t sysfs -o ro sysfs $root/sys
  mount -t tmpfs tmpfs $root/run
  mount -t tmpfs tmpfs $root/tmp
  mkdir -p $root/run/dbus $root/run/network $root/etc/wireguard
  chmod 755 $root/run/* $root/run
  inside dbus-daemon --system --fork

  local name
  for name in host far stranger another; do
    wg genkey >$name.key
    wg pubkey <$name.key >$name.pub
  done
  wg genpsk >psk
  ip -n far link add wg0 type wg_intree
  ip -n far -batch - <<END
addr add 192.168.77.2/24 dev wg0
addr add fd77::2/64 dev wg0 nodad
link set wg0 mtu $mtu up
END
  wg_far set wg0 private-key far.key listen-port $port
}

# What the host is to have: the peers' properties, of which a comma or nothing separates the parts.
first_wish() {
  keys=("$(cat far.pub)" "$(cat stranger.pub)")
  preshared=("$(cat psk)" '')
  endpoints=(10.9.0.2:$port '')
  keepalives=(25 0)
  allowed=(10.2.0.0/16,192.168.77.2/32,fd77::2/128 172.16.0.0/12,fd99::/32)
  # The far end anew, so that it has no session but that with this interface.
  wg_far set wg0 peer "$(cat host.pub)" remove
  wg_far set wg0 peer "$(cat host.pub)" preshared-key psk endpoint 10.9.0.1:$port \
    allowed-ips 192.168.77.1/32,fd77::1/128
}

# Another stranger, and other addresses of the peer.
second_wish() {
  keys[1]=$(cat another.pub)
  allowed=(10.3.0.0/16,192.168.77.2/32,fd77::2/128 172.16.0.0/13,198.51.100.7/32,fd98::/32)
}

# The wish as a file for wg setconf.
configuration() {
  printf '[Interface]\nPrivateKey = %s\nListenPort = %s\nFwMark = %s\n' "$(cat host.key)" $port $mark
  local i
  for i in 0 1; do
    printf '\n[Peer]\nPublicKey = %s\nAllowedIPs = %s\n' "${keys[i]}" "${allowed[i]}"
    [ -z "${preshared[i]}" ] || echo "PresharedKey = ${preshared[i]}"
    [ -z "${endpoints[i]}" ] || echo "Endpoint = ${endpoints[i]}"
    echo "PersistentKeepalive = ${keepalives[i]}"
  done
}

# Names of the allowed IPs, one a line; of one family with an argument.
destinations() { # [4|6]
  printf '%s\n' "${allowed[@]}" | tr , '\n' |
    case ${1:-} in 4) grep -v : ;; 6) grep : ;; *) cat ;; esac
}

# ------------------------------------------------------------------------------ the managers

# systemd.netdev(5), networkctl(1).
networkd_describe() {
  local i
  {
    printf '[NetDev]\nName=wg0\nKind=wireguard\nMTUBytes=%s\n\n' $mtu
    printf '[WireGuard]\nPrivateKey=%s\nListenPort=%s\nFirewallMark=%s\nRouteTable=main\n' \
      "$(cat host.key)" $port $mark
    for i in 0 1; do
      printf '\n[WireGuardPeer]\nPublicKey=%s\nAllowedIPs=%s\n' "${keys[i]}" "${allowed[i]}"
      [ -z "${preshared[i]}" ] || echo "PresharedKey=${preshared[i]}"
      [ -z "${endpoints[i]}" ] || echo "Endpoint=${endpoints[i]}"
      echo "PersistentKeepalive=${keepalives[i]}"
      [ $i = 0 ] || echo RouteTable=1234
    done
  } >$root/etc/systemd/network/wg0.netdev
  printf '[Match]\nName=wg0\n\n[Network]\nAddress=%s\nAddress=%s\n' $address4 $address6 \
    >$root/etc/systemd/network/wg0.network
  inside chgrp systemd-network /etc/systemd/network/wg0.{netdev,network}
  chmod 640 $root/etc/systemd/network/wg0.*
}
networkd_configured() { inside /lib/systemd/systemd-networkd-wait-online -i wg0 --timeout=100; }
networkd_up() {
  # What its unit would have made and given; there is no systemd to do it.
  inside install -d -o systemd-network -g systemd-network \
    /run/systemd /run/systemd/netif /run/systemd/netif/{links,leases,lldp}
  inside setpriv --reuid systemd-network --regid systemd-network --clear-groups --inh-caps=+all \
    --ambient-caps=+net_admin,+net_raw,+net_bind_service,+net_broadcast,+setpcap \
    /lib/systemd/systemd-networkd >networkd.log 2>&1 &
  daemon=$!
  networkd_configured
}
networkd_change() { # what there is, reload alone leaves as it is, of version 252
  inside networkctl delete wg0
  inside networkctl reload
  networkd_configured
}
networkd_down() {
  rm $root/etc/systemd/network/wg0.*
  inside networkctl reload
  inside networkctl delete wg0
}
networkd_package=systemd

# nm-settings-keyfile(5), nmcli(1).
network_manager_describe() {
  local i
  {
    printf '[connection]\nid=wg0\ntype=wireguard\ninterface-name=wg0\nautoconnect=false\n\n'
    printf '[wireguard]\nprivate-key=%s\nlisten-port=%s\nfwmark=%s\nmtu=%s\npeer-routes=true\n\n' \
      "$(cat host.key)" $port $((mark)) $mtu
    printf '[ipv4]\nmethod=manual\naddress1=%s\n\n[ipv6]\nmethod=manual\naddress1=%s\n' \
      $address4 $address6
    for i in 0 1; do
      printf '\n[wireguard-peer.%s]\nallowed-ips=%s;\n' "${keys[i]}" "${allowed[i]//,/;}"
      [ -z "${preshared[i]}" ] || printf 'preshared-key=%s\npreshared-key-flags=0\n' "${preshared[i]}"
      [ -z "${endpoints[i]}" ] || echo "endpoint=${endpoints[i]}"
      echo "persistent-keepalive=${keepalives[i]}"
    done
  } >$root/etc/NetworkManager/system-connections/wg0.nmconnection
}
network_manager_up() {
  mkdir -p $root/run/NetworkManager $root/var/lib/NetworkManager
  # What carries the tunnel is not its business.
  printf '[keyfile]\nunmanaged-devices=interface-name:eth*\n' >$root/etc/NetworkManager/conf.d/underlay.conf
  inside NetworkManager -n >network_manager.log 2>&1 &
  daemon=$!
  until inside nmcli -t general >/dev/null 2>&1; do sleep 0.2; done
  inside nmcli connection up wg0
}
network_manager_change() { # not by device reapply: of version 1.42, that takes the pre-shared key away
  inside nmcli connection reload
  inside nmcli connection up wg0
}
network_manager_down() { inside nmcli connection down wg0; }
network_manager_package=network-manager

# interfaces(5), with the commands for WireGuard that users put there.
ifupdown_describe() {
  configuration >$root/etc/wireguard/wg0.conf
  # Its commands know the interface as $IFACE.
  cat >$root/etc/network/interfaces.d/wg0 <<END
iface wg0 inet static
    address $address4
    mtu $mtu
    pre-up ip link add \$IFACE type wireguard
    pre-up wg setconf \$IFACE /etc/wireguard/\$IFACE.conf
$(destinations 4 | sed 's/.*/    up ip route add & dev $IFACE/')

iface wg0 inet6 static
    address $address6
$(destinations 6 | sed 's/.*/    up ip route add & dev $IFACE/')
    post-down ip link delete \$IFACE
END
}
ifupdown_up() { inside ifup wg0; }
ifupdown_change() { # with the old file, as interfaces(5) has it
  cp $root/etc/network/interfaces.d/wg0 new
  cp old $root/etc/network/interfaces.d/wg0
  inside ifdown wg0
  cp new $root/etc/network/interfaces.d/wg0
  inside ifup wg0
}
ifupdown_down() { inside ifdown wg0; }
ifupdown_package=ifupdown

# OpenWrt: the handler for WireGuard synchronises, and netifd does addresses and routes itself.
netifd_describe() { configuration >wg0.conf; }
netifd_up() {
  host ip link show dev wg0 >/dev/null 2>&1 || host ip link add dev wg0 type wireguard
  host ip link set mtu $mtu dev wg0
  host wg syncconf wg0 /dev/stdin <wg0.conf
  addresses_and_routes
}
netifd_change() { netifd_up; }
netifd_down() { host ip link del dev wg0; }
netifd_package=wireguard-tools

# Gentoo: everything is an argument of one wg set.
netifrc_describe() {
  local i
  arguments=(private-key host.key listen-port $port fwmark $mark)
  for i in 0 1; do
    arguments+=(peer "${keys[i]}")
    [ -z "${preshared[i]}" ] || arguments+=(preshared-key psk)
    [ -z "${endpoints[i]}" ] || arguments+=(endpoint "${endpoints[i]}")
    arguments+=(persistent-keepalive "${keepalives[i]}" allowed-ips "${allowed[i]}")
  done
}
netifrc_up() {
  host ip link delete dev wg0 type wireguard 2>/dev/null || true
  host ip link add dev wg0 type wireguard
  host wg set wg0 "${arguments[@]}"
  host ip link set wg0 mtu $mtu
  addresses_and_routes
}
netifrc_change() {
  netifrc_down
  netifrc_up
}
netifrc_down() { host ip link delete dev wg0 type wireguard; }
netifrc_package=wireguard-tools

addresses_and_routes() {
  host ip address replace $address4 dev wg0
  host ip address replace $address6 dev wg0
  host ip link set up dev wg0
  host ip -4 route flush dev wg0 proto static
  host ip -6 route flush dev wg0 proto static
  destinations | sed 's/.*/route replace & dev wg0 proto static/' | host ip -batch -
}

# ------------------------------------------------------------------------------ what is there

# Of the wish and of the interface, the same words: keys, port and mark, a line for each peer, the
# interface, its addresses, its routes with their table.
wished() { # TABLE-OF-THE-STRANGER
  local i
  {
    printf '%s\t%s\t%s\t%s\n' "$(cat host.key)" "$(cat host.pub)" $port $mark
    for i in 0 1; do
      printf '%s\t%s\t%s\t%s\t%s\n' "${keys[i]}" "${preshared[i]:-(none)}" "${endpoints[i]:-(none)}" \
        "${allowed[i]}" "${keepalives[i]/#0/off}"
    done
    echo "UP mtu $mtu"
    printf 'address %s\n' $address4 $address6
    echo 'route main 192.168.77.0/24'
    echo 'route main fd77::/64'
    tr , '\n' <<<"${allowed[0]}" | sed 's/^/route main /'
    tr , '\n' <<<"${allowed[1]}" | sed "s/^/route $1 /"
  } | sed 's/^\(route .*[.].*\)\/32$/\1/; s/^\(route .*\)\/128$/\1/' | sort
}
found() {
  local key psk endpoint allowed_ips handshake received sent keepalive rest
  {
    host wg show wg0 dump | while IFS=$'\t' read -r key psk endpoint allowed_ips handshake received sent keepalive; do
      if [ -n "$handshake" ]; then
        printf '%s\t%s\t%s\t%s\t%s\n' "$key" "$psk" "$endpoint" \
          "$(tr , '\n' <<<"$allowed_ips" | sort | paste -sd ,)" "$keepalive"
      else
        printf '%s\t%s\t%s\t%s\n' "$key" "$psk" "$endpoint" "$allowed_ips"
      fi
    done
    host ip -o link show wg0 | sed -n 's/.*[<,]UP[,>].* \(mtu [0-9]*\) .*/UP \1/p'
    host ip -o address show dev wg0 scope global | sed 's/.* inet6* \([^ ]*\) .*/address \1/'
    routes
  } | sort
}
routes() {
  { host ip -4 route show table all && host ip -6 route show table all; } | grep ' dev wg0 ' |
    grep -vE ' table local |^fe80' | while read -r destination rest; do
      case $rest in
        *' table '*) rest=${rest##* table } && echo "route ${rest%% *} $destination" ;;
        *) echo "route main $destination" ;;
      esac
    done
}
expect_wish() {
  local table=main
  [ "$1" != networkd ] || table=1234
  wished $table >wished
  found >found
  diff -u wished found >difference || fail "asked for (-) and found (+):"$'\n'"$(cat difference)"
}
expect_traffic() {
  host ping -q -n -c 1 -W 20 192.168.77.2 >/dev/null
  host ping -q -n -c 1 -W 20 fd77::2 >/dev/null
  far ping -q -n -c 1 -W 20 192.168.77.1 >/dev/null
  far ping -q -n -c 1 -W 20 fd77::1 >/dev/null
}
# What wgj makes of it, beside wg and beside the file.
expect_wgj() {
  local wgj=$project/java/wgj/bin/wgj
  host wg showconf wg0 >by_wg
  host "$wgj" showconf wg0 >by_wgj
  diff by_wg by_wgj || fail "wgj showconf differs"
  diff <(host wg show wg0 allowed-ips) <(host "$wgj" show wg0 allowed-ips) || fail "wgj show differs"
  configuration >wish.conf
  host "$wgj" diff wg0 wish.conf || fail "wgj diff says that something is to be changed"
}

phase() { # MANAGER
  local version=$1_package daemon=''
  echo "version $1 ${!version} $(inside dpkg-query -W -f '${Version}' "${!version}")"
  first_wish
  "$1_describe"
  "$1_up"
  expect_wish "$1"
  expect_traffic
  expect_wgj
  cp $root/etc/network/interfaces.d/wg0 old 2>/dev/null || true
  second_wish
  "$1_describe"
  "$1_change"
  expect_wish "$1"
  expect_traffic
  "$1_down"
  [ ! -e /sys/class/net/wg0 ] && ! host ip link show wg0 2>/dev/null || fail "wg0 is still there"
  [ -z "$(routes)" ] || fail "routes are still there: $(routes)"
  [ -z "$daemon" ] || { kill "$daemon" && wait "$daemon" || true; }
}

make_scene
[ $# -gt 0 ] || set -- networkd network_manager ifupdown netifd netifrc
for manager; do
  # Not in a condition: there, errors would not end it.
  set +e
  ( set -eE; trap 'echo "FAILED: line $LINENO: $BASH_COMMAND" >&2' ERR; phase "$manager" )
  status=$?
  set -e
  if [ $status = 0 ]; then
    echo "ok $manager"
  else
    echo "not ok $manager"
    failed=1
    tail -n 30 "$manager.log" 2>/dev/null >&2 || true
    host ip link delete wg0 2>/dev/null || true
  fi
done
exit $failed
