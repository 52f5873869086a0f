#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: demo.sh [host]
# `make demo`: builds what the demonstration needs, then runs it (org.wg4j.demo.Demo).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
where=${1:-machines}

refuse() { echo "make demo INSTALL=host is not possible here: $*" >&2; exit 1; }

if [ "$where" = host ]; then
  release=$(uname -r)
  [ "$(id -u)" = 0 ] || refuse "loading a module needs root"
  [ -e /proc/modules ] || refuse "the running kernel ($release) cannot load modules"
  [ -e "/lib/modules/$release/build/Makefile" ] ||
    refuse "no headers of the running kernel in /lib/modules/$release/build (apt-get install linux-headers-$release)"
  if [ -e /sys/module/wireguard ]; then
    refuse "a wireguard module is loaded; with no interface left in need of it: rmmod wireguard"
  fi
  for tool in ip wg iperf3 ping modinfo; do
    command -v $tool >/dev/null || refuse "$tool is missing (apt-get install iproute2 wireguard-tools iperf3 iputils-ping kmod)"
  done
  groups=(build)
else
  groups=(build lab)
fi

step() { # NAME HEADLINE COMMAND...
  local name=$1 headline=$2
  shift 2
  stage "$name" -f ': |error' "$headline" -- "$@" || { verdict 'make demo'; exit 1; }
}

step demo-setup 'What this machine lacks' scripts/setup.sh "${groups[@]}"
step demo-java 'Java, native library, demonstration' make --no-print-directory demo-classes
classpath=tests/suites/target/classes:tests/lab/target/classes
if [ "$where" = host ]; then
  step demo-kernel "kernel/wireguard.ko for $(uname -r)" make kernel KDIR="/lib/modules/$(uname -r)/build"
  exec java -Dwg4j.home="$PWD" -cp "$classpath" org.wg4j.demo.Demo host kernel/wireguard.ko
fi
step demo-image 'Guest image (cached) and our module for its kernel' tests/lab/image/build-module.sh bookworm
printf '%s==> The demonstration%s\n' "$bold" "$plain"
exec java -Dwg4j.home="$PWD" -cp "$classpath" org.wg4j.demo.Demo
