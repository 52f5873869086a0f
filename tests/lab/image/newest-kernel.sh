#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: newest-kernel.sh RELEASE
# Fetches a Debian release's package list and prints the name (uname -r) of the kernel that
# linux-image-amd64 stands for there today. Nothing of this machine's apt is touched.
set -euo pipefail
image_name=newest-kernel
. "$(dirname "$0")/common.sh"

release=${1:?a release}
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/etc/sources.list.d" \
  "$state/etc/apt.conf.d" "$state/etc/preferences.d"
: >"$state/status"
"$image_here/sources.sh" "$release" >"$state/etc/sources.list.d/release.sources"
cat >"$state/apt.conf" <<END
Dir::State "$state";
Dir::State::status "$state/status";
Dir::Cache "$state/cache";
Dir::Etc "$state/etc";
Acquire::Languages "none";
APT::Sandbox::User "root";
END
export APT_CONFIG=$state/apt.conf LC_ALL=C
apt-get update -qq >&2
kernel=$(apt-cache depends linux-image-amd64 |
  sed -n 's/^ *Depends: linux-image-\([0-9].*-amd64\)$/\1/p')
[ -n "$kernel" ] || die "the package list of $release names no kernel"
echo "$kernel"
