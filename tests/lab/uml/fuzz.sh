#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: fuzz.sh TARGET ARGUMENT...
# Runs a libFuzzer target of tests/suites/guest-programs with these arguments in the fast lane's
# kernel, on our module, compiled so that its coverage guides the fuzzer. Files are written in
# build/fuzz alone; the input under way when a kernel dies is build/fuzz/TARGET/last.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)
target=$1
shift

limit=1800
for argument; do
  case $argument in -max_total_time=*) limit=$((limit + ${argument#*=})) ;; esac
done

"$project/tests/suites/guest-programs/build.sh" "fuzz_$target" >/dev/null
"$here/build-module.sh" "$project/kernel/tests/coverage" "$project/build/um-coverage" -- >/dev/null
# What it calls is in the other module, which modpost has not seen.
"$here/build-module.sh" "$project/kernel" "$project/build/um-fuzz" -- \
  KCFLAGS=-fsanitize-coverage=trace-pc KBUILD_MODPOST_WARN=1 >/dev/null
mkdir -p "$project/build/fuzz/$target"
"$here/run.sh" -t "$limit" "$project/build/um-coverage/coverage.ko" \
  "$project/build/um-fuzz/wireguard.ko" -- "$here/fuzz-guest.sh" "$target" "$@"
