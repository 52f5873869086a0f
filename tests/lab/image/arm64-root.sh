#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: arm64-root.sh RELEASE
# Makes a guest root of a Debian release for arm64 once, with the packages that the release's own root
# has (root.sh), and prints its directory, which holds the same files. This machine cannot run the root's
# programs, so no package is configured: what maintainers' scripts would do and tests need is done here.
set -euo pipefail
image_name=image
. "$(dirname "$0")/common.sh"

release=${1:?a release}
[[ $release =~ ^[a-z]+$ ]] || die "not a Debian release name: $release"
recipe=$(cat "$image_here/packages" "${BASH_SOURCE[0]}" "$image_here/sources.sh" | sha256sum | cut -c1-12)
cached() {
  local dir
  dir=$(find "$image_cache" -maxdepth 1 -name "$release-arm64-[0-9]*-$recipe" | sort -V | tail -n 1)
  if [ -n "$dir" ]; then
    echo "$dir"
    exit 0
  fi
}

mkdir -p "$image_cache"
cached
exec 9>"$image_cache/arm64.lock"
flock -n 9 || { say "waiting for another builder"; flock 9; }
cached

started=$SECONDS
part=$image_cache/$release-arm64.part
as_root rm -rf "$part"
mkdir "$part"
sources=$("$image_here/sources.sh" "$release")
[ -n "$sources" ] || die "this machine's apt sources name no suite of its own release"
essential=base-files,base-passwd,bash,bsdutils,coreutils,dash,debianutils,diffutils,findutils,grep,gzip,hostname,libc-bin,login,mawk,mount,ncurses-bin,passwd,perl-base,sed,sysvinit-utils,tar,util-linux
packages=$(sed 's/#.*//; s/-amd64$/-arm64/' "$image_here/packages" | tr -s ' \n' ',' | sed 's/^,//; s/,$//')

say "making a $release root for arm64 (1-5 minutes, log in $part/log)"
printf '%s\n' "$sources" | as_root mmdebstrap --mode=root --variant=extract --architectures=arm64 \
  --skip=check/qemu \
  --include="$packages,$essential" \
  --setup-hook='for dir in bin sbin lib; do mkdir -p "$1/usr/$dir"; ln -s "usr/$dir" "$1/$dir"; done' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --aptopt='APT::Install-Recommends "false"' \
  "$release" "$part/root" - >"$part/log" 2>&1 ||
  { tail -20 "$part/log" >&2; die "mmdebstrap failed, see $part/log"; }

kernels=("$part"/root/boot/vmlinuz-*)
[ ${#kernels[@]} = 1 ] && [ -e "${kernels[0]}" ] || die "expected one kernel, found ${kernels[*]}"
kernel_release=${kernels[0]##*/vmlinuz-}
as_root sh -eu -c '
  cd "$1"
  mkdir -p wg4j build dev proc sys run tmp root var/tmp
  chmod 1777 tmp var/tmp
  cp usr/share/base-passwd/passwd.master etc/passwd
  cp usr/share/base-passwd/group.master etc/group
  cp usr/share/libc-bin/nsswitch.conf etc/nsswitch.conf
  echo "tcpdump:x:100:100::/nonexistent:/usr/sbin/nologin" >>etc/passwd
  echo "tcpdump:x:100:" >>etc/group
  ln -sf /proc/self/mounts etc/mtab
  echo lab >etc/hostname
  printf "127.0.0.1 localhost lab\n::1 localhost lab\n" >etc/hosts
  # The alternatives that tests call.
  ln -sf mawk usr/bin/awk
  ln -sf ../lib/jvm/default-java/bin/java usr/bin/java
  for tables in iptables ip6tables; do
    ln -sf xtables-nft-multi "usr/sbin/$tables-nft"
    ln -sf "$tables-nft" "usr/sbin/$tables"
  done
  depmod -b "$1" "$2"
' arm64-root "$part/root" "$kernel_release"
cp "${kernels[0]}" "$part/vmlinuz"
chmod 644 "$part/vmlinuz"
echo "$kernel_release" >"$part/kernel-release"
dir=$image_cache/$release-arm64-$kernel_release-$recipe
mv "$part" "$dir"
say "made in $((SECONDS - started)) s, $(du -sm "$dir" | cut -f1) MB in $dir"
echo "$dir"
