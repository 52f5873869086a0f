#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The documents against the tree: every make target, every path in `code` and every relative link
# that README.md and docs/*.md name must exist, and `make help` must list each public target.
set -euo pipefail
cd "$(dirname "$0")/.."

findings=0
complain() { echo "$1"; findings=$((findings + 1)); }
targets=$({ make -pqrR help 2>/dev/null || true; } | sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' | sort -u)
[ -n "$targets" ] || { echo "cannot read the Makefile's targets" >&2; exit 1; }

for file in README.md docs/*.md; do
  while read -r target; do
    grep -qxF "$target" <<<"$targets" || complain "$file: there is no target '$target'"
  done < <(grep -oE '(^|[ `])(make|scripts/make) [a-z][a-z-]+' "$file" | awk '{ print $NF }' | sort -u)
  # Paths as they are written: with a slash, below a folder of the project, no wildcard.
  while read -r path; do
    case $path in build/* | */target/* | kernel/wireguard.ko) continue ;; esac # made, not kept
    [ -e "$path" ] || complain "$file: there is no '$path'"
  done < <(grep -oE '`(kernel|native|java|tests|scripts|docs|\.ci)/[A-Za-z0-9_./-]*`' "$file" | tr -d '`' | sort -u)
  while read -r link; do
    [ -e "$(dirname "$file")/$link" ] || complain "$file: a link to '$link' leads nowhere"
  done < <(grep -oE '\]\([^)#:]+' "$file" | cut -c3- | sort -u)
done
help=$(make -s help)
for target in demo check fuzz soak test test-full test-docker test-matrix test-next lint audit bench bench-startup \
  conformance mutation kernel native native-all java install install-programs uninstall clean; do
  grep -q "^  make $target " <<<"$help" || complain "make help does not list '$target'"
done
# The program that README.md shows is the one that is compiled and run.
example=tests/suites/src/main/java/org/wg4j/demo/ApiExample.java
shown=$(sed -n '/^```java$/,/^```$/p' README.md | sed '1d;$d')
compiled=$(sed -n '/Example begin/,/Example end/p' $example | sed '1d;$d; s/^    //')
[ -n "$shown" ] && [ "$shown" = "$compiled" ] || complain "README.md: its example is not that of $example"

echo "lint-docs: $findings findings"
[ "$findings" = 0 ]
