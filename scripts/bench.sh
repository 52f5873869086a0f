#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: bench.sh
# `make bench`: what tunnels cost (org.wg4j.bench). QUICK=1 in the environment: the core table only.
# Results go into docs/performance.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
if [ -n "${QUICK:-}" ]; then
  report=(core PLAIN)
else
  report=(variants PLAIN NO_GSO NO_CHECKSUM NO_GRO IPV6 CONNTRACK FQ_CODEL NETEM JUMBO ESP_OFFLOAD)
fi
step() { stage "$@" || { verdict 'make bench'; exit 1; }; }
step bench-setup 'What this machine lacks' -- scripts/setup.sh build lab
step bench-java -f 'ERROR' 'Java' -- make --no-print-directory demo-classes
step bench-image -f ': ' 'Guest image (cached) and our module for its kernel' -- \
  tests/lab/image/build-module.sh bookworm
step bench-rivals -f ': ' 'The image with the other tunnels (cached)' -- \
  tests/lab/image/extend-root.sh bookworm-bench
bench() { # PROGRAM ARGUMENT...
  java -Dwg4j.home="$PWD" "${clock[@]}" -cp tests/suites/target/classes:tests/lab/target/classes \
    "org.wg4j.bench.$1" docs/performance "${@:2}"
}
clock=(-Dwg4j.lab.instructionClock=true)
step bench -f '.' 'Contenders, in turns' -- bench Bench "${report[@]}"
if [ -z "${QUICK:-}" ]; then
  step bench-bundles -f '.' 'The size of bundles' -- bench BundleSweep
  step bench-lookups -f ': ' 'The module that looks into ours' -- tests/suites/guest-module/build.sh
  step bench-control -f '.' 'Many peers' -- bench ControlBench build/guest-module/wg_state.ko
  clock=()
  step bench-cpus -f '.' 'Several processors, by the clock on the wall' -- bench WallBench 5
fi
verdict 'make bench'
