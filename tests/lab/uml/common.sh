# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of the user-mode Linux lane; sourced, not run.

uml_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '%s: %s\n' "${uml_name:-uml}" "$*" >&2; }
die() { say "error: $*"; exit 1; }
. "$uml_here/../linux.sh"

uml_project=$linux_project
# Where what is made for the kernel goes: each release's apart.
uml_out=$uml_project/build/um
[ "$linux_release" = bookworm ] || uml_out=$uml_out/$linux_release
uml_cache=$linux_cache/uml

# What the kernel must have: for all releases, and for one of them.
uml_config() {
  cat "$uml_here/kernel.config"
  [ ! -e "$uml_here/kernel-$linux_release.config" ] || cat "$uml_here/kernel-$linux_release.config"
}

# The directory of the cached kernel: named by what goes into it, so that another source package
# version or another configuration never meets the objects of the old one.
uml_kernel_dir() {
  local version hash
  version=$(linux_version) || exit 1
  hash=$({ uml_config; gcc -dumpfullversion; } | sha256sum | cut -c1-12)
  printf '%s/%s-%s\n' "$uml_cache" "$version" "$hash"
}
