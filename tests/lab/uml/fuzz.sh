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

limit=900 modules=()
for argument; do
  case $argument in
    -max_total_time=*) limit=$((900 + ${argument#*=})) ;;
    -runs=0) modules=("$project/build/um/wireguard.ko") ;; # what is known needs no guide
  esac
done

"$project/tests/suites/guest-programs/build.sh" "fuzz_$target" >/dev/null
if [ ${#modules[@]} = 0 ]; then
  modules=("$project/build/um-coverage/coverage.ko" "$project/build/um-fuzz/wireguard.ko")
  "$here/build-module.sh" "$project/kernel/tests/coverage" "$project/build/um-coverage" -- \
    >/dev/null
  # What it calls is in the other module, which modpost has not seen.
  "$here/build-module.sh" "$project/kernel" "$project/build/um-fuzz" -- \
    KCFLAGS=-fsanitize-coverage=trace-pc KBUILD_MODPOST_WARN=1 >/dev/null
else
  "$here/build-module.sh" >/dev/null
fi
mkdir -p "$project/build/fuzz/$target"
"$here/run.sh" -t "$limit" "${modules[@]}" -- "$here/fuzz-guest.sh" "$target" "$@"
