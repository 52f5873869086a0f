#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: test.sh lint | check | test | full | docker
# The stages of `make lint`, `make check`, `make test`, `make test-full` and `make test-docker`, in the order in which a
# mistake is cheapest to find. A build that fails ends the run; any other red stage does not keep
# the rest from running. Ends in one table with the counts and one verdict line.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/stages.sh

lane=${1:?lint, check, test, full or docker}
export LC_ALL=C.UTF-8
unset MAKEFLAGS MAKELEVEL MFLAGS
mvn=(mvn -B -ntp -T1 -Dstyle.color=never)
surefire='Running |Tests run:|Reactor Summary|SUCCESS|FAILURE|ERROR.*(Test|expected)'

finish() {
  verdict "make $1"
  exit
}

# Builds ---------------------------------------------------------------------------------------

built() { # NAME HEADLINE COMMAND...: what the rest cannot do without
  local name=$1 headline=$2
  shift 2
  stage "$name" -f 'warning:|error:|^setup|building|compiling' "$headline" -- "$@" || finish "$lane_title"
}

no_warnings() { # the command's output, and red if a compiler warned
  local out status=0
  out=$(mktemp)
  "$@" 2>&1 | tee "$out" || status=$?
  if grep -q 'warning:' "$out"; then
    echo "a warning is an error here"
    status=1
  fi
  rm -f "$out"
  return $status
}

builds() {
  built kernel "kernel/wireguard.ko against Debian's headers, W=1" no_warnings make kernel
  built native 'native/libnetlink4j.so' make native
  built java 'Java: netlink4j, wg4j, wgj' make java
}

# Reading --------------------------------------------------------------------------------------

lint() { # checks of lint-kernel.sh; none: the quick ones
  stage lint-text 'Licence lines and .editorconfig' -- scripts/lint-text.sh
  stage lint-docs 'What the documents name is there' -- scripts/lint-docs.sh
  stage lint-native 'native/: clang-format, analyzer' -- make -C native lint
  stage lint-agent 'tests/lab/agent: clang-format' -- \
    clang-format --dry-run -Werror tests/lab/agent/agent.c
  stage lint-java -f 'violation|ERROR.*[.]java' 'Java: google-java-format' -- \
    "${mvn[@]}" spotless:check
  stage audit -f '^(lines|comments|function)' 'kernel/: how much there is to read' -- scripts/audit.sh
  stage lint-kernel -f '^(ok|FAIL) ' 'kernel/: what scripts/lint-kernel.sh checks' -- \
    scripts/lint-kernel.sh "$@"
}

# Deciders and the fast lane -------------------------------------------------------------------

user_suites() {
  stage user-suites -f '^(not )?ok |FAILED|    not ok' \
    'Deciders in user space, under address and UB sanitizers' -- make -C kernel/tests user
}

uml_lane() {
  stage uml-build -f ': ' 'User-mode Linux: kernel (cached) and module' -- tests/lab/uml/build-module.sh ||
    return
  stage uml-kunit -f '^FAIL|^kunit:' 'KUnit suites under KASAN and lockdep' -- tests/lab/uml/kunit.sh
  stage uml-tunnel -f '^tunnel: |receiver|uml-run:' 'A tunnel under KASAN and lockdep' -- \
    tests/lab/uml/run.sh build/um/wireguard.ko -- tests/lab/uml/tunnel.sh
}

uml_fail_nth() {
  stage uml-fail-nth -f '^fail_nth: |uml-run:' 'Every allocation of configuring, sending and handshakes fails once' -- \
    tests/lab/uml/fail-nth-run.sh
}

uml_fuzz() {
  stage uml-fuzz -f '^ *ok |^fuzz: |uml-run:' 'Netlink: what the fuzzer has found, once more' -- \
    scripts/fuzz.sh 0 netlink
}

# Java -----------------------------------------------------------------------------------------

# The major version of the JDK in a directory.
jdk_version() {
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null
}

