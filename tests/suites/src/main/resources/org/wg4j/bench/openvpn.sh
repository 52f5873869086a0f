# SPDX-License-Identifier: Apache-2.0
# OpenVPN between ta and tb: openvpn-examples(5), "a tunnel with self-signed certificates and
# fingerprint", with the cipher that WireGuard has.
modprobe tun
for side in a b; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp384r1 -keyout $side.pem -out $side.crt \
    -nodes -sha256 -days 3650 -subj /CN=$side 2>$side.openssl
done
configuration() { # SIDE PEER
  cat <<END
dev t$1
dev-type tun
tun-mtu $mtu
data-ciphers CHACHA20-POLY1305
cert $1.crt
key $1.pem
peer-fingerprint $(openssl x509 -noout -sha256 -fingerprint -in $2.crt | cut -d= -f2)
verb 4
log $1.openvpn
END
}
case $outer_a in
  *:*) protocol=udp6 ;;
  *) protocol=udp4 ;;
esac
{
  configuration a b
  printf '%s\n' tls-server 'dh none' "proto $protocol" 'ifconfig 10.77.0.1 10.77.0.2'
} >a.conf
{
  configuration b a
  printf '%s\n' tls-client "remote $outer_a 1194 $protocol" 'ifconfig 10.77.0.2 10.77.0.1'
} >b.conf
rm -f a.openvpn b.openvpn
for side in a b; do ip netns exec $side openvpn --cd /tmp --config $side.conf --daemon; done
for side in a b; do
  until grep -q 'Initialization Sequence Completed' $side.openvpn; do sleep 0.1; done
  grep "Data Channel: cipher 'CHACHA20-POLY1305'" $side.openvpn
done
