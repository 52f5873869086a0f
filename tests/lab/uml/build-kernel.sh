#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the user-mode Linux kernel of the fast lane from Debian's linux-source-6.1, once per source
# version, configuration and compiler, and prints the directory that holds it:
#   linux      the kernel, an ordinary program of the host
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

started=$SECONDS
source=$uml_cache/source-$(dpkg-query -W -f '${Version}' linux-source-6.1)
if [ ! -d "$source" ]; then
  say "unpacking linux-source-6.1 (half a minute)"
  rm -rf "$source.part"
  mkdir "$source.part"
  tar -C "$source.part" --strip-components=1 -xf /usr/src/linux-source-6.1.tar.xz
  mv "$source.part" "$source"
fi

mkdir -p "$dir/build"
kernel_make() { nice make -s -C "$source" O="$dir/build" ARCH=um "$@"; }

cp "$uml_here/kernel.config" "$dir/build/.config"
kernel_make olddefconfig >"$dir/config.log" 2>&1 || { cat "$dir/config.log" >&2; die "configuration failed"; }
while read -r line; do
  case $line in
    CONFIG_*=*) grep -qxF "$line" "$dir/build/.config" || die "the configuration lost $line" ;;
    '# CONFIG_'*' is not set')
      option=${line#\# }
      ! grep -q "^${option%% *}=" "$dir/build/.config" || die "the configuration gained ${option%% *}" ;;
  esac
done <"$uml_here/kernel.config"

say "building (5-15 minutes, log in $dir/build.log)"
kernel_make -j"$(nproc)" >"$dir/build.log" 2>&1 &
maker=$!
trap 'kill $maker 2>/dev/null || true' EXIT
while kill -0 $maker 2>/dev/null; do
  # Sleeps in short steps only to notice the end soon; the count is for the reader.
  for _ in $(seq 30); do kill -0 $maker 2>/dev/null && sleep 1; done
  kill -0 $maker 2>/dev/null &&
    say "$(find "$dir/build" -name '*.o' | wc -l) of some 1100 objects, $((SECONDS - started)) s"
done
wait $maker || { tail -20 "$dir/build.log" >&2; die "build failed, see $dir/build.log"; }
trap - EXIT
kernel_make modules_prepare >>"$dir/build.log" 2>&1 || die "modules_prepare failed, see $dir/build.log"
[ -s "$dir/build/Module.symvers" ] || die "no Module.symvers in $dir/build"
ln -f "$dir/build/linux" "$dir/linux"
: >"$dir/ready"
say "built in $((SECONDS - started)) s"
echo "$dir"
