#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The container's program (container-image.sh): boots its guest, whose root is the container's own and
# whose console is the container's output. It waits for the host at the agent's socket first; when the
# host has gone the agent ends the guest, and with it ends the container. It needs no capability: the
# guest's network is QEMU's user mode, a NAT behind the container's address.
#   WG4J_CPUS, WG4J_MEMORY (MiB), WG4J_UDP_PORTS (from the container's address to the guest)
set -eu

forward=
for port in ${WG4J_UDP_PORTS:-51820}; do
  forward=$forward,hostfwd=udp::$port-:$port
done

# What the options and kernel arguments are for is said in org.wg4j.lab.QemuCommand. A guest that was
# paused has not locked up, so nothing watches for that here.
exec qemu-system-x86_64 -name wg4j-machine -accel tcg,thread=multi -cpu max,erms=off,la57=off \
  -smp "${WG4J_CPUS:-1}" -m "${WG4J_MEMORY:-512}M" \
  -nodefaults -no-user-config -display none -no-reboot \
  -kernel /wg4j/vmlinuz -initrd /wg4j/initrd \
  -append "console=ttyS0 loglevel=6 mitigations=off net.ifnames=0 random.trust_cpu=on panic=-1 oops=panic \
no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1" \
  -serial stdio -device virtio-serial-pci \
  -chardev socket,id=agent,path=/run/wg4j-agent,server=on,wait=on \
  -device virtserialport,chardev=agent,name=lab.agent \
  -fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
  -device virtio-9p-pci,fsdev=root,mount_tag=root \
  -fsdev local,id=project,path=/wg4j,security_model=none,readonly=on \
  -device virtio-9p-pci,fsdev=project,mount_tag=project \
  -device virtio-rng-pci \
  -netdev "user,id=nic$forward" -device virtio-net-pci,netdev=nic,romfile=
