#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: container-image.sh [RELEASE]
# Makes the Docker image wg4j/machine:RELEASE as far as it is missing or stale, and prints its name: a
# Debian root with QEMU that is the container's and its guest's, the release's kernel, the project's
# module for it, and container-start.sh, which boots it. Nothing is pulled: the root is extend-root.sh's,
# without headers, compiler, Java and the drivers of hardware that QEMU has not.
# `docker` must reach an engine (scripts/docker.sh run).
set -euo pipefail
image_name=container-image
. "$(dirname "$0")/common.sh"

release=${1:-bookworm}
name=wg4j/machine:$release
label=org.wg4j.recipe
eval "$("$image_here/boot-files.sh" "$release-container" | sed -n 's/^\(root\|kernel\|initrd\)=/boot_&/p')"
module=$("$image_here/build-module.sh" "$release" | grep '/wireguard\.ko$')

# The root, big and seldom new, is an image of its own, named by how it was made.
excluded=(usr/src usr/lib/jvm usr/lib/gcc 'usr/lib/modules/*/kernel/sound' 'usr/lib/modules/*/kernel/drivers/gpu'
  'usr/lib/modules/*/kernel/drivers/media' 'usr/lib/modules/*/kernel/drivers/net/ethernet'
  'usr/lib/modules/*/kernel/drivers/net/wireless')
base=wg4j/machine-root:$release-$( (echo "$boot_root" "${excluded[@]}") | sha256sum | cut -c1-12)
if ! docker image inspect "$base" >/dev/null 2>&1; then
  say "importing $boot_root"
  as_root tar -C "$boot_root" -c "${excluded[@]/#/--exclude=./}" . |
    docker import --change 'ENTRYPOINT ["/wg4j/start"]' - "$base" >/dev/null
fi

recipe=$( (echo "$base" && cat "$boot_kernel" "$boot_initrd" "$module" "$image_here/container-start.sh") |
  sha256sum | cut -c1-12)
if [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$name" 2>/dev/null)" != "$recipe" ]; then
  work=$(mktemp -d)
  container=
  trap '[ -z "$container" ] || docker rm -f "$container" >/dev/null; rm -rf "$work"' EXIT
  cp "$boot_kernel" "$work/vmlinuz"
  cp "$boot_initrd" "$work/initrd"
  cp "$module" "$work/wireguard.ko"
  cp "$image_here/container-start.sh" "$work/start"
  chmod 755 "$work" "$work/start"
  container=$(docker create "$base")
  docker cp "$work/." "$container:/wg4j" >/dev/null
  docker commit --change "LABEL $label=$recipe" "$container" "$name" >/dev/null
  say "made $name"
fi
echo "$name"
