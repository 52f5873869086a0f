#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build-module.sh [RELEASE [SOURCE [OUT]]]
# Compiles a kernel module against the headers of a Debian release, inside that release's guest root
# and with its compiler, and prints the paths of the .ko files made. A root with more packages
# (RELEASE-NAME, see extend-root.sh) has the release's kernel, and gets the same modules. For
# bookworm-arm64 (arm64-root.sh), whose programs do not run here, this machine's cross compiler and
# kbuild do it with the headers of that root.
#   SOURCE   a directory with a Kbuild or Makefile; default: the project's kernel/
#   OUT      where they go; default: build/kernel/KERNEL-RELEASE
# SOURCE is copied and stays clean. What is up to date is not built again. More arguments for
# make come from the environment variable MODULE_MAKE (for example "W=1").
set -euo pipefail
image_name=build-module
. "$(dirname "$0")/common.sh"
. "$image_here/../mirror.sh"

release=${1:-bookworm}
case $release in
  *-arm64) dir=$("$image_here/arm64-root.sh" "${release%-arm64}") make=cross_make ;;
  *) dir=$("$image_here/root.sh" "${release%-*}") make=chroot_make ;;
esac
source=$(cd "${2:-$image_project/kernel}" && pwd)
kernel_release=$(cat "$dir/kernel-release")
out=${3:-$image_project/build/kernel/$kernel_release}
mkdir -p "$out"
out=$(cd "$out" && pwd)

exec 9>"$out/.lock"
flock -n 9 || { say "waiting for another builder"; flock 9; }

# What is compiled with what, named by content.
wanted=$(mirror_sum "$source"; echo "${MODULE_MAKE:-}"; echo "$dir")
if [ -e "$out/.made" ] && [ "$(cat "$out/.made")" = "$wanted" ]; then
  ls "$out"/*.ko
  exit 0
fi

work=$out/source
mirror_update "$source" "$work"

say "compiling $source for $kernel_release"
mkdir -p "$work/.tmp"
rm -f "$out/.made" "$out"/*.ko
# In a mount namespace of its own: the root stays as it is, /build in it shows the copy. The tools of
# kernel 7.2 look for their own limits in /proc.
chroot_make() {
  as_root unshare --mount sh -c '
    set -e
    mount --bind "$2" "$1/build"
    mount --bind /dev "$1/dev"
    mount --bind /proc "$1/proc"
    exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TMPDIR=/build/.tmp \
      make -j"$(nproc)" -C "/lib/modules/$3/build" M=/build $4 modules
  ' chroot_make "$dir/root" "$work" "$kernel_release" "${MODULE_MAKE:-}"
}
# The headers name each other as they would be named there. Their scripts are those of this machine's
# linux-kbuild-6.1: programs that run here, of the same kernel.
cross_make() {
  as_root unshare --mount sh -c '
    set -e
    mount --bind "$1/usr/src" /usr/src
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TMPDIR="$2/.tmp" \
      make -j"$(nproc)" -C "/usr/src/linux-headers-$3" M="$2" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- $4 modules
  ' cross_make "$dir/root" "$work" "$kernel_release" "${MODULE_MAKE:-}"
}
if ! $make >"$out/log" 2>&1; then
  tail -40 "$out/log" >&2
  die "the module does not compile for $kernel_release, see $out/log"
fi
grep -E 'warning:' "$out/log" >&2 || true
# Sources that the user may remove must not come out owned by root.
[ "$(id -u)" = 0 ] || as_root chown -R "$(id -u):$(id -g)" "$work"
cp "$work"/*.ko "$out/" || die "no .ko came out of $source"
printf '%s\n' "$wanted" >"$out/.made"
ls "$out"/*.ko
