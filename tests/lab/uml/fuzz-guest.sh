#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run by fuzz.sh inside the kernel: the fuzzer, and then whether it has left anything behind.
set -eu
target=$1
shift
work=$PWD/build/fuzz

# The host's own root is read-only; this part of it is not.
mount -t hostfs -o "$work" hostfs "$work"
. tests/suites/guest-programs/objects.sh

# All that kmalloc() has given away, after what KASAN holds back of it was let go. kmemleak knows
# nothing of modules in user-mode Linux.
in_use() {
  for cache in /sys/kernel/slab/kmalloc-*; do echo 1 >"$cache/shrink"; done
  awk '/^kmalloc-/ { sum += $2 } END { print sum }' /proc/slabinfo
}

ip link set lo up
ip link add wg0 type wireguard
before=$(in_use)
FUZZ_LAST=$work/$target/last "build/guest-programs/fuzz_$target" "$@"
after=$(in_use)
echo "fuzz: $before objects of kmalloc() in use before, $after after"
# Caches of the kernel's own fill at first; what each of thousands of messages leaves would be more.
[ $((after - before)) -lt 4000 ] || objects_fail "memory has grown"
ip link del wg0
no_objects_left
rmmod wireguard
