#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: newest-kernel.sh RELEASE
# Fetches a Debian release's package list and prints the name (uname -r) of the kernel that
# linux-image-amd64 stands for there today.
set -euo pipefail
image_name=newest-kernel
. "$(dirname "$0")/common.sh"

release=${1:?a release}
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
image_apt "$release" "$state"
kernel=$(apt-cache depends linux-image-amd64 |
  sed -n 's/^ *Depends: linux-image-\([0-9].*-amd64\)$/\1/p')
[ -n "$kernel" ] || die "the package list of $release names no kernel"
echo "$kernel"
