#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build.sh PROGRAM
# Compiles a program of this directory, so that it runs in any guest and in user-mode Linux, and
# prints its path. A libFuzzer target is compiled by clang and needs the root it was compiled in.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../../.." && pwd)/build/guest-programs
mkdir -p "$out"
case $1 in
  fuzz_*) compiler=(clang -g -fsanitize=fuzzer) ;;
  *) compiler=(gcc -static) ;;
esac
"${compiler[@]}" -std=gnu11 -O2 -Wall -Wextra -Werror -o "$out/$1.$$" "$here/$1.c"
mv "$out/$1.$$" "$out/$1"
echo "$out/$1"
