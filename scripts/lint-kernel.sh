#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Style and static checks of everything written in C, one line of verdict each.
#
#   scripts/lint-kernel.sh            the quick checks: build refusals sparse checkpatch format spdx
#                                     conditionals secrets door
#   scripts/lint-kernel.sh all        those, and the slow ones: cocci clang analyzer llvm arm64
#   scripts/lint-kernel.sh NAME...    the ones that are named
#
# Compiles a copy under build/lint, never the tree. HEADERS names the kernel headers to build against
# (default: the newest of Debian's 6.1 for amd64). checkpatch and coccinelle's rules are not in Debian's
# header packages: they are unpacked once from linux-source-6.1 into
# ${WG4J_CACHE:-~/.cache/wg4j}/linux-source-6.1. Findings that are no mistakes are named, with the reason,
# in scripts/lint-kernel.exceptions.

set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD
work=$root/build/lint
cache=${WG4J_CACHE:-$HOME/.cache/wg4j}/linux-source-6.1
tarball=/usr/src/linux-source-6.1.tar.xz
headers=${HEADERS:-$(ls -d /usr/src/linux-headers-6.1.*-amd64 2>/dev/null | sort -V | tail -n 1)}
failed=

# One run at a time: they share the copies.
mkdir -p "$work"
exec 9>"$work/.lock"
flock 9

# Only what is tracked or about to be: build products and editors' leavings are nobody's style.
sources() {
  git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
    if [ -e "$file" ]; then echo "$file"; fi
  done
}

# Runs a check; its output is shown only when it fails.
check() {
  if "check_$1" >"$work/$1.log" 2>&1; then
    printf 'ok    %-13s %s\n' "$1" "$2"
  else
    printf 'FAIL  %-13s %s\n' "$1" "$2"
    tail -n 60 "$work/$1.log" | sed 's/^/      /'
    failed="$failed $1"
  fi
}

# Keeps what was compiled before and is still true: kbuild compiles what has changed.
sync_copy() { # TO
  mkdir -p "$1" && cp -Rpu kernel/. "$1" || return 1
  (cd "$1" && find . -name '*.[chS]' ! -name '*.mod.c') | while read -r file; do
    [ -e "kernel/$file" ] || rm -f "$1/$file"
  done
}

# The flags are the same for all checks of a copy, or each would compile everything anew.
kbuild_in() { # COPY, make's arguments
  [ -n "$headers" ] || { echo "no kernel headers: apt-get install linux-headers-amd64"; return 1; }
  copy=$1
  shift
  sync_copy "$copy" && make -j"$(nproc)" -C "$headers" M="$copy" "$@" modules
}

# Debian's kernels have no KUnit to link the suites with: its symbols stay open, and modpost is told to
# go on.
kbuild() {
  kbuild_in "$work/kernel" W=1 KCFLAGS=-Werror WG4J_KUNIT=y KBUILD_MODPOST_WARN=1 "$@"
}

# Copies findings, but for those that are excused; fails if any is left.
unexcused() { # CHECK, findings on standard input
  sed -n "s/^$1 \(.*\) # .*/\1/p" scripts/lint-kernel.exceptions >"$work/$1.excused"
  if [ -s "$work/$1.excused" ]; then ! grep -vEf "$work/$1.excused"; else ! grep .; fi
}

check_build() {
  rm -f "$work"/kernel/*.ko
  kbuild && [ -e "$work/kernel/wireguard.ko" ] && [ -e "$work/kernel/wireguard_kunit.ko" ] &&
    ! grep -i 'warning:' "$work/build.log" | grep -v 'modpost: "kunit_'
}

# What gcc says of one source, preprocessed only, where the kernel is another one.
other_kernel() { # C that comes before compat.h, or DIRECTORY whose headers come first
  command=$(sed -n '1s/^[^=]*:= *//p' "$work/kernel/.timers.o.cmd")
  printf '%s\n' "$1" >"$work/other.h"
  (
    eval "set -- ${command%%;*}"
    cd "$headers" || exit
    shift
    for flag; do
      shift
      case $flag in
      -c | -o | *.o) ;;
      */compat.h) set -- "$@" "$work/other.h" -include "$flag" ;;
      *) set -- "$@" "$flag" ;;
      esac
    done
    gcc -I "$work/other" "$@" -E -o /dev/null 2>&1
  )
}

