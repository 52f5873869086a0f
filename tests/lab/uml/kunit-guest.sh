#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run by kunit.sh inside the kernel: loads each module, which runs its suites, and prints the results
# that the kernel keeps for each.
set -eu

results=/sys/kernel/debug/kunit
for module; do
  before=$(ls "$results")
  busybox insmod "$module"
  new=$(for suite in $(ls "$results"); do
    case " $(echo $before) " in *" $suite "*) ;; *) echo "$suite" ;; esac
  done)
  [ -n "$new" ] || { echo "no suite in $module"; exit 1; }
  for suite in $new; do
    echo "kunit-suite $suite"
    cat "$results/$suite/results"
    echo "kunit-end"
  done
  busybox rmmod "$(basename "$module" .ko)"
done
