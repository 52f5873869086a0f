#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: soak.sh
# `make soak`: mixed traffic, reconfiguration and faults for MINUTES (60), from SEED (drawn and printed), on the
# kernel with KASAN and lockdep, with a line each minute (tests/lab/uml/soak.sh). The minutes are virtual: how long
# they take depends on how much there is to compute, not on waiting.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh
minutes=${MINUTES:-60}
seed=${SEED:-$((RANDOM << 15 | RANDOM))}
echo "soak: SEED=$seed MINUTES=$minutes"
step() { stage "$@" || { verdict 'make soak'; exit 1; }; }
step soak-setup 'What this machine lacks' -- scripts/setup.sh uml
step soak-streams -f 'error' 'The streams of payloads' -- tests/suites/guest-programs/build.sh streams
step soak-module -f ': ' 'User-mode Linux (cached) and our module for it' -- tests/lab/uml/build-module.sh
module=$PWD/build/um/wireguard.ko
# The limit is for a run that hangs, in seconds of this machine.
step soak -f '^(minute|event|soak|FAILED|uml-run)' 'Soaking, on virtual time' -- \
  tests/lab/uml/run.sh -t $((minutes * 600 + 600)) -k time-travel=inf-cpu "$module" -- \
  tests/lab/uml/soak.sh "$seed" "$minutes" "$module"
verdict 'make soak'
