#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: bench.sh
# `make bench`: what tunnels cost, by the instruction clock (org.wg4j.bench). QUICK=1 in the
# environment: the core table only. Results go into docs/performance.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
if [ -n "${QUICK:-}" ]; then
  report=(core PLAIN)
else
  report=(variants PLAIN NO_GSO NO_CHECKSUM NO_GRO IPV6 JUMBO)
fi
step() { stage "$@" || { verdict 'make bench'; exit 1; }; }
step bench-setup 'What this machine lacks' -- scripts/setup.sh build lab
step bench-java -f 'ERROR' 'Java' -- make --no-print-directory demo-classes
step bench-image -f ': ' 'Guest image (cached) and our module for its kernel' -- \
  tests/lab/image/build-module.sh bookworm
step bench -f '.' 'Contenders, in turns' -- \
  java -Dwg4j.home="$PWD" -Dwg4j.lab.instructionClock=true \
  -cp tests/suites/target/classes:tests/lab/target/classes org.wg4j.bench.Bench docs/performance "${report[@]}"
verdict 'make bench'
