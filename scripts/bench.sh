#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make bench`: a first comparison with the in-tree module (org.wg4j.demo.Bench), on the instruction
# clock. The benchmark suite proper comes with the work on speed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
stage bench-setup 'What this machine lacks' -- scripts/setup.sh build lab
stage bench-java -f 'ERROR' 'Java' -- make --no-print-directory demo-classes
stage bench-image -f ': ' 'Guest image (cached) and our module for its kernel' -- \
  tests/lab/image/build-module.sh bookworm
stage bench -f '.' 'iperf3: ours and in-tree, in turns' -- \
  java -Dwg4j.home="$PWD" -Dwg4j.lab.instructionClock=true \
  -cp tests/suites/target/classes:tests/lab/target/classes org.wg4j.demo.Bench
