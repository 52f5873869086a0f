# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of the user-mode Linux lane; sourced, not run.

uml_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '%s: %s\n' "${uml_name:-uml}" "$*" >&2; }
die() { say "error: $*"; exit 1; }
. "$uml_here/../linux.sh"

uml_project=$linux_project
uml_cache=$linux_cache/uml

# The directory of the cached kernel: named by what goes into it, so that another source package
# version or another configuration never meets the objects of the old one.
uml_kernel_dir() {
  local version hash
  version=$(linux_version) || exit 1
  hash=$({ cat "$uml_here/kernel.config"; gcc -dumpfullversion; } | sha256sum | cut -c1-12)
  printf '%s/%s-%s\n' "$uml_cache" "$version" "$hash"
}
