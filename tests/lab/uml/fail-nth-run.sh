#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compiles what fail-nth.sh needs and runs it in the fast lane's kernel, in virtual time: the five
# seconds until a handshake is tried again are over at once. Getting no memory, the kernel's own sysctl
# code prints a bare stack, which is no report.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

"$here/../../suites/guest-programs/build.sh" fail_nth
"$here/build-module.sh" >/dev/null
"$here/run.sh" -t 900 -k time-travel=inf-cpu -a 'Call Trace:' \
  "$here/../../../build/um/wireguard.ko" -- "$here/fail-nth.sh"
