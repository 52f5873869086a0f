#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: boot-files.sh RELEASE
# Makes what a guest of a Debian release boots from, as far as it is missing, and prints it:
#   root=DIR  kernel=FILE  initrd=FILE  release=KERNEL-RELEASE
# The initrd is the static agent (../agent/agent.c) and the modules it needs to reach its root and
# its host; it is cached beside the root, named by the agent's source and this script.
set -euo pipefail
image_name=boot-files
. "$(dirname "$0")/common.sh"

dir=$("$image_here/root.sh" "${1:-bookworm}")
release=$(cat "$dir/kernel-release")
agent=$image_here/../agent/agent.c
initrd=$dir/initrd-$(cat "$agent" "${BASH_SOURCE[0]}" | sha256sum | cut -c1-12)

if [ ! -e "$initrd" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/tree"
  gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$work/tree/init" "$agent"

  # In an order in which each finds what it depends on. What is built into the kernel has no file.
  for module in virtio_pci virtio_console 9p 9pnet_virtio overlay virtio_net virtio_rng; do
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

printf 'root=%s\nkernel=%s\ninitrd=%s\nrelease=%s\n' "$dir/root" "$dir/vmlinuz" "$initrd" "$release"
