#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build.sh [RELEASE [KERNEL]]
# Compiles wg_state.ko for a guest, against the headers of kernel/ as it is now, and prints its path.
#   KERNEL   debian (the release's own, default), kasan or kcsan
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)
. "$project/tests/lab/mirror.sh"

tree=$project/build/guest-module/source
mkdir -p "$tree"
exec 8>"$project/build/guest-module/.sources.lock"
flock 8
mirror_update "$project/kernel" "$tree/wg"
cp "$here"/Kbuild "$here"/*.[ch] "$tree"
kernel=${2:-debian}
if [ "$kernel" = debian ]; then
  exec "$project/tests/lab/image/build-module.sh" "${1:-bookworm}" "$tree" "$project/build/guest-module"
fi
exec "$project/tests/lab/debug/build-module.sh" "$kernel" "$tree" "$project/build/guest-module/$kernel"
