#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: linux-source.sh RELEASE
# Fetches a Debian release's linux-source package, as apt finds it to be the release's own, and prints
# the file. What is cached is taken, the newest first: remove it to have what the release has today.
set -euo pipefail
image_name=linux-source
. "$(dirname "$0")/common.sh"

release=${1:?a release}
cache=$image_cache/linux-source-$release
cached() {
  local file
  file=$(find "$cache" -maxdepth 1 -name '*.deb' | sort -V | tail -n 1)
  [ -z "$file" ] || { echo "$file"; exit 0; }
}

mkdir -p "$cache"
cached
exec 9>"$cache/lock"
flock -n 9 || { say "waiting for another fetch"; flock 9; }
cached

state=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$state"' EXIT
image_apt "$release" "$state"
package=$(apt-cache depends linux-source | sed -n 's/^ *Depends: \(linux-source-[0-9.]*\)$/\1/p')
[ -n "$package" ] || die "the package list of $release names no kernel source"
say "fetching $package (150 MB)"
(cd "$state" && apt-get download -qq "$package" >&2)
mv "$state/$package"_*.deb "$cache/"
cached
die "nothing came of $package"
