#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: matrix.sh matrix | next
# Kernel by suite. matrix: the kernels of bookworm, trixie and sid, and bookworm's for arm64, as far as
# roots of them are cached those, else today's. next: the newest kernel that is packaged today, so that
# what breaks with it is seen early. For each kernel: a build of the module with W=1, by the release's own
# compiler, without a warning; then the suites of SUITES (for arm64, of ARM64_SUITES; defaults below) on
# that kernel, in-tree module and tools included; and the KUnit suites in a user-mode Linux of its version
# (Debian's kernels have no KUnit). The suites in user space run once.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh

lane=${1:?matrix or next}
suites=${SUITES:-TrafficTest InteropInTreeTest StockToolsTest}
arm64_suites=${ARM64_SUITES:-TrafficTest InteropInTreeTest} # not what needs the native library for arm64
export LC_ALL=C.UTF-8
unset MAKEFLAGS MAKELEVEL MFLAGS
declare -A kernel_of

strict_build() { # RELEASE: red if the compiler warned, also when nothing was compiled this time
  local log
  MODULE_MAKE=W=1 tests/lab/image/build-module.sh "$1" || return
  log=build/kernel/${kernel_of[$1]}/log
  if grep 'warning:' "$log"; then
    echo "a warning is an error here"
    return 1
  fi
}

root() { # RELEASE; for the newest kernel in lane next
  local dir newest=
  [ "$lane" = matrix ] || newest=$(tests/lab/image/newest-kernel.sh "$1") || return
  case $1 in
    *-arm64) dir=$(tests/lab/image/arm64-root.sh "${1%-arm64}") ;;
    *) dir=$(tests/lab/image/root.sh "$1" $newest) ;;
  esac && cat "$dir/kernel-release"
}

suites_of() { # RELEASE
  case $1 in
    *-arm64) echo "$arm64_suites" ;;
    *) echo "$suites" ;;
  esac
}

row() { # RELEASE
  local release=$1 suite
  stage "root-$release" -f '^[0-9]|image:' "$release: root" -- root "$release" || return
  kernel_of[$release]=$(tail -n 1 "$stages_logs/root-$release.log")
  stage "build-$release" -f 'warning:|error:' "${kernel_of[$release]}: module, W=1, no warning" -- \
    strict_build "$release" || return
  if [[ $release != *-arm64 ]]; then
    stage "uml-$release" -f ': ' "$release: kernel and module for user-mode Linux" -- \
      env "WG4J_LINUX=$release" tests/lab/uml/build-module.sh &&
      stage "KUnit-$release" -f '^FAIL|^kunit:' "$release: KUnit suites" -- \
        env "WG4J_LINUX=$release" tests/lab/uml/kunit.sh
  fi
  for suite in $(suites_of "$release"); do
    stage "$suite-$release" -f 'Tests run:|FAILURE' "${kernel_of[$release]}: $suite" -- \
      mvn -B -ntp -T1 -Dstyle.color=never verify -pl tests/oracle,tests/suites -am -Dgroups=lab \
      -DexcludedGroups=long "-Dwg4j.lab.release=$release" "-Dtest=$suite" \
      -Dsurefire.failIfNoSpecifiedTests=false
  done
}

table() { # kernel by suite, from the stages that ran
  local release suite
  printf '\n%-24s' kernel
  printf '%-20s' build KUnit $suites
  echo
  for release; do
    printf '%-24s' "${kernel_of[$release]:-($release)}"
    for suite in build KUnit $suites; do
      printf '%-20s' "${stage_state[$suite-$release]:-not run}"
    done
    echo
  done
}

case $lane in
  matrix)
    releases='bookworm trixie sid bookworm-arm64'
    stage user-suites 'Deciders in user space' -- make -C kernel/tests user
    ;;
  next) releases=sid ;;
  *)
    sed -n '3p' "$0" >&2
    exit 2
    ;;
esac
for release in $releases; do
  row "$release"
done
# shellcheck disable=SC2086  # a list of names
table $releases
verdict "make test-$lane"
