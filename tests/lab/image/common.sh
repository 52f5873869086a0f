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

# A recipe in a few characters: images are named by it, so that a changed recipe makes a new one.
image_recipe() {
  cat "$image_here/packages" "$image_here/root.sh" "$image_here/sources.sh" | sha256sum | cut -c1-12
}

# The image of a release that is there, of several kernels the newest; nothing if there is none.
image_find() {
  local release=$1
  [[ $release =~ ^[a-z]+$ ]] || die "not a Debian release name: $release"
  find "$image_cache" -maxdepth 1 -name "$release-[0-9]*-$(image_recipe)" | sort -V | tail -n 1
}

# From here on apt knows a release's packages, checked by the keys that this machine has, and keeps its
# files in a directory that is given: nothing of this machine's own apt is touched.
image_apt() { # RELEASE DIRECTORY
  local state=$2
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/etc/sources.list.d" \
    "$state/etc/apt.conf.d" "$state/etc/preferences.d"
  : >"$state/status"
  "$image_here/sources.sh" "$1" >"$state/etc/sources.list.d/release.sources"
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
}
