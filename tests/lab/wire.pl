#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A hand on the wire for scripts in a guest; needs no more of Perl than Debian's perl-base.
#
#   wire.pl tap FILE INTERFACE...       a line per packet into FILE until SIGTERM; FILE appears when it listens
#   wire.pl send OPTIONS ADDRESS PORT   UDP datagrams; prints errno of each, runs counted: "0*128 11*2"
#   wire.pl inject INTERFACE TYPE HEX   one network-layer packet, as EtherType TYPE; prints errno
#   wire.pl replay FROM ADDRESS PORT COUNT GAP HEX...
#                                       datagrams from local port FROM (0: any): each HEX COUNT times, GAP seconds
#                                       apart; or, with a GAP of SECONDS/NUMBER, so many at a time
#   wire.pl sink ADDRESS PORT COUNT     receives COUNT datagrams, prints their numbers
#
# Options of send: count=N size=BYTES tos=N mark=N sndbuf=N gap=SECONDS, flows=N (all that from as many
# sockets), later=SECONDS (the time of departure that they carry), error=1 (prints the socket's pending
# error after each errno); size and tos may be lists, of which each pair is sent. A datagram begins with its number, four bytes big-endian. TYPE 0 leaves it to
# the device to tell what it is.
#
# A line of the tap is KEY=VALUE separated by blanks: t (seconds of the monotonic clock) if dir (in, out)
# size (as captured) v src dst tos ttl df frag (0: whole, else offset/more) proto len (of the IP packet) sum (of the
# transport header: ok, bad, none, part) sport dport, type (of a WireGuard or ICMP message) code data (hex).
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton inet_ntop);
$| = 1;

use constant {
  AF_PACKET => 17, ETH_P_ALL => 3, PACKET_OUTGOING => 4, SO_MARK => 36, SO_SNDBUFFORCE => 32, SO_RCVBUFFORCE => 33,
  SYS_clock_gettime => 228, CLOCK_MONOTONIC => 1, SO_TXTIME => 61, SYS_sendmsg => 46,
};

sub now {
  my $timespec = "\0" x 16;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, $timespec) == 0 or die "clock_gettime: $!";
  my ($seconds, $nanos) = unpack 'qq', $timespec;
  return $seconds + $nanos / 1e9;
}

sub pause { select undef, undef, undef, $_[0] if $_[0] > 0 }

sub ifindex {
  open my $file, '<', "/sys/class/net/$_[0]/ifindex" or die "$_[0]: $!";
  return 0 + <$file>;
}

sub resolve { # ADDRESS PORT: domain and sockaddr
  my ($address, $port) = @_;
  my $scope = $address =~ s/%(.+)$// ? ifindex($1) : 0;
  return (AF_INET, pack_sockaddr_in $port, inet_aton $address) unless $address =~ /:/;
  return (AF_INET6, pack_sockaddr_in6 $port, inet_pton(AF_INET6, $address), $scope);
}

sub folded { # 1's complement sum
  my $sum = unpack '%32n*', length($_[0]) % 2 ? $_[0] . "\0" : $_[0];
  $sum = ($sum >> 16) + ($sum & 0xffff) while $sum >> 16;
  return $sum;
}

# What the transport header's checksum is worth; $pseudo holds both addresses.
sub checksum {
  my ($proto, $pseudo, $bytes) = @_;
  my %offset = (6 => 16, 17 => 6, 1 => 2, 58 => 2);
  return 'none' unless defined $offset{$proto} && length $bytes >= $offset{$proto} + 2;
  my $head = $proto == 1 ? '' : $pseudo . pack 'NN', length $bytes, $proto;
  my $field = unpack 'n', substr $bytes, $offset{$proto}, 2;
  return 'none' if $proto == 17 && !$field;
  return 'ok' if folded($head . $bytes) == 0xffff;
  return $field == folded($head) ? 'part' : 'bad';
}

