#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: kunit.sh [-t SECONDS] [KO...]
# Runs KUnit test modules in the fast lane's kernel (default: the project's wireguard_kunit.ko, built
# if needed), prints a line for every test and a count, and is green only if every suite ran as many
# tests as it had planned, at least one, all passed or skipped, and the kernel did not complain.
set -euo pipefail
uml_name=kunit
. "$(dirname "$0")/common.sh"

limit=300
if [ "${1:-}" = -t ]; then limit=$2; shift 2; fi
if [ $# = 0 ]; then
  "$uml_here/build-module.sh" >/dev/null
  set -- "$uml_out/wireguard_kunit.ko"
fi
modules=()
for module; do modules+=("$(realpath "$module")"); done

output=$(mktemp)
trap 'rm -f "$output"' EXIT
code=0
# Loaded by the script and not by PID 1, so that a module refused is a failed run of this script.
"$uml_here/run.sh" -t "$limit" -- "$uml_here/kunit-guest.sh" "${modules[@]}" >"$output" 2>&1 || code=$?

awk '
  { sub(/\r$/, "") }
  /^kunit-suite / { suite = $2; planned[suite] = -1; suites++; next }
  /^kunit-end$/ { suite = ""; next }
  suite == "" { next }
  # The tests of a suite stand four spaces in; the cases of a parameterised test, eight.
  /^    1\.\.[0-9]+$/ && planned[suite] < 0 { split($1, plan, /\.\./); planned[suite] = plan[2]; next }
  /^    (not )?ok [0-9]+ / {
    failed = $1 == "not"
    name = $0; sub(/^ *(not )?ok [0-9]+ (- )?/, "", name)
    skipped = name ~ /# SKIP/
    ran[suite]++
    if (failed) { bad++; word = "FAIL" } else if (skipped) { skips++; word = "skip" } else { good++; word = "pass" }
    print word " " suite "." name
    next
  }
  # What a failed expectation said belongs to the reader.
  /^ *# / && /Subtest:|: pass:|^# Totals/ { next }
  /^    / && !/^ *(KTAP|1\.\.|(not )?ok )/ { print "     " $0 }
  END {
    for (s in planned)
      if (planned[s] != ran[s] + 0) { print "FAIL " s ": planned " planned[s] ", ran " ran[s] + 0; bad++ }
    printf "kunit: %d suites, %d passed, %d failed, %d skipped\n", suites, good, bad, skips
    exit !(good > 0 && bad == 0)
  }' "$output" || code=1

if [ "$code" != 0 ]; then
  grep '^uml-run:' -A 20 "$output" >&2 || tail -30 "$output" >&2
  say "RED"
  exit 1
fi
