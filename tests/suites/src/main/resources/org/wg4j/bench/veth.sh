# SPDX-License-Identifier: Apache-2.0
# No tunnel at all, with the tunnels' addresses and MTU.
ip -n a addr add 10.77.0.1/24 dev cable
ip -n b addr add 10.77.0.2/24 dev cable
for side in a b; do ip -n $side link set cable mtu $mtu; done
