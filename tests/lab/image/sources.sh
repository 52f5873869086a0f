#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: sources.sh RELEASE
# Prints apt sources (deb822) for a Debian release, made from the sources this machine itself uses:
# the same mirrors, with the suite's name changed. The -security and -updates suites come along,
# so that the kernel and its headers agree; sid has none, and its mirror may be older than it should.
set -euo pipefail

release=$1
. /etc/os-release
codename=$VERSION_CODENAME
case $release in
  sid) also='' option='Check-Valid-Until: no\n' ;;
  *) also='(-updates|-security)?' option='' ;;
esac
shopt -s nullglob

# A cloud image names a file of mirrors instead of a mirror; the root has no such file, so its
# first entry is used.
resolve() {
  while read -r line; do
    while [[ $line =~ mirror\+file:(/[^ ]+) ]]; do
      line=${line/"${BASH_REMATCH[0]}"/$(grep -m1 -oE '^[a-z]+:[^[:space:]]+' "${BASH_REMATCH[1]}")}
    done
    printf '%s\n' "$line"
  done
}

{
  for file in /etc/apt/sources.list.d/*.sources; do
    # Paragraph by paragraph: only enabled binary sources that carry suites of this release.
    awk -v codename="$codename" -v release="$release" -v also="$also" -v option="$option" '
      BEGIN { RS = ""; FS = "\n" }
      {
        wanted = 0; text = ""
        for (i = 1; i <= NF; i++) {
          if ($i ~ /^#/) continue
          if ($i ~ /^Enabled:[ \t]*no/) { wanted = 0; text = ""; break }
          if ($i ~ /^Types:/) { if ($i !~ /deb([ \t]|$)/) { text = ""; break } $i = "Types: deb" }
          if ($i ~ /^Suites:/) {
            n = split(substr($i, 8), suites, /[ \t]+/); kept = ""
            for (s = 1; s <= n; s++)
              if (suites[s] ~ "^" codename also "$") {
                sub("^" codename, release, suites[s]); kept = kept " " suites[s]
              }
            if (kept == "") { text = ""; break }
            $i = "Suites:" kept; wanted = 1
          }
          if ($i ~ /^Components:/) $i = "Components: main"
          text = text $i "\n"
        }
        if (wanted && text != "") print text option
      }' "$file"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -e "$file" ] || continue
    awk -v codename="$codename" -v release="$release" -v also="$also" -v option="$option" '
      $1 != "deb" { next }
      {
        i = 2; signed = ""
        if ($2 ~ /^\[/) {
          while (1) {
            option = $i; gsub(/[][]/, "", option)
            if (option ~ /^signed-by=/) signed = substr(option, 11)
            if ($i ~ /\]$/) break
            i++
          }
          i++
        }
        uri = $i; suite = $(i + 1)
        if (suite !~ "^" codename also "$") next
        sub("^" codename, release, suite)
        print "Types: deb\nURIs: " uri "\nSuites: " suite "\nComponents: main"
        if (option) printf option
        if (signed != "") print "Signed-By: " signed
        print ""
      }' "$file"
  done
} | resolve
