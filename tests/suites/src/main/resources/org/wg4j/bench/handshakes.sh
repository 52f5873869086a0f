# SPDX-License-Identifier: Apache-2.0
# A hundred initiators in a, h1 to h100, each with a key of its own, and one responder in b, hb. Leaves
# ./handshakes, which tells how many handshakes a second they complete.
endpoint=$(ip netns exec a wg show ta endpoints | cut -f 2 | sed 's/:[0-9]*$/:51821/')
wg genkey >hb.key
wg pubkey <hb.key >hb.pub
ip -n b link add hb type wireguard
ip netns exec b wg set hb private-key hb.key listen-port 51821
ip -n b -batch - <<END
addr add 10.79.255.255/16 dev lo
link set hb up
END
for i in $(seq 100); do
  echo "link add h$i type wireguard" >&3
  echo "addr add 10.78.0.$i/32 dev h$i" >&3
  echo "link set h$i down" >&4
  echo "link set h$i up" >&5
  echo "route add 10.79.0.$i dev h$i" >&5
done 3>initiators 4>down 5>up
ip -n a -batch initiators
responder=$(cat hb.pub)
for i in $(seq 100); do
  wg genkey >h.key
  ip netns exec a wg set h$i private-key h.key \
    peer $responder endpoint $endpoint allowed-ips 10.79.0.$i/32
done
ip netns exec b wg set hb $(ip netns exec a wg show all public-key |
  sed -n 's/^h\([0-9]*\)\t\(.*\)/peer \2 allowed-ips 10.78.0.\1\/32/p')
cat >received <<'END'
use IO::Socket::INET;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
$| = 1;
my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '0.0.0.0', LocalPort => 9) or die $!;
print "ready\n";
my %from;
alarm 60;
while (keys %from < $ARGV[0]) {
  my $sender = $socket->recv(my $datagram, 9) // die $!;
  $from{$sender}++;
}
print clock_gettime(CLOCK_MONOTONIC), "\n";
END
cat >handshakes <<'END'
# Down and up again an initiator has no session, so what arrives has had a handshake, the third message
# included: responder's and initiator's part. One processor does both, and is never idle meanwhile.
use IO::Socket::INET;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
open my $down, '<', 'down' or die $!;
my $initiators = () = <$down>;
for my $round (1 .. 5) {
  system("ip -batch down && ip -batch up") == 0 or die "no initiators\n";
  open my $received, '-|', "ip netns exec b perl received $initiators" or die $!;
  <$received> eq "ready\n" or die "no receiver\n";
  my $socket = IO::Socket::INET->new(Proto => 'udp') or die $!;
  my @to = map { pack_sockaddr_in(9, inet_aton("10.79.0.$_")) } 1 .. $initiators;
  my $begin = clock_gettime(CLOCK_MONOTONIC);
  for (@to) { $socket->send('h', 0, $_) or die $! }
  my $end = <$received> // die "not all arrived\n";
  printf "handshakes a second: %.1f\n", $initiators / ($end - $begin);
}
END
