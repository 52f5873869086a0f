#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the user-mode Linux kernel of the fast lane from Debian's linux-source, that of bookworm or of
# the release that WG4J_LINUX names, once per source version, configuration and compiler, and prints
# the directory that holds it:
#   linux      the kernel, an ordinary program of the host
#   fragment   what its configuration must have
#   build/     its build directory, against which modules are compiled (build-module.sh)
#   ready      written last; a directory without it is an interrupted build, taken up where it stood
set -euo pipefail
uml_name=uml-kernel
. "$(dirname "$0")/common.sh"

dir=$(uml_kernel_dir)
if [ -e "$dir/ready" ]; then
  echo "$dir"
  exit 0
fi

mkdir -p "$dir"
exec 9>"$uml_cache/lock"
flock -n 9 || { say "waiting for another builder"; flock 9; }
if [ -e "$dir/ready" ]; then
  echo "$dir"
  exit 0
fi

source=$(linux_source)
mkdir -p "$dir/build"
kernel_make() { nice make -s -C "$source" O="$dir/build" ARCH=um "$@"; }

uml_config >"$dir/fragment"
cp "$dir/fragment" "$dir/build/.config"
kernel_make olddefconfig >"$dir/config.log" 2>&1 || { cat "$dir/config.log" >&2; die "configuration failed"; }
linux_require_configuration "$dir/build/.config" "$dir/fragment"
linux_build "$dir" 1100 kernel_make -j"$(nproc)"
kernel_make modules_prepare >>"$dir/build.log" 2>&1 || die "modules_prepare failed, see $dir/build.log"
[ -s "$dir/build/Module.symvers" ] || die "no Module.symvers in $dir/build"
ln -f "$dir/build/linux" "$dir/linux"
: >"$dir/ready"
echo "$dir"
