#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compiles the WireGuard module of the fast lane's own kernel source under another name, by which it
# can be loaded beside ours: the module, the kind of link and the Generic Netlink family are called
# wg_intree, and nothing else is changed. Prints the .ko file (in build/um/in-tree, and for a release
# that WG4J_LINUX names in build/um/RELEASE/in-tree), and makes build/um/in-tree/wg-intree: this
# machine's wg(8) with that name in place of wireguard in its binary.
set -euo pipefail
uml_name=in-tree
. "$(dirname "$0")/common.sh"

tools=$uml_project/build/um/in-tree
name=wg_intree # as long as the old one: what follows it in a program keeps its place
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$(linux_source)/drivers/net/wireguard" "$copy/"
sed -i "s/wireguard-y/$name-y/; s/wireguard\.o/$name.o/" "$copy/wireguard/Makefile"
sed -i "s/WG_GENL_NAME/\"$name\"/" "$copy"/wireguard/*.c
"$uml_here/build-module.sh" "$copy/wireguard" "$uml_out/in-tree" -- CONFIG_WIREGUARD=m
mkdir -p "$tools"
sed "s/wireguard/$name/g" "$(command -v wg)" >"$tools/wg-intree"
chmod 755 "$tools/wg-intree"
