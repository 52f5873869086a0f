# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of the debug kernels; sourced, not run.

debug_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '%s: %s\n' "${debug_name:-debug}" "$*" >&2; }
die() { say "error: $*"; exit 1; }
. "$debug_here/../linux.sh"

# The directory of a cached kernel: named by what goes into it.
debug_kernel_dir() { # KIND
  local version hash
  version=$(linux_version) || exit 1
  [[ $1 =~ ^[a-z]+$ ]] && [ -f "$debug_here/$1.config" ] || die "no such debug kernel: $1"
  hash=$({ cat "$debug_here"/{common,"$1"}.config "$debug_here/Kconfig"; gcc -dumpfullversion; } |
    sha256sum | cut -c1-12)
  printf '%s/debug/%s-%s-%s\n' "$linux_cache" "$1" "$version" "$hash"
}
