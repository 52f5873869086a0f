#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build-module.sh [SOURCE [OUT]] [-- MAKE-ARGUMENT...]
# Compiles a kernel module for the fast lane's kernel and prints the paths of the .ko files made.
#   SOURCE   a directory with a Kbuild or Makefile; default: the project's kernel/
#   OUT      where they go; default: build/um
# Without make arguments: WG4J_KUNIT=y, which for the project's module adds wireguard_kunit.ko.
# SOURCE is copied and stays clean. What is up to date is not built again.
set -euo pipefail
uml_name=uml-module
. "$(dirname "$0")/common.sh"
. "$uml_here/../mirror.sh"

source=$uml_project/kernel
out=$uml_project/build/um
if [ $# -gt 0 ] && [ "$1" != -- ]; then source=$1; shift; fi
if [ $# -gt 0 ] && [ "$1" != -- ]; then out=$1; shift; fi
if [ "${1:-}" = -- ]; then shift; else set -- WG4J_KUNIT=y; fi
source=$(cd "$source" && pwd)
kernel=$("$uml_here/build-kernel.sh")
mkdir -p "$out"
out=$(cd "$out" && pwd)

exec 9>"$out/.lock"
flock -n 9 || { say "waiting for another builder"; flock 9; }
wanted=$(mirror_sum "$source"; echo "$kernel" "$@")
if [ -e "$out/.made" ] && [ "$(cat "$out/.made")" = "$wanted" ]; then
  ls "$out"/*.ko
  exit 0
fi

mirror_update "$source" "$out/source"
say "compiling $source"
rm -f "$out/.made" "$out"/*.ko "$out"/source/*.ko
if ! make -s -j"$(nproc)" -C "$kernel/build" ARCH=um M="$out/source" "$@" modules >"$out/log" 2>&1; then
  tail -40 "$out/log" >&2
  die "the module does not compile for user-mode Linux, see $out/log"
fi
grep -E 'warning:' "$out/log" >&2 || true
cp "$out"/source/*.ko "$out/" || die "no .ko came out of $source"
printf '%s\n' "$wanted" >"$out/.made"
ls "$out"/*.ko
