#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build-kernel.sh KIND
# Builds a debug kernel, kasan or kcsan, from Debian's linux-source-6.1, once per source version,
# configuration and compiler, and prints the directory that holds it:
#   bzImage         what QEMU boots, as a microvm
#   build/          its build directory, against which modules are compiled (build-module.sh)
#   kernel-release  its name, as uname -r gives it
#   ready           written last; a directory without it is an interrupted build, taken up where it stood
set -euo pipefail
debug_name="${1:-} kernel"
. "$(dirname "$0")/common.sh"

kind=${1:?kasan or kcsan}
dir=$(debug_kernel_dir "$kind")
mkdir -p "$dir/build"
exec 9>"$dir/lock"
flock -n 9 || { [ -e "$dir/ready" ] || say "waiting for another builder"; flock 9; }
if [ -e "$dir/ready" ]; then
  echo "$dir"
  exit 0
fi

source=$(linux_source)
cat "$source/Kconfig" "$debug_here/Kconfig" >"$dir/Kconfig"
cat "$debug_here/common.config" "$debug_here/$kind.config" >"$dir/fragment"
kernel_make() {
  make -s -C "$source" O="$dir/build" KBUILD_KCONFIG="$dir/Kconfig" \
    KCONFIG_ALLCONFIG="$dir/fragment" "$@"
}
kernel_make allnoconfig >"$dir/config.log" 2>&1 || { cat "$dir/config.log" >&2; die "configuration failed"; }
linux_require_configuration "$dir/build/.config" "$dir/fragment"
linux_build "$dir" 1500 kernel_make -j"$(nproc)" bzImage modules

[ -s "$dir/build/Module.symvers" ] || die "no Module.symvers in $dir/build"
ln -f "$dir/build/arch/x86/boot/bzImage" "$dir/bzImage"
cp "$dir/build/include/config/kernel.release" "$dir/kernel-release"
: >"$dir/ready"
echo "$dir"
