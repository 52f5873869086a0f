#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: install.sh install|uninstall PREFIX DESTDIR [programs]
# Programs: what `make java' built goes to DESTDIR/PREFIX/lib/wg4j, with a link in PREFIX/bin, a manual
# page and completions in PREFIX/share, units in PREFIX/lib/systemd/system. With an empty DESTDIR the
# JVM's archive of classes is made, too: it is bound to the place where the programs lie.
# Module, unless only programs are asked for: to DESTDIR/lib/modules/KERNEL/updates (KERNEL: the
# running one, or $KERNEL). Without headers of that kernel it is left out, and the exit code says so.
# Uninstalling takes away exactly what PREFIX/lib/wg4j/installed lists, and the module.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '3s/^# //p' "$0" >&2; exit 2; }
[ $# = 3 ] || { [ $# = 4 ] && [ "$4" = programs ]; } || usage
action=$1
prefix=${2%/}
destdir=${3%/}
parts=${4:-all}
kernel=${KERNEL:-$(uname -r)}
[[ $prefix/ = /* && $prefix$destdir != *[[:space:]]* ]] ||
  { echo "install: PREFIX must be an absolute path, without blanks: '$prefix'" >&2; exit 2; }
home=$prefix/lib/wg4j
record=$destdir$home/installed
updates=$destdir/lib/modules/$kernel/updates

# Only a real system has indices to renew.
renew_modules() {
  if [ -z "$destdir" ]; then depmod "$kernel"; fi
}

renew_units() {
  case $prefix in
    '' | /usr | /usr/local) if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi ;;
  esac
}

# Directories are written down only if they are new, and before what goes into them.
note() { printf '%s\n' "$1" >>"$record"; }

directory() {
  if [ -d "$destdir$1" ]; then return; fi
  directory "${1%/*}"
  mkdir "$destdir$1"
  chmod 755 "$destdir$1"
  note "$1/"
}

place() { # MODE SOURCE TARGET
  directory "${3%/*}"
  note "$3"
  install -m "$1" "$2" "$destdir$3"
}

install_programs() {
  local share lib=java/wgj/target/lib file new=()
  for file in "$lib/wgj.jar" build/native/libnetlink4j.so; do
    [ -e "$file" ] || { echo "install: $file is missing: make java" >&2; exit 1; }
  done
  share=$(mktemp -d)
  # shellcheck disable=SC2064  # now: it is local
  trap "rm -rf '$share'" EXIT
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$lib/*" org.wg4j.cli.Documents "$share"
  remove_programs
  # The record's own directories first: it cannot list them before they are there.
  file=$home
  while [ ! -d "$destdir$file" ]; do
    new=("$file/" "${new[@]}")
    file=${file%/*}
  done
  install -d -m 755 "$destdir$home"
  : >"$record"
  chmod 644 "$record"
  for file in "${new[@]}"; do note "$file"; done
  note "${record#"$destdir"}"

  place 755 java/wgj/bin/wgj "$home/bin/wgj"
  # What hooks find as wg(8) where there are no wireguard-tools.
  directory "$home/hooks"
  note "$home/hooks/wg"
  ln -sfn "$home/bin/wgj" "$destdir$home/hooks/wg"
  for file in "$lib"/*.jar build/native/libnetlink4j.so; do
    place 644 "$file" "$home/lib/${file##*/}"
  done
  # Names the archive of classes that goes with them.
  cat "$lib"/*.jar | sha256sum | cut -c1-16 >"$share/id"
  place 644 "$share/id" "$home/lib/id"
  rm "$share/id"
  while IFS= read -r file; do
    place 644 "$share/$file" "$prefix/share/$file"
  done < <(cd "$share" && find . -type f -printf '%P\n' | sort)
  for file in java/wgj/systemd/*; do
    place 644 "$file" "$prefix/lib/systemd/system/${file##*/}"
    sed -i "s|@PREFIX@|$prefix|g" "$destdir$prefix/lib/systemd/system/${file##*/}"
  done
  directory "$prefix/bin"
  note "$prefix/bin/wgj"
  ln -sfn "$home/bin/wgj" "$destdir$prefix/bin/wgj"
  renew_units
  echo "installed: what $record lists"
  if [ -n "$destdir" ]; then
    echo "on the machine itself, for a fast start: WGJ_ARCHIVE=build $home/bin/wgj"
  else
    WGJ_ARCHIVE=build "$home/bin/wgj" || true # it says what is wrong, and wgj works without
  fi
}

remove_programs() {
  local path
  [ -e "$record" ] || return 0
  # What the launcher made and the record does not know.
  rm -rf "$destdir$home/lib/startup"
  while IFS= read -r path; do
    case $path in
      */) rmdir --ignore-fail-on-non-empty "$destdir$path" 2>/dev/null || true ;;
      *) rm -f "$destdir$path" ;;
    esac
  done < <(tac "$record")
  renew_units
}

install_module() {
  local headers=/lib/modules/$kernel/build
  if [ ! -e "$headers/Makefile" ]; then
    echo "install: no headers of kernel $kernel in $headers, so the module is NOT installed." >&2
    echo "install: get them (apt-get install linux-headers-$kernel), name another kernel (make install KERNEL=...)," >&2
    echo "install: or do without it: make install-programs" >&2
    return 3
  fi
  make --no-print-directory kernel KDIR="$headers"
  install -D -m 644 kernel/wireguard.ko "$updates/wireguard.ko"
  renew_modules
  echo "installed: $updates/wireguard.ko (modprobe wireguard loads it before the kernel's own)"
}

case $action in
  install)
    install_programs
    if [ "$parts" = all ]; then install_module; fi
    ;;
  uninstall)
    remove_programs
    if [ "$parts" = all ] && [ -e "$updates/wireguard.ko" ]; then
      rm "$updates/wireguard.ko"
      rmdir --ignore-fail-on-non-empty "$updates"
      renew_modules
    fi
    echo "uninstalled from $destdir$prefix and $updates"
    ;;
  *) usage ;;
esac
