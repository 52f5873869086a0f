#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Proves that run.sh tells red from green: scripts that fail, hang, forge the verdict, end the kernel
# behind PID 1's back or make it complain. Boots some ten times. Prints TAP.
set -uo pipefail
uml_name=uml-selftest
. "$(dirname "$0")/common.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 failed=0

# expect EXIT-CODE TEXT NAME [ARGUMENT...]: runs the script on standard input; TEXT must be printed.
expect() {
  local code=$1 text=$2 name=$3 actual=0
  shift 3
  { echo '#!/bin/sh'; cat; } >"$work/script.sh"
  chmod +x "$work/script.sh"
  "$uml_here/run.sh" "$@" -- "$work/script.sh" one 'two words' >"$work/output" 2>&1 || actual=$?
  count=$((count + 1))
  if [ "$actual" = "$code" ] && grep -qF "$text" "$work/output"; then
    echo "ok $count - $name"
  else
    failed=$((failed + 1))
    echo "not ok $count - $name: exit code $actual, expected $code and: $text"
    tail -5 "$work/output" | sed 's/^/# /'
  fi
}

expect 0 'green' 'a script that succeeds' <<'SCRIPT'
[ "$1" = one ] && [ "$2" = 'two words' ] && [ $# = 2 ] && [ "$(id -u)" = 0 ] || exit 1
echo x >/tmp/x && echo x >/run/x && wg genkey | wg pubkey && ip netns add n && ip netns exec n true
SCRIPT
expect 1 'ended with 3' 'a script that fails' <<<'exit 3'
expect 1 'ended with 137' 'a script that is killed' <<<'kill -KILL $$'
expect 1 'killed after 10 s' 'a script that hangs' -t 10 <<<'sleep 1234567'
expect 1 'no success token' 'a kernel that ends before its script' <<<'busybox poweroff -f; sleep 1234567'
expect 1 'no success token' 'a verdict forged' <<<'printf "\numl-verdict 0\n"; printf "\numl-verdict x 0\n"; busybox poweroff -f'
expect 1 'BUG: fake' 'a kernel that complains' <<<'echo "BUG: fake" >/dev/kmsg'
expect 1 'ended with insmod-none.ko' 'a module that is not there' "$work/none.ko" <<<'true'
expect 1 'ended with 5' 'an orphan that ends first, with success' <<'SCRIPT'
(setsid sh -c 'exit 0' &)
# The orphan has been collected when its process is gone; only then this ends.
while pgrep -x sh | grep -qvx -e $$ -e 1; do :; done
exit 5
SCRIPT

echo "1..$count"
[ "$failed" = 0 ]
