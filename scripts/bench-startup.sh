#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: bench-startup.sh [JAVA_HOME...]
# `make bench-startup': how long genkey, pubkey and show take, beside a class that says hello on the same
# JVM: medians of ROUNDS (default 21) runs of each, taken in turns, and the ratios. Wall time is what a
# person waits, on a quiet machine; processor time (user and system) is less moved by others. wgj is
# what `make install-programs' would install, with the archive of classes, from a temporary directory.
# Default: each JDK in /usr/lib/jvm from 17 on. Root has the kernel's WireGuard show an interface with ten
# peers, in a network namespace of its own; without it, show asks the kernel and has nothing to print.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-21}
export LC_ALL=C
interface=wg-startup
if [ -z "${STARTUP_NAMESPACE:-}" ] && unshare -n ip link add $interface type wireguard 2>/dev/null; then
  STARTUP_NAMESPACE=1 exec unshare -n scripts/bench-startup.sh "$@"
fi

version_of() { sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$1/release" 2>/dev/null || true; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ $# = 0 ]; then
  for home in /usr/lib/jvm/*; do
    [ ! -h "$home" ] && [ -x "$home/bin/javac" ] || continue
    version=$(version_of "$home")
    [ "${version%%[!0-9]*}" -lt 17 ] 2>/dev/null || set -- "$@" "$home"
  done
fi
[ $# -gt 0 ] || { echo "no JDK in /usr/lib/jvm: name one" >&2; exit 1; }
cat >"$scratch/Hello.java" <<'JAVA'
public class Hello {
  public static void main(String[] arguments) {
    System.out.println("hello");
  }
}
JAVA
"$1/bin/javac" --release 17 -d "$scratch" "$scratch/Hello.java"
scripts/install.sh install "$scratch/usr" '' programs >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
wgj=$scratch/usr/bin/wgj
umask 077
"$wgj" genkey >"$scratch/key"
shown='nothing (this kernel has no WireGuard, or this user no right to use it)'
if [ -n "${STARTUP_NAMESPACE:-}" ]; then
  ip link add $interface type wireguard
  for peer in {1..10}; do
    printf '[Peer]\nPublicKey = %s\nAllowedIPs = 10.0.%s.0/24\nEndpoint = 192.0.2.%s:51820\n' \
      "$("$wgj" genkey | "$wgj" pubkey)" "$peer" "$peer"
  done >"$scratch/peers"
  "$wgj" setconf $interface "$scratch/peers"
  shown="the kernel's $interface, with ten peers"
fi

names=() # "JDK what", and how to run it
commands=()
for home; do
  JAVA_HOME=$home WGJ_ARCHIVE=build "$wgj" >/dev/null
  version=$(version_of "$home")
  names+=("$version hello")
  commands+=("$home/bin/java -cp $scratch Hello")
  for what in genkey pubkey show; do
    names+=("$version $what")
    commands+=("env JAVA_HOME=$home $wgj $what")
  done
done

# The first two rounds warm the page cache and are not counted.
TIMEFORMAT='%R %U %S'
for ((round = -2; round < rounds; round++)); do
  for i in "${!names[@]}"; do
    # shellcheck disable=SC2086  # words of a command
    seconds=$({ time ${commands[i]} >/dev/null 2>&1 <"$scratch/key"; } 2>&1)
    [ $round -lt 0 ] || echo "$i ${names[i]} $seconds"
  done
done >"$scratch/runs"

echo "$(uname -m), $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg), $rounds rounds in turns; milliseconds"
echo "show shows $shown"
printf '%-10s %-8s %14s %14s %12s %12s\n' JDK command 'wall (median)' 'cpu (median)' 'wall/hello' 'cpu/hello'
median() { # INDEX COLUMNS
  awk -v i="$1" -v columns="$2" '$1 == i { split(columns, c, " "); s = 0; for (k in c) s += $c[k]; print s * 1000 }' \
    "$scratch/runs" | sort -n | sed -n "$(((rounds + 1) / 2))p"
}
for i in "${!names[@]}"; do
  wall=$(median "$i" 4) cpu=$(median "$i" '5 6')
  case ${names[i]} in *hello) hello_wall=$wall hello_cpu=$cpu ;; esac
  # shellcheck disable=SC2086  # two words
  printf '%-10s %-8s %14.1f %14.1f %12.2f %12.2f\n' ${names[i]} "$wall" "$cpu" \
    "$(awk "BEGIN { print $wall / $hello_wall }")" "$(awk "BEGIN { print $cpu / $hello_cpu }")"
done
