#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build-module.sh [SOURCE [OUT]] [-- MAKE-ARGUMENT...]
# Compiles a kernel module for the fast lane's kernel and prints the paths of the .ko files made.
#   SOURCE   a directory with a Kbuild or Makefile; default: the project's kernel/
#   OUT      where they go; default: build/um, and for a release that WG4J_LINUX names build/um/RELEASE
# Without make arguments: WG4J_KUNIT=y, which for the project's module adds wireguard_kunit.ko.
# SOURCE is copied and stays clean. What is up to date is not built again.
set -euo pipefail
uml_name=uml-module
. "$(dirname "$0")/common.sh"

source=$uml_project/kernel
out=$uml_out
if [ $# -gt 0 ] && [ "$1" != -- ]; then source=$1; shift; fi
if [ $# -gt 0 ] && [ "$1" != -- ]; then out=$1; shift; fi
if [ "${1:-}" = -- ]; then shift; else set -- WG4J_KUNIT=y; fi
kernel=$("$uml_here/build-kernel.sh")
linux_module "$source" "$out" "$kernel/build" ARCH=um "$@"
