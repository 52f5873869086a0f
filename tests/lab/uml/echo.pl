#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# TCP whose content is checked, for soak.sh; needs no more of Perl than Debian's perl-base.
#
#   echo.pl serve PORT                      sends back what it gets, to any number at once
#   echo.pl ask SEED PAUSE PORT ADDRESS     one connection after the other, PAUSE seconds apart, until its
#                                           standard input ends; after each a line "whole N broken N": how many
#                                           came to their end or broke off. Ends with 1 if other bytes came back.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton);
$| = 1;

use constant { CHUNK => 8192, CHUNKS => 25, PATIENCE => 30 };

sub serve {
  my ($port) = @_;
  $SIG{CHLD} = 'IGNORE';
  socket my $listener, AF_INET6, SOCK_STREAM, 0 or die "socket: $!";
  setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1 or die "reuse: $!";
  bind $listener, pack_sockaddr_in6 $port, inet_pton(AF_INET6, '::') or die "bind: $!";
  listen $listener, 20 or die "listen: $!";
  while (1) {
    accept my $client, $listener or next;
    next if fork;
    # Nobody stays for a connection that is as good as gone.
    while (1) {
      alarm 2 * PATIENCE;
      my $got = sysread $client, my $bytes, CHUNK;
      last unless $got && write_all($client, $bytes);
    }
    exit;
  }
}

sub write_all {
  my ($socket, $bytes) = @_;
  while (length $bytes) {
    my $written = syswrite $socket, $bytes or return 0;
    substr $bytes, 0, $written, '';
  }
  return 1;
}

sub address_of {
  my ($port, $address) = @_;
  return (AF_INET6, pack_sockaddr_in6 $port, inet_pton(AF_INET6, $address)) if $address =~ /:/;
  return (AF_INET, pack_sockaddr_in $port, inet_aton $address);
}

# 1: every byte came back; 0: not all of them.
sub converse {
  my ($domain, $to) = @_;
  my $whole = eval {
    local $SIG{ALRM} = sub { die "late\n" };
    local $SIG{PIPE} = 'IGNORE';
    alarm PATIENCE;
    socket my $socket, $domain, SOCK_STREAM, 0 or die "socket: $!";
    connect $socket, $to or die "connect: $!";
    for (1 .. CHUNKS) {
      my $chunk = pack 'L*', map { int rand 2**32 } 1 .. CHUNK / 4;
      write_all($socket, $chunk) or die "write: $!";
      my $back = '';
      while (length $back < CHUNK) {
        sysread $socket, $back, CHUNK - length $back, length $back or die "read: $!";
        substr($chunk, 0, length $back) eq $back or exit 1;
      }
    }
    1;
  };
  alarm 0;
  return $whole ? 1 : 0;
}

sub ask {
  my ($seed, $pause, @where) = @_;
  my @count = (0, 0);
  srand $seed;
  my $readable = '';
  vec($readable, 0, 1) = 1;
  until (select my $ended = $readable, undef, undef, $pause) {
    $count[converse(address_of(@where))]++;
    print "whole $count[1] broken $count[0]\n";
  }
}

my %verbs = (serve => \&serve, ask => \&ask);
my $verb = $verbs{shift // ''} or die "echo.pl: serve or ask\n";
$verb->(@ARGV);
