#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: bench.sh
# `make bench`: what tunnels cost (org.wg4j.bench). In the environment, QUICK=1: the core table only;
# RELEASE=trixie or sid: the core table on that release's kernel, of the two WireGuard modules alone.
# Results go into docs/performance.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
RELEASE=${RELEASE:-bookworm}
report=(core "make bench QUICK=1" PLAIN)
root=bookworm-bench
if [ "$RELEASE" != bookworm ]; then
  QUICK=1
  report=("core-$RELEASE" "make bench RELEASE=$RELEASE" PLAIN)
  root=$RELEASE
fi
step() { stage "$@" || { verdict 'make bench'; exit 1; }; }
step bench-setup 'What this machine lacks' -- scripts/setup.sh build lab
step bench-java -f 'ERROR' 'Java' -- make --no-print-directory demo-classes
step bench-image -f ': ' 'Guest image (cached) and our module for its kernel' -- \
  tests/lab/image/build-module.sh "$RELEASE"
[ "$root" = "$RELEASE" ] || step bench-rivals -f ': ' 'The image with the other tunnels (cached)' -- \
  tests/lab/image/extend-root.sh "$root"
bench() { # PROGRAM ARGUMENT...
  java -Dwg4j.home="$PWD" "${clock[@]}" -cp tests/suites/target/classes:tests/lab/target/classes \
    "org.wg4j.bench.$1" "${@:2}"
}
clock=(-Dwg4j.lab.instructionClock=true "-Dwg4j.lab.release=$root")
step bench -f '.' 'Contenders, on two machines' -- bench Bench docs/performance "${report[@]}"
if [ -z "${QUICK:-}" ]; then
  for variant in NO_GSO NO_CHECKSUM NO_GRO IPV6 CONNTRACK FQ_CODEL NETEM JUMBO ESP_OFFLOAD; do
    step "bench-$variant" -f '.' "What lies below: $variant" -- \
      bench Bench docs/performance/variants "$variant" 'make bench' "$variant"
  done
  clock=(-Dwg4j.lab.instructionClock=true)
  step bench-bundles -f '.' 'The size of bundles' -- bench BundleSweep docs/performance
  step bench-lookups -f ': ' 'The module that looks into ours' -- tests/suites/guest-module/build.sh
  step bench-control -f '.' 'Many peers' -- bench ControlBench docs/performance build/guest-module/wg_state.ko
  clock=(-Dwg4j.lab.instructionClock=shared)
  step bench-machines -f '.' 'Two machines' -- bench MachinesBench docs/performance 5
  clock=()
  step bench-cpus -f '.' 'Several processors, by the clock on the wall' -- bench WallBench docs/performance 5
fi
verdict 'make bench'
