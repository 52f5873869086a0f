# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts that build and use guest roots; sourced, not run.

image_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
image_project=$(cd "$image_here/../../.." && pwd)
image_cache=${WG4J_CACHE:-$HOME/.cache/wg4j}/images

say() { printf '%s: %s\n' "${image_name:-image}" "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Runs a command as root: directly, or through sudo for a user who may.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# The directory of a release's image: named by the recipe, so that a changed recipe makes a new one.
image_dir() {
  local release=$1 hash
  [[ $release =~ ^[a-z]+$ ]] || die "not a Debian release name: $release"
  hash=$(cat "$image_here/packages" "$image_here/root.sh" "$image_here/sources.sh" |
    sha256sum | cut -c1-12)
  printf '%s/%s-%s\n' "$image_cache" "$release" "$hash"
}