sub describe {
  my ($packet) = @_;
  my $version = ord($packet) >> 4;
  my ($text, $proto, $payload, $pseudo, $fragment);
  if ($version == 4 && length $packet >= 20) {
    my ($ihl, $tos, $length, $id, $offset, $ttl, $p, $sum, $src, $dst) = unpack 'CCnnnCCna4a4', $packet;
    $proto = $p;
    $pseudo = $src . $dst;
    $fragment = $offset & 0x3fff ? ($offset & 0x1fff) * 8 . '/' . ($offset >> 13 & 1) : 0;
    $text = sprintf 'v=4 src=%s dst=%s tos=0x%02x ttl=%d df=%d frag=%s proto=%d len=%d', inet_ntoa($src),
      inet_ntoa($dst), $tos, $ttl, $offset >> 14 & 1, $fragment, $proto, $length;
    $payload = substr $packet, ($ihl & 15) * 4, $length - ($ihl & 15) * 4;
  } elsif ($version == 6 && length $packet >= 40) {
    my ($flow, $length, $p, $hops, $src, $dst) = unpack 'NnCCa16a16', $packet;
    $payload = substr $packet, 40, $length;
    $pseudo = $src . $dst;
    $fragment = 0;
    if ($p == 44) {
      ($p, my $offset) = unpack 'Cxn', $payload;
      $fragment = ($offset & 0xfff8) . '/' . ($offset & 1);
      $payload = substr $payload, 8;
    }
    $proto = $p;
    $text = sprintf 'v=6 src=%s dst=%s tos=0x%02x ttl=%d df=0 frag=%s proto=%d len=%d',
      inet_ntop(AF_INET6, $src), inet_ntop(AF_INET6, $dst), $flow >> 20 & 0xff, $hops, $fragment,
      $proto, $length + 40;
  } else {
    return 'v=0 data=' . unpack 'H*', $packet;
  }
  return "$text data=" . unpack 'H*', $payload if $fragment;
  $text .= ' sum=' . checksum($proto, $pseudo, $payload);
  if ($proto == 17) {
    my ($sport, $dport) = unpack 'nn', $payload;
    $payload = substr $payload, 8;
    $text .= " sport=$sport dport=$dport";
    $text .= ' type=' . unpack 'V', $payload if length $payload >= 32;
  } elsif ($proto == 1 || $proto == 58) {
    $text .= sprintf ' type=%d code=%d', unpack 'CC', $payload;
  }
  return "$text data=" . unpack 'H*', $payload;
}

sub tap {
  my ($file, @interfaces) = @_;
  my ($stopped, $set, %names) = (0, '');
  $SIG{TERM} = sub { $stopped = 1 };
  my @sockets = map {
    socket my $one, AF_PACKET, SOCK_DGRAM, 0 or die "socket: $!";
    setsockopt $one, SOL_SOCKET, SO_RCVBUFFORCE, pack 'i', 32 << 20 or die "buffer: $!";
    bind $one, pack 'SnlSCCa8', AF_PACKET, ETH_P_ALL, ifindex($_), 0, 0, 0, '' or die "bind: $!";
    $names{fileno $one} = $_;
    $one;
  } @interfaces;
  open my $out, '>', "$file.new" or die "$file: $!";
  select((select($out), $| = 1)[0]);
  rename "$file.new", $file or die "$file: $!";
  vec($set, fileno $_, 1) = 1 for @sockets;
  while (1) {
    my $ready = select my $readable = $set, undef, undef, $stopped ? 0 : 3600;
    last if $stopped && $ready <= 0;
    next if $ready <= 0;
    for my $one (grep { vec $readable, fileno $_, 1 } @sockets) {
      my $from = recv $one, my $packet, 70000, 0;
      next unless defined $from;
      my (undef, $type, undef, undef, $kind) = unpack 'SnlSC', $from;
      next unless $type == 0x0800 || $type == 0x86dd;
      printf $out "t=%.6f if=%s dir=%s size=%d %s\n", now(), $names{fileno $one},
        $kind == PACKET_OUTGOING ? 'out' : 'in', length $packet, describe($packet);
    }
  }
}

sub runs { # prints values, equal neighbours counted
  my @runs;
  for my $value (@_) {
    if (@runs && $runs[-1][0] eq $value) { $runs[-1][1]++ } else { push @runs, [$value, 1] }
  }
  print join(' ', map { $_->[1] > 1 ? "$_->[0]*$_->[1]" : $_->[0] } @runs), "\n";
}

# Sends with the time of departure that an earliest-departure-time queue keeps.
sub send_later {
  my ($socket, $to, $datagram, $seconds) = @_;
  my $nanos = int((now() + $seconds) * 1e9);
  my $control = pack 'QiiQ', 24, SOL_SOCKET, SO_TXTIME, $nanos;
  my $vector = pack 'PQ', $datagram, length $datagram;
  my $header = pack 'PLx4PQPQix4', $to, length $to, $vector, 1, $control, length $control, 0;
  my $sent = syscall SYS_sendmsg, fileno $socket, $header, MSG_DONTWAIT;
  return $sent < 0 ? undef : $sent;
}