# A kernel that is too old, or lacks what the module calls, is refused by a line that says so; of one
# that is too new the build says that it is.
check_refusals() {
  kbuild >"$work/refusals.build" 2>&1 || { tail -n 20 "$work/refusals.build"; return 1; }
  bad=0
  rm -rf "$work/other"
  option=
  for option in $(sed -n 's/^#if !IS_ENABLED(\(.*\))$/\1/p' kernel/compat.h); do
    other_kernel "#undef $option
#undef ${option}_MODULE" >"$work/refused"
    grep -qF "#error \"wg4j needs a kernel with $option\"" "$work/refused" ||
      { echo "not missed: $option"; cat "$work/refused"; bad=1; }
  done
  [ -n "$option" ] || { echo "compat.h asks for no option"; bad=1; }
  mkdir -p "$work/other/linux"
  sed 's/^#define LINUX_VERSION_CODE .*/#define LINUX_VERSION_CODE KERNEL_VERSION(6, 0, 19)/' \
    "$headers/include/generated/uapi/linux/version.h" >"$work/other/linux/version.h"
  other_kernel '' >"$work/refused"
  grep -qF '#error "wg4j needs Linux 6.1 or newer"' "$work/refused" ||
    { echo "Linux 6.0 is not refused"; cat "$work/refused"; bad=1; }
  ! grep 'wg4j knows' "$work/refusals.build" || bad=1
  kbuild VERSION=99 PATCHLEVEL=1 >"$work/refused" 2>&1 && grep -q '^wg4j knows .*, this is 99\.1:' "$work/refused" ||
    { echo "nothing is said of Linux 99.1"; cat "$work/refused"; bad=1; }
  return $bad
}

check_sparse() {
  kbuild C=2 CF="-D__CHECK_ENDIAN__ -Wsparse-error"
}

# Brings a part of the kernel's scripts/ into the cache, once. Unpacked beside its place and renamed, so
# that a broken-off unpacking is never taken for a whole one.
unpack() { # NAME IN THE CACHE, paths below scripts/
  [ -e "$cache/$1" ] && return
  [ -e "$tarball" ] || { echo "no $tarball: apt-get install linux-source-6.1"; return 1; }
  name=$1
  shift
  for path; do shift; set -- "$@" "*/scripts/$path"; done
  mkdir -p "$cache" && fresh=$(mktemp -d "$cache/unpack.XXXXXX") &&
    tar -xJf "$tarball" -C "$fresh" --strip-components=2 --wildcards "$@" &&
    mv -T "$fresh" "$cache/$name"
}

# Reads copies without __guarded_by(): the annotation is documentation, and checkpatch takes it for a
# function. compat.h is where kernel versions are compared, which checkpatch would not have anywhere,
# and where a macro defines a function whose arguments have changed.
check_checkpatch() {
  unpack checkpatch checkpatch.pl spelling.txt const_structs.checkpatch || return 1
  rm -rf "$work/checkpatch"
  sources 'kernel/*.c' 'kernel/*.h' | grep -v '^kernel/tests/shim/' | while read -r file; do
    mkdir -p "$work/checkpatch/$(dirname "$file")"
    sed 's/ __guarded_by([^)]*)//' "$file" >"$work/checkpatch/$file"
  done
  (
    cd "$work/checkpatch" && [ -e kernel/compat.h ] || exit 1
    bad=0
    checkpatch="$cache/checkpatch/checkpatch.pl --no-tree --strict --terse --show-types"
    $checkpatch --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_WITH_FLOW_CONTROL \
      -f kernel/compat.h || bad=1
    find kernel -name '*.[ch]' ! -path kernel/compat.h -exec $checkpatch -f {} + || bad=1
    exit $bad
  )
}

check_format() {
  files=$(sources 'kernel/*.[ch]' 'native/*.[ch]' 'tests/suites/guest-module/*.[ch]')
  [ -n "$files" ] && clang-format --version && echo "$files" |
    xargs clang-format --dry-run -Werror
}

# LICENSES/ holds the texts that the identifiers name.
check_spdx() {
  git rev-parse --is-inside-work-tree || return 1
  missing=$(git grep -L 'SPDX-License-Identifier: ' -- . ':!LICENSES/*')
  [ -z "$missing" ] || { echo "no SPDX line:"; echo "$missing"; return 1; }
}

# Include guards are all the conditional compilation there is outside compat.h and the tests.
check_conditionals() {
  found=$(sources 'kernel/*.c' 'kernel/*.h' | grep -v -e '^kernel/tests/' -e '^kernel/compat.h$' |
    xargs grep -nE '^[[:space:]]*#[[:space:]]*(if|elif|else)|LINUX_VERSION_CODE|KERNEL_VERSION' |
    grep -vE '#ifndef WG_[A-Z0-9_]+_H$')
  [ -z "$found" ] || { echo "$found"; return 1; }
}

