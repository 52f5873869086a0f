#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: root.sh [RELEASE [KERNEL-RELEASE]]
# Makes the guest root of a Debian release once, caches it, and prints the directory that holds it:
#   root/             the root file system, shared read-only with every guest
#   vmlinuz           its kernel
#   kernel-release    that kernel's name, as uname -r gives it
# The directory appears by one rename when all of it is there. It is named by the kernel too: what is
# cached is taken, the newest first, unless KERNEL-RELEASE asks for one that the release has and the
# cache has not.
set -euo pipefail
image_name=image
. "$(dirname "$0")/common.sh"

release=${1:-bookworm}
cached() {
  local dir
  dir=$(image_find "$release") || exit
  if [ -n "$dir" ] && [[ -z ${1:-} || $(cat "$dir/kernel-release") = "$1" ]]; then
    echo "$dir"
    exit 0
  fi
}

mkdir -p "$image_cache"
cached "${2:-}"
exec 9>"$image_cache/lock"
flock -n 9 || { say "waiting for another builder"; flock 9; }
cached "${2:-}"

started=$SECONDS
part=$image_cache/$release.part
as_root rm -rf "$part"
mkdir "$part"
sources=$("$image_here/sources.sh" "$release")
[ -n "$sources" ] || die "this machine's apt sources name no suite of its own release"
packages=$(sed 's/#.*//' "$image_here/packages" | tr -s ' \n' ',' | sed 's/^,//; s/,$//')

say "making a $release root (2-5 minutes, log in $part/log)"
# The guest boots with an initrd of its own: the package's would only cost time, so its
# configuration is there, and kept, before the package is.
printf '%s\n' "$sources" | as_root env INITRD=No mmdebstrap --mode=root --variant=minbase \
  --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt=force-confold \
  --aptopt='APT::Install-Recommends "false"' \
  --essential-hook='mkdir -p "$1/etc/initramfs-tools"; echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"' \
  --customize-hook='mkdir -p "$1/wg4j" "$1/build"' \
  --customize-hook='ln -sf /proc/self/mounts "$1/etc/mtab"' \
  --customize-hook='echo lab >"$1/etc/hostname"; printf "127.0.0.1 localhost lab\n::1 localhost lab\n" >"$1/etc/hosts"' \
  --customize-hook='rm -f "$1/etc/resolv.conf" "$1"/boot/initrd.img-*' \
  "$release" "$part/root" - >"$part/log" 2>&1 &
builder=$!
trap 'kill $builder 2>/dev/null || true' EXIT
while kill -0 $builder 2>/dev/null; do
  for _ in $(seq 20); do kill -0 $builder 2>/dev/null && sleep 1; done
  kill -0 $builder 2>/dev/null &&
    say "$((SECONDS - started)) s: $(tail -c 200 "$part/log" | tr '\r' '\n' | tail -1)"
done
wait $builder || { tail -20 "$part/log" >&2; die "mmdebstrap failed, see $part/log"; }
trap - EXIT

kernels=("$part"/root/boot/vmlinuz-*)
[ ${#kernels[@]} = 1 ] && [ -e "${kernels[0]}" ] || die "expected one kernel, found ${kernels[*]}"
kernel_release=${kernels[0]##*/vmlinuz-}
# Looked up from inside: followed from here, an absolute link would lead to this machine's headers.
as_root chroot "$part/root" test -d "/lib/modules/$kernel_release/build/scripts" ||
  die "no headers for $kernel_release in the root: kernel and headers disagree"
cp "${kernels[0]}" "$part/vmlinuz"
chmod 644 "$part/vmlinuz"
echo "$kernel_release" >"$part/kernel-release"
dir=$image_cache/$release-$kernel_release-$(image_recipe)
mv "$part" "$dir"
say "made in $((SECONDS - started)) s, $(du -sm "$dir" | cut -f1) MB in $dir"
echo "$dir"
