# SPDX-License-Identifier: Apache-2.0
# WireGuard's devices, ta and tb, and their keys: by the module that is loaded, or by $program.
for side in $sides; do
  if [ -n "$program" ]; then
    ip netns exec $side $program t$side >/dev/null 2>&1
  else
    ip -n $side link add t$side type wireguard
  fi
  wg genkey >$side.key
  wg pubkey <$side.key >$side.pub
done