# The rules that come with the kernel, as far as they can report and need no OCaml.
check_cocci() {
  unpack cocci 'coccinelle/*' || return 1
  rm -rf "$work/cocci" && mkdir -p "$work/cocci" || return 1
  sources 'kernel/*.c' 'kernel/*.h' | grep -v '^kernel/tests/' | xargs cp --parents -t "$work/cocci"
  find "$cache/cocci" -name '*.cocci' | xargs grep -lE '^virtual.*report' |
    xargs grep -LE '(initialize|script|finalize):ocaml' | sort >"$work/cocci.rules"
  [ "$(wc -l <"$work/cocci.rules")" -ge 60 ] || { echo "where are coccinelle's rules?"; return 1; }
  # Each rule names the options it wants in a comment of its own.
  COPY=$work/cocci xargs -P "$(nproc)" -I RULE sh -c '
    out=$(spatch -D report --no-show-diff --very-quiet $(sed -n "s@^// Options:@@p" RULE) \
      --cocci-file RULE --dir "$COPY/kernel" 2>"$COPY/${0##*/}.err") || out="$out
error: failed: RULE: $(tail -n 1 "$COPY/${0##*/}.err")"
    [ -z "$out" ] || echo "$out"
  ' RULE <"$work/cocci.rules" | unexcused cocci
}

# clang reads what gcc compiled, by the command that kbuild left beside each object, less the flags that
# only gcc knows.
check_clang() {
  kbuild >"$work/clang.build" 2>&1 || { tail -n 20 "$work/clang.build"; return 1; }
  sources 'kernel/*.c' | grep -v '^kernel/tests/' |
    HEADERS=$headers WORK=$work xargs -P "$(nproc)" -n 1 sh -c '
    command=$(sed -n "1s/^[^=]*:= *//p" "$WORK/$(dirname "$0")/.$(basename "$0" .c).o.cmd")
    eval "set -- ${command%%;*}"
    count=$#
    for flag; do
      case $flag in
      gcc* | -c | -o | *.o | *.c | -W* | -pg | -mfentry | -fplugin* | -falign-* | -mharden-sls=* | \
        -mfunction-return=* | -mindirect-branch* | -fconserve-stack | -mrecord-mcount | \
        -ftrivial-auto-var-init=* | -mpreferred-stack-boundary=* | -mskip-rax-setup | \
        -mno-fp-ret-in-387 | -fno-allow-store-data-races | -fno-stack-check) ;;
      *) set -- "$@" "$flag" ;;
      esac
    done
    shift $count
    cd "$HEADERS" && clang-tidy -quiet -checks="-*,clang-analyzer-*" "$WORK/$0" -- "$@" ||
      echo "error: clang-tidy failed: $0"
  ' >"$work/clang.findings" 2>"$work/clang.stderr"
  grep -E '(warning|error):' "$work/clang.findings" | unexcused clang
}

# In a copy of its own, which is compiled with these flags only.
check_analyzer() {
  kbuild_in "$work/analyzer" KCFLAGS="-fanalyzer -include $root/scripts/analyzer.h" \
    >"$work/analyzer.build" 2>&1 || { tail -n 40 "$work/analyzer.build"; return 1; }
  grep -E '(warning|error):' "$work/analyzer.build" | unexcused analyzer
}