find_jdk() {
  local dir
  for dir in /usr/lib/jvm/*; do
    if [ ! -h "$dir" ] && [ -x "$dir/bin/javac" ] && [ "$(jdk_version "$dir")" = "$1" ]; then
      echo "$dir"
      return
    fi
  done
  return 1
}

# All modules; what is tagged `lab` boots machines and has its own stage.
java_units() {
  local version=$1 jdk
  if jdk=$(find_jdk "$version"); then
    stage "java-$version" -f "$surefire" "Java unit tests on JDK $version" -- \
      "${mvn[@]}" verify --fail-at-end "-Dtest.java.home=$jdk"
  elif [ "$version" = 17 ]; then
    # The floor is what Maven itself runs on here, if Debian's package lies elsewhere.
    stage "java-$version" -f "$surefire" 'Java unit tests' -- "${mvn[@]}" verify --fail-at-end
  else
    skip "java-$version" "Java unit tests on JDK $version" "no JDK $version in /usr/lib/jvm"
  fi
}

# Where the default lane explores less.
model_long() {
  stage model-long -f "$surefire" 'The timers of two peers, four disturbances' -- \
    "${mvn[@]}" verify -pl tests/model -Dgroups=long -DexcludedGroups=
}

# Machines -------------------------------------------------------------------------------------

lab_suites() { # what not to run, and how often to repeat what is repeated
  stage lab-image -f ': ' 'Guest image (cached) and module for its kernel' -- \
    tests/lab/image/build-module.sh bookworm || return
  rm -f build/conformance.tsv # what docs/conformance.md is made of: results of this run only
  stage lab -f "$surefire" 'Suites in virtual machines' -- \
    "${mvn[@]}" verify --fail-at-end -pl tests/oracle,tests/suites -am -Dgroups=lab "-DexcludedGroups=$1" "-Dwg4j.rounds=$2"
}

# What a flood costs is counted in instructions.
floods() {
  stage lab-floods -f "$surefire" 'A tunnel under floods, ours and the in-tree one' -- \
    "${mvn[@]}" verify -pl tests/oracle,tests/suites -am -Dgroups=lab -DexcludedGroups= \
    -Dtest=FloodTest -Dsurefire.failIfNoSpecifiedTests=false -Dwg4j.lab.instructionClock=true
}

# Minutes of building, once: not within a test, whose output nobody sees before it ends.
debug_kernels() {
  stage debug-kernels -f ': ' 'KASAN and KCSAN kernels (cached) and modules for them' -- \
    sh -c 'tests/lab/debug/build-module.sh kasan && tests/lab/debug/build-module.sh kcsan'
}

# Behaviour and security on the checked kernels, where our module is at both ends.
checked_suites() { # kernel, and the classes
  stage "lab-$1" -f "$surefire" "Suites on the kernel that checks: $1" -- \
    "${mvn[@]}" verify --fail-at-end -pl tests/oracle,tests/suites -am -Dgroups=lab -DexcludedGroups=long \
    "-Dwg4j.lab.kernel=$1" "-Dtest=$2" -Dsurefire.failIfNoSpecifiedTests=false
}

# Machines in containers. Where Docker cannot run, that is said and is no failure.
docker_suites() {
  local headline='Machines in Docker containers, and the example project' reason
  if ! reason=$(scripts/docker.sh check); then
    skip docker "$headline" "$reason"
    return
  fi
  stage docker -f "$surefire|^[a-z-]*: " "$headline" -- scripts/docker.sh run \
    sh -c 'tests/lab/image/container-image.sh && exec "$@"' docker_suites \
    "${mvn[@]}" verify --fail-at-end -pl java/wg4j-testcontainers,java/wg4j-testcontainers/example -am \
    -Dgroups=docker -DexcludedGroups=
}

lane_title=$lane
case $lane in
  lint)
    built setup 'What this machine lacks' scripts/setup.sh build lint
    lint
    ;;
  check)
    built setup 'What this machine lacks' scripts/setup.sh build lint uml
    builds
    lint format conditionals checkpatch secrets door
    user_suites
    uml_lane
    ;;
  test | full)
    profiles=all
    [ "$lane" = full ] && lane_title=test-full profiles='all arm64 docker'
    # shellcheck disable=SC2086  # a list of names
    built setup 'What this machine lacks' scripts/setup.sh $profiles
    builds
    if [ "$lane" = full ]; then lint all; else lint; fi
    user_suites
    uml_lane
    uml_fail_nth
    uml_fuzz
    java_units 17
    java_units 25
    if [ "$lane" = full ]; then
      stage native-all -f '^(ok|FAIL) ' 'native/: four machines and C libraries' -- make native-all
      model_long
      if debug_kernels; then
        checked_suites kasan 'TrafficTest,LifecycleTest,TransmitTest,ReceiveTest,RoamingTest,StrangersTest'
        checked_suites kcsan 'TrafficTest,LifecycleTest'
      fi
      docker_suites
      lab_suites '' 3
      floods
    else
      lab_suites long 1
    fi
    ;;
  docker)
    lane_title=test-docker
    built setup 'What this machine lacks' scripts/setup.sh build lab docker
    builds
    docker_suites
    ;;
  *)
    sed -n '3p' "$0" >&2
    exit 2
    ;;
esac
finish "$lane_title"
