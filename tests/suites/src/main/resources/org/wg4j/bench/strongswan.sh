# SPDX-License-Identifier: Apache-2.0
# IPsec: two strongSwans negotiate by IKEv2 with a shared secret, and configure the kernel's ESP in
# tunnel mode by policies, as their manual's first examples do. $esp is the proposal, $negotiated how
# strongSwan names what comes of it.

# What udev would have loaded for this processor.
modprobe -a aesni_intel chacha_x86_64 poly1305_x86_64
until modprobe -r esp4_offload esp6_offload; do sleep 0.1; done
[ -z "$esp_offload" ] || modprobe -a esp4_offload esp6_offload

swan() { # PROGRAM ARGUMENT..., of $side
  ip netns exec $side env STRONGSWAN_CONF=/etc/swanctl/$side.strongswan.conf "$@"
}
secret=$(head -c 32 /dev/urandom | base64)
inner_a=10.77.0.1 inner_b=10.77.0.2
for side in a b; do
  [ $side = a ] && peer=b || peer=a
  eval "local=\$outer_$side remote=\$outer_$peer inner=\$inner_$side inner_of_peer=\$inner_$peer"
  ip -n $side addr add $inner/32 dev cable
  cat >/etc/swanctl/$side.strongswan.conf <<END
charon-systemd {
  load_modular = yes
  plugins {
    include /etc/strongswan.d/charon/*.conf
    kernel-netlink {
      mtu = $mtu
    }
    vici {
      socket = unix:///tmp/$side.vici
    }
  }
}
END
  cat >/etc/swanctl/$side.conf <<END
connections {
  bench {
    version = 2
    local_addrs = $local
    remote_addrs = $remote
    local {
      auth = psk
    }
    remote {
      auth = psk
    }
    children {
      tunnel {
        local_ts = $inner/32
        remote_ts = $inner_of_peer/32
        esp_proposals = $esp
      }
    }
  }
}
secrets {
  ike {
    secret = 0s$secret
  }
}
END
  rm -f $side.vici
  swan charon-systemd >$side.charon 2>&1 &
  until [ -S $side.vici ]; do sleep 0.1; done
  swan swanctl --load-all --noprompt --file /etc/swanctl/$side.conf --uri unix:///tmp/$side.vici
done
side=a
# While the kernel loads what it needs for the first association, the guest waits for its host and the
# instruction clock runs ahead, for so long that IKE gives up. The next time it is there.
until swan swanctl --initiate --child tunnel --uri unix:///tmp/a.vici; do sleep 1; done
swan swanctl --list-sas --uri unix:///tmp/a.vici | grep "INSTALLED, TUNNEL, ESP:$negotiated"