sub send_datagrams {
  my %option = (count => 1, size => 4, gap => 0, flows => 1, map { split /=/, $_, 2 } grep { /=/ } @_);
  my ($domain, $to) = resolve(grep { !/=/ } @_);
  my @results;
  for (1 .. $option{flows}) {
    socket my $socket, $domain, SOCK_DGRAM, 0 or die "socket: $!";
    my $set = sub { setsockopt $socket, $_[0], $_[1], pack 'i', oct $_[2] or die "option $_[1]: $!" };
    $set->(SOL_SOCKET, SO_MARK, $option{mark}) if defined $option{mark};
    $set->(SOL_SOCKET, SO_SNDBUF, $option{sndbuf}) if defined $option{sndbuf};
    setsockopt $socket, SOL_SOCKET, SO_TXTIME, pack 'iI', CLOCK_MONOTONIC, 0 or die "txtime: $!"
      if $option{later};
    if ($option{error}) {
      setsockopt $socket, $domain == AF_INET ? 0 : 41, $domain == AF_INET ? 11 : 25, pack 'i', 1
        or die "recverr: $!";
      connect $socket, $to or die "connect: $!";
    }
    my @shapes = map { my $size = $_; map [$size, $_], split /,/, $option{tos} // '-' } split /,/, $option{size};
    for my $number (1 .. $option{count} * @shapes) {
      my ($size, $tos) = @{ $shapes[($number - 1) % @shapes] };
      $set->($domain == AF_INET ? (0, 1) : (41, 67), $tos) if defined $option{tos};
      my $datagram = pack 'N', $number;
      $datagram .= "\0" x ($size - 4);
      # Never waits: a full buffer is an answer.
      my $sent = $option{error} ? send($socket, $datagram, MSG_DONTWAIT)
        : $option{later} ? send_later($socket, $to, $datagram, $option{later})
        : send($socket, $datagram, MSG_DONTWAIT, $to);
      push @results, defined $sent ? 0 : 0 + $!;
      push @results, 'then ' . unpack 'i', getsockopt $socket, SOL_SOCKET, SO_ERROR if $option{error};
      pause $option{gap};
    }
  }
  runs @results;
}

sub inject {
  my ($interface, $type, $hex) = @_;
  socket my $socket, AF_PACKET, oct $type ? SOCK_DGRAM : SOCK_RAW, 0 or die "socket: $!";
  my $to = pack 'SnlSCCa8', AF_PACKET, oct $type, ifindex($interface), 0, 0, 0, '';
  print defined send($socket, pack('H*', $hex), 0, $to) ? 0 : 0 + $!, "\n";
}

sub replay {
  my ($from, $address, $port, $count, $gap, @datagrams) = @_;
  ($gap, my $at_a_time) = split m{/}, $gap;
  my ($domain, $to) = resolve($address, $port);
  socket my $socket, $domain, SOCK_DGRAM, 0 or die "socket: $!";
  # What waits at a receiver is charged to the sender.
  setsockopt $socket, SOL_SOCKET, SO_SNDBUFFORCE, pack 'i', 64 << 20 or die "buffer: $!";
  my $any = $domain == AF_INET ? inet_aton '0.0.0.0' : inet_pton(AF_INET6, '::');
  bind $socket, $domain == AF_INET ? pack_sockaddr_in $from, $any : pack_sockaddr_in6 $from, $any
    or die "bind: $!";
  for my $datagram (map { pack 'H*', $_ } @datagrams) {
    for (1 .. $count) {
      send $socket, $datagram, 0, $to or die "send: $!";
      pause $gap unless $_ % ($at_a_time // 1);
    }
  }
}

sub sink {
  my ($address, $port, $count) = @_;
  my ($domain, $here) = resolve($address, $port);
  socket my $socket, $domain, SOCK_DGRAM, 0 or die "socket: $!";
  setsockopt $socket, SOL_SOCKET, SO_RCVBUFFORCE, pack 'i', 8 << 20 or die "buffer: $!";
  bind $socket, $here or die "bind: $!";
  print "listening\n";
  my @numbers = map { recv $socket, my $datagram, 70000, 0; unpack 'N', $datagram } 1 .. $count;
  print "@numbers\n";
}

my %verbs = (tap => \&tap, send => \&send_datagrams, inject => \&inject, replay => \&replay, sink => \&sink);
my $verb = $verbs{shift // ''} or die "wire.pl: tap, send, inject, replay or sink\n";
$verb->(@ARGV);
