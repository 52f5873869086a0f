#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: check.sh BUILD VARIANT...
# Looks at each libnetlink4j-VARIANT.so with readelf: machine, C library, that it exports the functions
# of JniDoor and nothing else, a stack that is not executable, relocations that are read-only; then lets
# door-check-VARIANT talk to this machine's kernel through it, in QEMU's user mode for aarch64.
# $MUSL_ARM64 is where musl for that lies. Prints a line for each; exit code 1 on any finding.
set -uo pipefail
cd "$(dirname "$0")"

build=$(cd "$1" && pwd)
shift
door=../java/netlink4j/src/main/java/org/netlink4j/transport/JniDoor.java
functions=$(sed -n 's/.* native [a-z]* \([A-Za-z]*\)(.*/Java_org_netlink4j_transport_JniDoor_\1/p' "$door" | sort)
[ "$(wc -l <<<"$functions")" -ge 11 ] || { echo "where are the functions of $door?" >&2; exit 1; }
findings=0

same() { # VARIANT, what, found, wanted
  if [ "$3" != "$4" ]; then
    printf 'FAIL  %-14s %s: found "%s", wanted "%s"\n' "$1" "$2" "$(xargs <<<"$3")" "$(xargs <<<"$4")"
    findings=$((findings + 1))
  fi
}

run() { # VARIANT, arguments: its program
  local program=$build/door-check-$1 variant=$1
  shift
  case $variant in
    x86_64-*) "$program" "$@" ;;
    aarch64-glibc) qemu-aarch64-static -L /usr/aarch64-linux-gnu "$program" "$@" ;;
    # Its interpreter is at no place of this machine, so it is started as a program.
    aarch64-musl) qemu-aarch64-static "$MUSL_ARM64/lib/aarch64-linux-musl/libc.so" "$program" "$@" ;;
  esac
}

for variant; do
  library=$build/libnetlink4j-$variant.so
  before=$findings
  case $variant in
    x86_64-*) machine='Advanced Micro Devices X86-64' ;;
    aarch64-*) machine=AArch64 ;;
  esac
  case $variant in
    x86_64-glibc) needed=libc.so.6 ;;
    # The dynamic linker has the stack protector's variables there.
    aarch64-glibc) needed=$'ld-linux-aarch64.so.1\nlibc.so.6' ;;
    *-musl) needed=libc.so ;;
  esac
  header=$(readelf -hW "$library") && dynamic=$(readelf -dW "$library") &&
    segments=$(readelf -lW "$library") || { findings=$((findings + 1)); continue; }
  same "$variant" type "$(sed -n 's/^ *Type: *\([A-Z]*\).*/\1/p' <<<"$header")" DYN
  same "$variant" machine "$(sed -n 's/^ *Machine: *//p' <<<"$header")" "$machine"
  same "$variant" 'needed libraries' "$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic" | sort)" "$needed"
  same "$variant" name "$(sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p' <<<"$dynamic")" libnetlink4j.so
  same "$variant" 'binding at load' "$(grep -c 'BIND_NOW' <<<"$dynamic")" 1
  same "$variant" 'read-only relocations' "$(grep -c 'GNU_RELRO' <<<"$segments")" 1
  same "$variant" 'flags of the stack' "$(awk '$1 == "GNU_STACK" { print $7 }' <<<"$segments")" RW
  exported=$(readelf --dyn-syms -W "$library" | awk '$7 ~ /^[0-9]+$/ && $5 != "LOCAL" { print $8 }' | sort)
  same "$variant" 'exported symbols' "$exported" "$functions"
  same "$variant" 'use of it' "$(run "$variant" "$library" 2>&1)" ok
  [ "$findings" != "$before" ] || printf 'ok    %-14s %s bytes\n' "$variant" "$(stat -c %s "$library")"
done

# A check that finds nothing where there is something would be worth nothing: the wrong library must fail.
if run x86_64-glibc "$build/libnetlink4j-aarch64-glibc.so" >/dev/null 2>&1; then
  echo "FAIL  a library of another machine was loaded"
  findings=$((findings + 1))
fi
echo "native variants: $# looked at and used, $findings findings"
[ "$findings" = 0 ]
