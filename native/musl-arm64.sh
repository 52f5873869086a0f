#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: musl-arm64.sh DIRECTORY
# Unpacks Debian's musl for arm64 (headers, start files, libc.so) into a directory, if it is not there.
# Debian has no cross package of it; its own packages are fetched and verified by apt, with lists of
# its own, so that the machine's architectures stay what they are. Needs no rights.
set -euo pipefail

into=$1
[ ! -e "$into/done" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/lists/partial "$work"/archives/partial "$work"/unpacked
: >"$work/status"
apt=(apt-get -q -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists="$work/lists"
  -o Dir::State::status="$work/status" -o Dir::Cache="$work" -o APT::Sandbox::User=)
echo "fetching Debian's musl for arm64 into $into"
cd "$work"
"${apt[@]}" update
"${apt[@]}" download musl musl-dev
for package in *.deb; do dpkg-deb -x "$package" unpacked; done
touch unpacked/done
# Moved whole: a broken-off run leaves nothing that looks like a good one.
mkdir -p "$(dirname "$into")"
rm -rf "$into"
mv unpacked "$into"
