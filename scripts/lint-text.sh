#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Checks every text file of the project, tracked or about to be:
#   - a licence line: GPL-2.0 in kernel/ and test modules, Apache-2.0 elsewhere
#   - the rules of .editorconfig: UTF-8, LF, a newline at the end, no blanks at a line's end, tabs in C
#     and makefiles, spaces elsewhere (columns are the formatters' business)
# Prints FILE:LINE: what is wrong, and how many files were looked at. Exit code 1 on any finding.
set -euo pipefail
cd "$(dirname "$0")/.."

# A checkout owned by another user is no reason not to look.
mapfile -d '' -t files < <(git -c safe.directory='*' ls-files -z -co --exclude-standard)
[ ${#files[@]} -gt 0 ] || { echo "no files: is this a git checkout?" >&2; exit 1; }

findings=0
looked=0
complain() { echo "$1"; findings=$((findings + 1)); }

for file in "${files[@]}"; do
  [ -f "$file" ] || continue # deleted, not yet committed
  case $file in LICENSES/*) continue ;; esac
  looked=$((looked + 1))
  if [ -s "$file" ] && ! iconv -f UTF-8 -t UTF-8 "$file" >/dev/null 2>&1; then
    complain "$file:1: not UTF-8 text"
    continue
  fi
  case $file in
    # Test vectors of others, unchanged, under their own licence.
    */cacophony-*.properties) licence='SPDX-License-Identifier: Unlicense$' ;;
    kernel/* | */guest-module/*.[ch] | */guest-module/Kbuild) licence='SPDX-License-Identifier: GPL-2\.0(-only)?( |$)' ;;
    *) licence='SPDX-License-Identifier: Apache-2\.0( |$)' ;;
  esac
  head -n 3 "$file" | grep -qE "$licence" || complain "$file:1: no line ${licence%%(*}"
  [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ] && complain "$file: no newline at the end"

  indent=any
  case $file in
    *.c | *.h) indent=tab ;;
    *.java) indent=space ;;
    Makefile | */Makefile | */Kbuild | *.mk) indent=any ;;
    *.xml | *.yaml | *.yml | *.json | *.md | *.sh) indent=space ;;
  esac
  while IFS= read -r finding; do
    complain "$file:$finding"
  done < <(LC_ALL=C awk -v indent="$indent" '
    /\r$/ { print FNR ": carriage return at the end" }
    # There the blanks are part of the patterns.
    FILENAME !~ /kernel-complaints\.txt$/ && /[ \t]$/ { print FNR ": blanks at the end" }
    indent == "space" && /\t/ { print FNR ": a tab" }
    # A blank line of a macro is one backslash, wherever it stands.
    indent == "tab" && /^        *[^ \\]/ && /^        / { print FNR ": indented with spaces" }
  ' "$file")
done

echo "lint-text: $looked files, $findings findings"
[ "$findings" = 0 ]
