#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: install.sh install|uninstall PREFIX DESTDIR
# The module goes to DESTDIR/lib/modules/KERNEL/updates (KERNEL: the running one, or $KERNEL), the
# rest to DESTDIR/PREFIX/lib/wg4j, with a link DESTDIR/PREFIX/bin/wgj. Uninstalling takes away exactly
# that. Without headers of that kernel the module is left out, and the exit code says so.
set -euo pipefail
cd "$(dirname "$0")/.."

action=$1
prefix=${2%/}
destdir=${3%/}
kernel=${KERNEL:-$(uname -r)}
[[ $prefix = /* ]] || { echo "install: PREFIX must be an absolute path: '$prefix'" >&2; exit 2; }
home=$destdir$prefix/lib/wg4j
link=$destdir$prefix/bin/wgj
updates=$destdir/lib/modules/$kernel/updates

# Only a real system has an index of modules to renew.
renew_index() {
  if [ -z "$destdir" ]; then depmod "$kernel"; fi
}

install_programs() {
  make --no-print-directory java
  # The launcher finds jars and library by their places in the tree, so that tree is what is installed.
  rm -rf "$home"
  install -d "$home/java/wgj/bin" "$home/java/wgj/target/lib" "$home/build/native" "${link%/*}"
  install -m 755 java/wgj/bin/wgj "$home/java/wgj/bin/wgj"
  install -m 644 java/wgj/target/lib/*.jar "$home/java/wgj/target/lib"
  install -m 644 build/native/libnetlink4j.so "$home/build/native"
  ln -sfn "$prefix/lib/wg4j/java/wgj/bin/wgj" "$link"
  echo "installed: $link, $home"
}

install_module() {
  local headers=/lib/modules/$kernel/build
  if [ ! -e "$headers/Makefile" ]; then
    echo "install: no headers of kernel $kernel in $headers, so the module is NOT installed." >&2
    echo "install: get them (apt-get install linux-headers-$kernel), or name another kernel: make install KERNEL=..." >&2
    return 3
  fi
  make --no-print-directory kernel KDIR="$headers"
  install -D -m 644 kernel/wireguard.ko "$updates/wireguard.ko"
  renew_index
  echo "installed: $updates/wireguard.ko (modprobe wireguard loads it before the kernel's own)"
}

# A directory that we did not make, or that holds something else too, stays.
remove_empty() {
  rmdir --ignore-fail-on-non-empty "$1" 2>/dev/null || true
}

case $action in
  install)
    install_programs
    install_module
    ;;
  uninstall)
    if [ "$(readlink "$link" 2>/dev/null)" = "$prefix/lib/wg4j/java/wgj/bin/wgj" ]; then rm "$link"; fi
    rm -rf "$home"
    if [ -e "$updates/wireguard.ko" ]; then
      rm "$updates/wireguard.ko"
      remove_empty "$updates"
      renew_index
    fi
    echo "uninstalled from $destdir$prefix and $updates"
    ;;
  *)
    sed -n '3p' "$0" >&2
    exit 2
    ;;
esac