# Compiled by clang too. The headers' configuration is of gcc: here it becomes what Kconfig makes of it
# for clang 14, less the hardening that this clang does not know; what is compiled is not to be loaded.
# A warning of 6.1's own headers is not ours to mend.
check_llvm() {
  rm -f "$work"/llvm/*.ko
  kbuild_in "$work/llvm" W=1 CC=clang CONFIG_CC_IS_GCC= CONFIG_CC_IS_CLANG=y \
    CONFIG_GCC_VERSION=0 CONFIG_CLANG_VERSION=140006 CONFIG_CC_IMPLICIT_FALLTHROUGH=-Wimplicit-fallthrough \
    CONFIG_RETHUNK= CONFIG_SLS= CONFIG_FTRACE_MCOUNT_USE_CC= CONFIG_INIT_STACK_ALL_ZERO= \
    >"$work/llvm.build" 2>&1 || { tail -n 40 "$work/llvm.build"; return 1; }
  [ -e "$work/llvm/wireguard.ko" ] && grep -q '= *clang' "$work/llvm/.timers.o.cmd" &&
    ! grep -A 5 "^$work/llvm/.*warning:" "$work/llvm.build"
}

# Cross-compiled, against Debian's headers for arm64.
check_arm64() {
  ko=$(MODULE_MAKE='W=1 KCFLAGS=-Werror' tests/lab/image/build-module.sh bookworm-arm64 kernel "$work/arm64") &&
    readelf -h "$ko" | grep 'Machine: *AArch64' && ! grep -i 'warning:' "$work/arm64/log"
}

# only_these FOUND ALLOWED: each FILE:NUMBER:LINE found is one of the FILE:TEXT allowed, and each of
# those is still there.
only_these() {
  rest=$1 bad=0
  while IFS=: read -r file text; do
    if echo "$rest" | grep "^$file:" | grep -qF "$text"; then
      rest=$(echo "$rest" | awk -v f="$file:" -v t="$text" 'index($0, f) != 1 || !index($0, t)')
    else
      echo "named in lint-kernel.sh, but not there any more: $file: $text"
      bad=1
    fi
  done <<END
$2
END
  [ -z "$rest" ] || { echo "$rest"; bad=1; }
  return $bad
}

module_lines() { # REGEX: what matches in the module's own sources, as FILE:NUMBER:LINE
  sources 'kernel/*.c' 'kernel/*.h' | grep -v '^kernel/tests/' | xargs grep -nE "$1"
}

# Secrets are compared by crypto_memneq() alone. These compare what everybody may know: a timestamp
# that was accepted, two public keys, two addresses.
check_secrets() {
  only_these "$(module_lines '\<(mem|str|strn|b)cmp\(')" \
'kernel/noise/handshake.c:memcmp(timestamp, handshake->newest_timestamp
kernel/control/genl.c:memcmp(public_key, wg->identity.public_key
kernel/path/udp.c:memcmp(&seen, &known'
}

# admit() alone judges type and length of what arrives. These act on its verdict, or look at a
# message of our own making.
check_door() {
  judged=$(sed -n '/^static enum message_type admit(/,/^}/=' kernel/path/receive.c |
    sed -n '1p;$p' | paste -sd, -)
  found=$(module_lines '(case|[=!<>]=|[^-][<>]) *(MESSAGE_|sizeof\(struct message_)|skb->len (!=|<|<=) ' |
    grep -v ':static_assert(' |
    awk -F: -v range="$judged" 'BEGIN { split(range, r, ",") }
      !($1 == "kernel/path/receive.c" && $2 + 0 >= r[1] + 0 && $2 + 0 <= r[2] + 0)')
  [ -n "$judged" ] && only_these "$found" \
'kernel/path/receive.c:type == MESSAGE_DATA
kernel/path/handshakes.c:type == MESSAGE_INITIATION
kernel/path/handshakes.c:type == MESSAGE_RESPONSE
kernel/path/transmit.c:keepalive = batch && batch->len == MESSAGE_DATA_OVERHEAD'
}

describe() {
  case $1 in
  build) echo "W=1 build of the module and the KUnit suites without a warning" ;;
  refusals) echo "kernels that are too old, lack something or are not known are named" ;;
  sparse) echo "sparse, with endianness" ;;
  checkpatch) echo "checkpatch --strict" ;;
  format) echo "clang-format of kernel/ and native/" ;;
  spdx) echo "an SPDX line in every tracked file" ;;
  secrets) echo "no secret is compared but in constant time" ;;
  door) echo "type and length of messages are judged in one place" ;;
  conditionals) echo "no #if and no kernel version outside compat.h" ;;
  cocci) echo "coccinelle with the kernel's own rules" ;;
  clang) echo "clang's analyzer" ;;
  analyzer) echo "gcc -fanalyzer" ;;
  llvm) echo "W=1 build by clang without a warning" ;;
  arm64) echo "W=1 build for arm64 without a warning" ;;
  *) echo "no such check: $1" >&2; return 1 ;;
  esac
}

quick="build refusals sparse checkpatch format spdx conditionals secrets door"
# shellcheck disable=SC2086  # lists of names
case $* in
'') set -- $quick ;;
all) set -- $quick cocci clang analyzer llvm arm64 ;;
esac
for name; do
  text=$(describe "$name") || exit 2
  check "$name" "$text"
done
if [ -n "$failed" ]; then
  echo "lint: FAILED:$failed (logs in build/lint)"
  exit 1
fi
echo "lint: all passed"
