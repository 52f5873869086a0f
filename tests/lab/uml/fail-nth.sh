#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run by fail-nth-run.sh inside the kernel. Lets every allocation of configuring the module, of sending
# and of handshakes fail, one by one, and looks for what that left behind.
set -eu
cd tests/suites/guest-programs

../../../build/guest-programs/fail_nth "$@" create configure reconfigure up rebind dump down delete \
  send handshake
. ./objects.sh
no_objects_left
# A cache with objects in it would complain.
rmmod wireguard
