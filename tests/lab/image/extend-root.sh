#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: extend-root.sh RELEASE-NAME
# Makes a guest root with more packages once, those of the file packages.NAME: a copy of the release's
# own (root.sh), so that kernel and modules are the same. Prints its directory, which holds the same
# files and appears by one rename when all of it is there.
set -euo pipefail
image_name=image
. "$(dirname "$0")/common.sh"

[[ ${1:-} =~ ^([a-z]+)-([a-z]+)$ ]] || die "not RELEASE-NAME: ${1:-}"
list=$image_here/packages.${BASH_REMATCH[2]}
[ -e "$list" ] || die "no $list"
base=$("$image_here/root.sh" "${BASH_REMATCH[1]}")
hash=$( (echo "$base" && cat "$list" "${BASH_SOURCE[0]}") | sha256sum | cut -c1-12)
dir=$image_cache/$1-$hash
if [ -d "$dir" ]; then
  echo "$dir"
  exit 0
fi

exec 9>"$image_cache/lock"
flock -n 9 || { say "waiting for another builder"; flock 9; }
if [ -d "$dir" ]; then
  echo "$dir"
  exit 0
fi

started=$SECONDS
part=$dir.part
as_root rm -rf "$part"
mkdir "$part"
say "making a $1 root (1-3 minutes, log in $part/log)"
cp "$base/vmlinuz" "$base/kernel-release" "$part/"
as_root cp -a --reflink=auto "$base/root" "$part/root"
# In a mount namespace of its own, with this machine's resolver. No package may start its daemon here.
as_root unshare --mount sh -c '
  set -e
  root=$1
  shift
  mount --bind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/run"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  printf "#!/bin/sh\nexit 101\n" >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
  inside apt-get update -q
  inside apt-get install -y -q --no-install-recommends "$@"
  inside apt-get clean
  rm -rf "$root"/var/lib/apt/lists/* "$root/etc/resolv.conf" "$root/usr/sbin/policy-rc.d"
' extend "$part/root" $(sed 's/#.*//' "$list") >"$part/log" 2>&1 ||
  { tail -20 "$part/log" >&2; die "installing failed, see $part/log"; }
mv "$part" "$dir"
say "made in $((SECONDS - started)) s, $(du -sm "$dir" | cut -f1) MB in $dir"
echo "$dir"
