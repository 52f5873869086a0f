#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: scripts/audit.sh [DIRECTORY]
# How much there is to read before one trusts the module: kernel/ without its tests and compat.h (or
# all C below DIRECTORY, for comparing). Exit code 1 when a limit is broken.
#   lines of code   cloc's count. Limit: what the module in Linux 6.1 has, counted the same way.
#   reflowed        the same after clang-format, in its own default style, has joined each statement to one
#                   line, and functions of one statement likewise: how the 3,771 lines were counted that
#                   WireGuard's author gives in his talks.
#   comments        lines that hold nothing but a comment, of those and the lines of code together.
#   functions       from the line that names the function to its closing brace (universal-ctags), blank
#                   lines and comments inside included; static inline ones in headers too.
set -euo pipefail
cd "$(dirname "$0")/.."

code_max=4676
comments_min=12 comments_max=18
median_max=15
function_max=100

if [ $# -gt 0 ]; then
  mapfile -t files < <(find "$1" -name '*.[ch]' ! -name '*.mod.c' | sort)
else
  mapfile -t files < <(git -c safe.directory='*' ls-files -co --exclude-standard 'kernel/*.c' 'kernel/*.h' |
    grep -v -e '^kernel/tests/' -e '^kernel/compat\.h$' | while read -r file; do
      if [ -e "$file" ]; then echo "$file"; fi # not when deleted and not yet committed
    done)
fi
[ ${#files[@]} -gt 0 ] || { echo "audit: no C files" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# cloc takes files with the same content for one unless it is told otherwise.
count() { cloc --quiet --skip-uniqueness --csv "$@"; }

count --by-file "${files[@]}" >"$work/by-file"
read -r comments code < <(awk -F, '$1 == "SUM" { print $4, $5 }' "$work/by-file")
[ "${code:-0}" -gt 0 ] || { echo "audit: cloc counted nothing" >&2; exit 2; }

mkdir "$work/reflowed"
cp --parents -t "$work/reflowed" "${files[@]}"
find "$work/reflowed" -name '*.[ch]' -exec clang-format --style='{ColumnLimit: 10000}' -i {} +
reflowed=$(count "$work/reflowed" | awk -F, '$2 == "SUM" { print $5 }')

ctags -x --languages=C,C++ --langmap=C:.c.h --kinds-C=f --_xformat='%N %F %n %e' "${files[@]}" |
  awk '{ print $4 - $3 + 1, $1, $2 }' | sort -rn -k1,1 -k2,2 >"$work/functions"
functions=$(wc -l <"$work/functions")
[ "$functions" -gt 0 ] || { echo "audit: ctags found no function" >&2; exit 2; }
length_at() { sort -n "$work/functions" | awk -v at="$1" -v n="$functions" \
  'NR == int((n - 1) * at + 1.5) { print $1 }'; }
median=$(length_at 0.5)
longest=$(length_at 1)

failed=0
line() { # TEXT VALUE RELATION LIMIT...
  local text=$1 value=$2 broken=
  shift 2
  while [ $# -gt 0 ]; do
    [ "$value" "$1" "$2" ] || broken=" BROKEN"
    shift 2
  done
  [ -z "$broken" ] || failed=1
  printf '%-58s %6s%s\n' "$text" "$value" "$broken"
}

share=$(((200 * comments / (comments + code) + 1) / 2))
printf 'audit: %s\n' "${1:-kernel/ without tests/ and compat.h}"
line "files" ${#files[@]}
line "lines of code (limit $code_max)" "$code" -le $code_max
line "lines of code, reflowed (in Linux 6.1: 3741)" "$reflowed"
line "comments, per cent of code and comments ($comments_min to $comments_max)" "$share" -ge $comments_min -le $comments_max
line "functions" "$functions"
line "function length, median (limit $median_max)" "$median" -le $median_max
line "function length, nine of ten at most" "$(length_at 0.9)"
line "function length, longest (limit $function_max)" "$longest" -le $function_max
echo
echo "largest functions"
head -n 10 "$work/functions" | awk '{ printf "  %4d  %-28s %s\n", $1, $2, $3 }'
echo "largest files (code, comments)"
awk -F, 'NR > 1 && $1 != "SUM" { print $5, $4, $2 }' "$work/by-file" | sort -rn |
  awk 'NR <= 10 { printf "  %4d %4d  %s\n", $1, $2, $3 }'
exit $failed
