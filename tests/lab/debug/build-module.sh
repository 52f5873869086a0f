#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build-module.sh KIND [SOURCE [OUT]]
# Compiles a kernel module for a debug kernel, kasan or kcsan, and prints the paths of the .ko files
# made.
#   SOURCE   a directory with a Kbuild or Makefile; default: the project's kernel/
#   OUT      where they go; default: build/kernel/KERNEL-RELEASE
# SOURCE is copied and stays clean. What is up to date is not built again.
set -euo pipefail
debug_name=debug-module
. "$(dirname "$0")/common.sh"

kernel=$("$debug_here/build-kernel.sh" "${1:?kasan or kcsan}")
source=${2:-$linux_project/kernel}
out=${3:-$linux_project/build/kernel/$(cat "$kernel/kernel-release")}
linux_module "$source" "$out" "$kernel/build"
