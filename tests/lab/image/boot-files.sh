#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: boot-files.sh RELEASE [KERNEL]
# Makes what a guest of a Debian release (or RELEASE-NAME, see extend-root.sh; or RELEASE-arm64, see
# arm64-root.sh) boots from, as far as it is missing, and prints it, a line each:
#   root=DIR  kernel=FILE  initrd=FILE  release=KERNEL-RELEASE  machine=as uname -m says it
# KERNEL is debian, the release's own and the default, or a debug kernel (../debug), kasan or kcsan.
# The initrd is the static agent (../agent/agent.c) and the modules it needs to reach its root and
# its host (a debug kernel needs none); it is cached beside the root, named by the agent's source and
# this script.
set -euo pipefail
image_name=boot-files
. "$(dirname "$0")/common.sh"

machine=x86_64 compiler=gcc
case ${1:-bookworm} in
  *-arm64)
    dir=$("$image_here/arm64-root.sh" "${1%-arm64}")
    machine=aarch64 compiler=aarch64-linux-gnu-gcc
    ;;
  *-*) dir=$("$image_here/extend-root.sh" "$1") ;;
  *) dir=$("$image_here/root.sh" "${1:-bookworm}") ;;
esac
kernel=${2:-debian}
case $kernel in
  debian)
    image=$dir/vmlinuz
    release=$(cat "$dir/kernel-release")
    modules="virtio_pci virtio_console 9p 9pnet_virtio overlay virtio_net virtio_rng"
    initrd=$dir/initrd
    ;;
  *)
    [ $machine = x86_64 ] || die "the checked kernels are made for x86-64"
    debug=$("$image_here/../debug/build-kernel.sh" "$kernel")
    image=$debug/bzImage
    release=$(cat "$debug/kernel-release")
    modules=
    initrd=$dir/initrd-debug
    ;;
esac
agent=$image_here/../agent/agent.c
initrd+=-$(cat "$agent" "${BASH_SOURCE[0]}" | sha256sum | cut -c1-12)

if [ ! -e "$initrd" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/tree"
  "$compiler" -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$work/tree/init" "$agent"

  : >"$work/tree/modules"
  # In an order in which each finds what it depends on. What is built into the kernel has no file.
  for module in $modules; do
    modprobe -d "$dir/root" -S "$release" --show-depends "$module" |
      sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | awk '!seen[$0]++' | while read -r file; do
    name=${file##*/}
    case $name in
      *.ko) cp "$file" "$work/tree/$name" ;;
      *.ko.xz) name=${name%.xz} && xz -dc "$file" >"$work/tree/$name" ;;
      *.ko.zst) name=${name%.zst} && zstd -qdc "$file" >"$work/tree/$name" ;;
      *) die "a module named $file" ;;
    esac
    echo "/$name" >>"$work/tree/modules"
  done
  (cd "$work/tree" && find . | cpio -o -H newc -R 0:0 --quiet) >"$work/initrd"
  as_root install -m 644 "$work/initrd" "$initrd.part.$$"
  as_root mv "$initrd.part.$$" "$initrd"
fi

printf '%s=%s\n' root "$dir/root" kernel "$image" initrd "$initrd" release "$release" machine "$machine"
