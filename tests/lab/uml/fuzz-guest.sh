#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run by fuzz.sh inside the kernel: the fuzzer, and then whether it has left anything behind.
set -eu
target=$1
shift
work=$PWD/build/fuzz

# The host's own root is read-only; this part of it is not.
mount -t hostfs -o "$work" hostfs "$work"
ip link set lo up
ip link add wg0 type wireguard
FUZZ_LAST=$work/$target/last "build/guest-programs/fuzz_$target" "$@"
ip link del wg0

. tests/suites/guest-programs/objects.sh
no_objects_left
rmmod wireguard
# What is held by a register alone at the first look is found by the second.
for _ in 1 2; do echo scan >/sys/kernel/debug/kmemleak; done
leaks=$(cat /sys/kernel/debug/kmemleak)
[ -z "$leaks" ] || objects_fail "memory that nobody knows of: $leaks"
echo "fuzz: nothing is left"
