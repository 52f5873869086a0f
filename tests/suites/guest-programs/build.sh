#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build.sh PROGRAM [MACHINE]
# Compiles a program of this directory, so that it runs in any guest and in user-mode Linux, and
# prints its path. MACHINE is what `uname -m` says there, if it is not what it says here. A libFuzzer
# target is compiled by clang and needs the root it was compiled in.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../../.." && pwd)/build/guest-programs
program=$out/$1 compiler=(gcc -static)
if [[ $1 == fuzz_* ]]; then
  compiler=(clang -g -fsanitize=fuzzer)
elif [ "${2:-$(uname -m)}" != "$(uname -m)" ]; then
  program+=.$2 compiler=("$2-linux-gnu-gcc" -static)
fi
mkdir -p "$out"
"${compiler[@]}" -std=gnu11 -O2 -Wall -Wextra -Werror -o "$program.$$" "$here/$1.c"
mv "$program.$$" "$program"
echo "$program"
