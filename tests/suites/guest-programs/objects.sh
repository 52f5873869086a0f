# SPDX-License-Identifier: Apache-2.0
# Whether what was made in a guest is gone again; sourced, not run.

objects_fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# How many objects of a cache are in use. Shrinking it gives back what a processor keeps at hand, and
# what KASAN holds back to catch late uses.
objects_in_use() { # CACHE
  echo 1 >"/sys/kernel/slab/$1/shrink"
  awk -v cache="$1" '$1 == cache { n = $2 } END { print n + 0 }' /proc/slabinfo
}

# What goes after a grace period, or in the background, gets the time for it.
objects_gone() { # CACHE
  tries=0
  while [ "$(objects_in_use "$1")" != 0 ]; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || objects_fail "$(objects_in_use "$1") of $1 are left"
    sleep 1
  done
}

# No peer, and nothing that holds the module: no device, no netlink request. The kernel frees a
# namespace only when it cleans up after the next one, so those are not counted.
no_objects_left() {
  objects_gone wg_peer
  [ "$(cat /sys/module/wireguard/refcnt)" = 0 ] || objects_fail "the module is in use"
  echo "objects: none is left"
}
