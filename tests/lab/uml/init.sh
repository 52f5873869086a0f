#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# PID 1 of the fast lane's kernel; run.sh starts it with its orders in the environment:
#   lab_nonce     new for each run: a verdict carries it, so that no script prints one by accident
#   lab_orders    a file of lines "script FILE", "directory DIR", "module FILE", "argument TEXT"
# The root is the host's, read-only; what must be written to lies on RAM. The shell as PID 1 collects
# every orphan, and waits for the script's own end: the end of some daemon must not be taken for it.
# Busybox, because starting a dynamically linked program costs this kernel a third of a second.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
b=/bin/busybox

$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t debugfs debugfs /sys/kernel/debug
$b mount -t devtmpfs dev /dev
$b mkdir -p /dev/pts /dev/shm
$b mount -t devpts devpts /dev/pts
$b mount -t tmpfs tmpfs /dev/shm
$b mount -t tmpfs tmpfs /run
$b mount -t tmpfs tmpfs /var/tmp
$b mkdir -p /run/lab/upper /run/lab/work /run/netns /run/lock
# What the host has in /tmp stays readable: the project may lie there.
$b mount -t overlay overlay -o lowerdir=/tmp,upperdir=/run/lab/upper,workdir=/run/lab/work /tmp
$b ln -sf /proc/self/fd /dev/fd
$b ln -sf fd/0 /dev/stdin
$b ln -sf fd/1 /dev/stdout
$b ln -sf fd/2 /dev/stderr
$b hostname uml
$b ip link set lo up

nonce=$lab_nonce
orders=$($b cat "$lab_orders")
unset lab_nonce lab_orders
export PATH HOME=/tmp TMPDIR=/tmp LANG=C.UTF-8

verdict() {
  # On a line of its own, whatever the script left unfinished on the last one.
  printf '\numl-verdict %s %s\n' "$nonce" "$1"
  $b poweroff -f
}

printf '\numl-start %s\n' "$nonce"
# One verdict a boot: the first report makes later ones of other detectors unreliable.
echo 1 >/proc/sys/kernel/panic_on_warn

script=
set --
while IFS= read -r line; do
  case $line in
    'script '*) script=${line#script } ;;
    'directory '*) cd "${line#directory }" || verdict directory ;;
    'module '*) $b insmod "${line#module }" || { $b dmesg | $b tail -5; verdict "insmod-${line##*/}"; } ;;
    'argument '*) set -- "$@" "${line#argument }" ;;
  esac
done <<ORDERS
$orders
ORDERS

# In a session of its own, so that nothing it does to its process group reaches PID 1.
$b setsid "$script" "$@" </dev/null &
wait $!
verdict $?
