# SPDX-License-Identifier: Apache-2.0
# No tunnel at all, with the tunnels' addresses and MTU.
for side in $sides; do
  [ $side = a ] && host=1 || host=2
  ip -n $side addr add 10.77.0.$host/24 dev cable
  ip -n $side link set cable mtu $mtu
done
