#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: scripts/setup.sh PROFILE...
# Installs the Debian packages that a part of the project needs, as far as they are missing, and says
# what it does. With everything there it takes no time and needs no rights; otherwise it works as root
# or through sudo. Profiles:
#   build   what compiles the module, the native library and the Java programs, and what their unit
#           tests compare them with
#   lab     QEMU and what makes and boots guest images
#   uml     what builds and runs the user-mode Linux kernel of the fast lane
#   lint    sparse, coccinelle, clang-format, checkpatch's interpreter, what counts lines, sanitizers,
#           the crypto libraries of the suites in user space; shells and what reads manual pages, for
#           wgj's completions and its page
#   fuzz    libFuzzer and sanitizers, what unpacks corpora, and what uml needs
#   docker  Docker Engine and its command; where there is no systemd scripts/docker.sh starts it
#   all     build, lab, uml and lint
#   native-all  compilers for the JNI library's other machines and C libraries, and what runs those
#   arm64   what compiles the module for arm64 and boots a machine that runs it
set -euo pipefail

say() { printf 'setup: %s\n' "$*" >&2; }
usage() { sed -n '3,19s/^# \{0,1\}//p' "$0" >&2; exit 2; }

packages_of() {
  case $1 in
    build)
      echo make gcc libc6-dev openjdk-17-jdk-headless maven linux-headers-amd64 linux-libc-dev kmod git \
        wireguard-tools iproute2 util-linux ;;
    lab)
      echo qemu-system-x86 mmdebstrap debian-archive-keyring gcc libc6-dev make kmod cpio \
        xz-utils zstd util-linux ;;
    uml)
      echo linux-source-6.1 gcc libc6-dev make flex bison bc libelf-dev xz-utils kmod busybox-static \
        iproute2 iputils-ping wireguard-tools wireguard-go iperf3 util-linux procps perl-base ;;
    lint)
      echo linux-source-6.1 xz-utils sparse coccinelle clang clang-tidy clang-format libclang-rt-14-dev \
        gcc libc6-dev make perl python3 cloc universal-ctags libsodium-dev libssl-dev \
        zsh fish groff mandoc ;;
    fuzz)
      echo clang libclang-rt-14-dev libsodium-dev libssl-dev perl-base
      packages_of uml ;;
    docker)
      echo docker.io iproute2 util-linux ;;
    native-all)
      echo make gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross musl-tools qemu-user-static binutils ;;
    arm64)
      echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross binutils linux-headers-amd64 qemu-system-arm mmdebstrap \
        debian-archive-keyring kmod cpio xz-utils util-linux ;;
    all)
      for profile in build lab uml lint; do packages_of $profile; done ;;
    *)
      say "no such profile: $1"; usage ;;
  esac
}

[ $# -gt 0 ] || usage
wanted=$(for profile; do packages_of "$profile"; done | tr ' ' '\n' | sort -u)
# Names only: what is installed in another way than by dpkg is not missed by what calls it, but the
# tools that read /usr/src and /lib are.
have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii  *//p' | sort -u)
missing=$(for package in $wanted; do grep -qx "$package" <<<"$have" || echo "$package"; done | xargs)
if [ -z "$missing" ]; then
  exit 0
fi

as_root() { "$@"; }
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { say "missing: $missing; install them as root"; exit 1; }
  as_root() { sudo "$@"; }
fi

install_missing() {
  # No recommendations: they would bring desktop parts of QEMU and Java.
  # shellcheck disable=SC2086  # a list of package names
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=300 $missing
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
say "installing for $*: $missing"
# Package lists that are there are tried first; old or absent ones are fetched.
if ! install_missing >"$log" 2>&1; then
  say "fetching package lists"
  as_root apt-get update -q >"$log" 2>&1 || { tail -20 "$log" >&2; say "apt-get update failed"; exit 1; }
  install_missing >"$log" 2>&1 || { tail -20 "$log" >&2; say "apt-get install failed"; exit 1; }
fi
say "done"
