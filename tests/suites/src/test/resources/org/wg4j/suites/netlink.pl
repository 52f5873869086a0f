# SPDX-License-Identifier: Apache-2.0
# What the Generic Netlink family "wireguard" does with raw messages, as facts in lines of text. It
# runs in a guest, on any module; a test compares what two modules say. In Perl because a guest
# starts that in no time. Takes the names of the parts to run.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);

my %device = (ifindex => 1, ifname => 2, private => 3, public => 4, flags => 5, port => 6, mark => 7, peers => 8);
my %peer = (key => 1, psk => 2, flags => 3, endpoint => 4, keepalive => 5, ips => 9);
my %ip = (family => 1, address => 2, mask => 3, flags => 4);
my ($GET, $SET, $REQUEST, $ACK, $DUMP) = (0, 1, 1, 4, 0x300);
my ($REPLACE_PEERS, $REMOVE_ME, $REPLACE_IPS, $UPDATE_ONLY) = (1, 1, 2, 4);
my ($ERROR, $DONE, $INTERRUPTED) = (2, 3, 0x10);
my $name = 'wgt';
my ($socket, $family, $sequence, $size, $echo);

# Messages -------------------------------------------------------------------------------------

sub attribute {
  my ($type, $payload) = @_;
  my $length = 4 + length $payload;
  return pack('S S a*', $length, $type, $payload) . "\0" x (-$length & 3);
}

sub nest {
  my ($type, @items) = @_;
  return attribute($type | 0x8000, join '', @items);
}

sub items { # TYPE ITEM...: a nest of nests, each of type 0
  my ($type, @list) = @_;
  return nest($type, map { nest(0, $_) } @list);
}

sub send_message {
  my ($type, $flags, $command, $attributes) = @_;
  my $body = pack('C C S', $command, 1, 0) . $attributes;
  my $message = pack('L S S L L', 16 + length $body, $type, $flags, ++$sequence, 0) . $body;
  defined send($socket, $message, 0, pack('S S L L', 16, 0, 0, 0)) or die "send: $!";
}

sub receive { # the messages of one datagram: [type, flags, payload]
  my $buffer;
  alarm 120;
  defined recv($socket, $buffer, $size, 0) or die "recv: $!";
  alarm 0;
  my @messages;
  while (length $buffer >= 16) {
    my ($length, $type, $flags) = unpack('L S S', $buffer);
    push @messages, [$type, $flags, substr($buffer, 16, $length - 16)];
    my $padded = ($length + 3) & ~3;
    $buffer = $padded >= length $buffer ? '' : substr($buffer, $padded);
  }
  return @messages;
}

sub attributes { # of a payload: [type, value] in order
  my ($payload) = @_;
  my @list;
  while (length $payload >= 4) {
    my ($length, $type) = unpack('S S', $payload);
    push @list, [$type & 0x3fff, substr($payload, 4, $length - 4)];
    my $padded = ($length + 3) & ~3;
    $payload = $padded >= length $payload ? '' : substr($payload, $padded);
  }
  return @list;
}

# A new socket, whose reader's buffer is of a size from the first message on.
sub connect_with {
  ($size) = @_;
  socket(my $new, 16, SOCK_RAW, 16) or die "socket: $!";
  $socket = $new;
  $family = 16;
  send_message(16, $REQUEST, 3, attribute(2, "wireguard\0"));
  my ($reply) = receive();
  for my $attribute (attributes(substr($reply->[2], 4))) {
    $family = unpack('S', $attribute->[1]) if $attribute->[0] == 1;
  }
}

sub named { return attribute($device{ifname}, "$name\0") }

# Sends a change of the device, and says what came of it. A refusal brings the request back: $echo.
sub change {
  my ($attributes, $flags) = @_;
  send_message($family, $REQUEST | $ACK | ($flags // 0), $SET, named() . $attributes);
  my ($reply) = receive();
  my ($error) = unpack('l', $reply->[2]);
  local $! = -$error;
  $echo = $error ? substr($reply->[2], 20) : '';
  return $error ? "$!" : 'done';
}

sub wiped { return index($echo, $_[0]) < 0 && index($echo, "\0" x length $_[0]) >= 0 ? 'wiped' : 'not wiped' }

sub number32 { return pack('L', $_[0]) }
sub number16 { return pack('S', $_[0]) }
sub key { return pack('N', $_[0]) . "\x5a" x 28 }
sub prefix {
  my ($address, $mask, @more) = @_;
  my $raw = $address =~ /:/ ? inet_pton(AF_INET6, $address) : inet_aton($address);
  return attribute($ip{family}, number16(length $raw == 4 ? AF_INET : AF_INET6))
    . attribute($ip{address}, $raw) . attribute($ip{mask}, pack('C', $mask)) . join('', @more);
}
sub peer { my ($key, @more) = @_; return attribute($peer{key}, $key) . join('', @more) }
sub peer_flags { return attribute($peer{flags}, number32($_[0])) }
sub ips { return items($peer{ips}, @_) }
sub peers { return items($device{peers}, @_) }
sub replace_peers { return attribute($device{flags}, number32($REPLACE_PEERS)) }

sub run { system(@_) == 0 or die "@_: $?" }

sub new_device {
  system("ip link delete $name 2>/dev/null");
  run('ip', 'link', 'add', $name, 'type', 'wireguard');
}

# What stock wg shows of it, keys by their first characters.
sub shown {
  my $text = `wg show $name dump`;
  $text =~ s{([A-Za-z0-9+/]{8})[A-Za-z0-9+/]{35}=}{$1}g;
  $text =~ s/\t/ /g;
  $text =~ s/\n(?=.)/ | /g;
  chomp $text;
  return $text;
}

sub fact { print join(' ', @_), "\n" }

# Parts ----------------------------------------------------------------------------------------

# The order in which one message takes effect, seen by what a taken port keeps from happening and
# by what a later part makes of an earlier one.
sub orders {
  my $private = pack('H*', '70076d0a7318a57d3c16c17251b26645df4c2f92ebc0992ac177fba51db92c6a');
  my $public = pack('H*', 'f8a9535a2d2ff605e8e144d54f4ef5c62313a2055dbb21fddd3fd9c299eb015d');
  my $identity = attribute($device{private}, $private);
  my $mark = attribute($device{mark}, number32(5));
  my $ten = prefix('10.0.0.0', 8);

  new_device();
  run('ip link add wgbusy type wireguard && wg set wgbusy listen-port 45678 && ip link set wgbusy up');
  run("ip link set $name up");
  run("wg set $name listen-port 45600");
  change(peers(peer(key(1))));
  fact('taken port:', change($mark . attribute($device{port}, number16(45678)) . replace_peers() . $identity . peers(peer(key(2)))), shown());
  fact('private key in the refused request:', wiped($private));
  run('ip link delete wgbusy');

  new_device();
  change(peers(peer($public), peer(key(1))));
  fact('own key among the peers:', change($identity . peers(peer($public, ips($ten)), peer(key(2)))), shown());
  new_device();
  change(peers(peer(key(1), ips($ten))));
  fact('replaced peers:', change(replace_peers() . peers(peer(key(2), ips($ten)), peer(key(3), ips($ten)))), shown());
  new_device();
  fact('added, removed:', change(peers(peer(key(1)), peer(key(2)), peer(key(1), peer_flags($REMOVE_ME)))), shown());
  fact('removed, added:', change(peers(peer(key(2), peer_flags($REMOVE_ME)), peer(key(2)), peer(key(3)))), shown());

  new_device();
  change(peers(peer(key(1), ips($ten, prefix('11.0.0.0', 8)))));
  my $all = join '', attribute($peer{keepalive}, number16(7)), ips(prefix('12.0.0.0', 8), $ten),
    attribute($peer{endpoint}, pack_sockaddr_in(9, inet_aton('192.0.2.1'))), attribute($peer{psk}, key(9)),
    peer_flags($REPLACE_IPS | $UPDATE_ONLY);
  fact('one peer, listed backwards:', change(peers(peer(key(1), $all))), shown());
  fact('removal goes first:', change(peers(peer(key(1), attribute($peer{psk}, key(9)), ips($ten), peer_flags($REMOVE_ME)))), shown());
  change(peers(peer(key(1), attribute($peer{psk}, "\x77" x 32), peer_flags(64))));
  fact('pre-shared key in the refused request:', wiped("\x77" x 32));

  new_device();
  change(peers(peer(key(1), ips($ten, prefix('fd00::', 8), prefix('10.1.2.3', 32)))));
  fact('given again:', change(peers(peer(key(1), ips($ten)))), shown());
  fact('moved and host bits:', change(peers(peer(key(2), ips(prefix('fd00::1:2', 8), prefix('0.0.0.0', 0), prefix('10.1.2.3', 31))))), shown());
  fact('flags of the message:', change($mark, 0xd00), shown());
  run('ip', 'link', 'delete', $name);
}

# WGALLOWEDIP_A_FLAGS.
sub removals {
  my $remove = attribute($ip{flags}, number32(1));
  new_device();
  change(peers(peer(key(1), ips(prefix('10.0.0.0', 8), prefix('10.1.0.0', 16), prefix('fd00::', 8))), peer(key(2), ips(prefix('11.0.0.0', 8)))));
  fact('one of three:', change(peers(peer(key(1), ips(prefix('10.1.0.0', 16, $remove))))), shown());
  fact('again:', change(peers(peer(key(1), ips(prefix('10.1.0.0', 16, $remove))))), shown());
  fact('of another peer:', change(peers(peer(key(1), ips(prefix('11.0.0.0', 8, $remove))))), shown());
  fact('flag of none:', change(peers(peer(key(1), ips(prefix('12.0.0.0', 8, attribute($ip{flags}, number32(0))))))), shown());
  fact('host bits:', change(peers(peer(key(1), ips(prefix('12.3.4.5', 8, $remove))))), shown());
  fact('unknown flag:', change(peers(peer(key(1), ips(prefix('10.0.0.0', 8, attribute($ip{flags}, number32(3))))))), shown());
  run('ip', 'link', 'delete', $name);
}

# The shape of a message: types and lengths, nests in braces.
sub shape {
  my ($payload, %nests) = @_;
  my @parts;
  for my $attribute (attributes($payload)) {
    my ($type, $value) = @$attribute;
    my $inner = $nests{$type};
    push @parts, $inner ? "$type\{" . join(' ', map { '{' . shape($_->[1], %$inner) . '}' } attributes($value)) . '}' : "$type:" . length $value;
  }
  return join ' ', @parts;
}

sub get { send_message($family, $REQUEST | $DUMP, $GET, $_[0]) }

# The first message of a dump that has more than its end, which is read too.
sub first_of_dump {
  get($_[0]);
  my ($first) = my @messages = receive();
  until ($messages[-1][0] == $DONE || $messages[-1][0] == $ERROR) { @messages = receive() }
  return $first;
}

sub attribute_order {
  connect_with(65536);
  new_device();
  my $nests = { $peer{ips} => {} };
  fact('new:', shape(substr(first_of_dump(named())->[2], 4)));
  change(attribute($device{private}, "\x42" x 32) . peers(
      peer(key(1), attribute($peer{endpoint}, pack_sockaddr_in(9, inet_aton('192.0.2.1'))), ips(prefix('10.0.0.0', 8), prefix('fd00::', 8))),
      peer(key(2), attribute($peer{endpoint}, pack_sockaddr_in6(9, inet_pton(AF_INET6, 'fd00::1')))),
      peer(key(3))));
  my $whole = first_of_dump(named())->[2];
  fact('configured:', shape(substr($whole, 4), $device{peers} => $nests));
  my ($index) = `cat /sys/class/net/$name/ifindex`;
  fact('by index:', first_of_dump(attribute($device{ifindex}, number32($index)))->[2] eq $whole ? 'the same' : 'something else');
  my $refusal = first_of_dump(attribute($device{ifname}, "absent\0"));
  local $! = -unpack('l', $refusal->[2]);
  fact('absent: message of type', $refusal->[0], "$!");
  run('ip', 'link', 'delete', $name);
}

# Reads a dump; between its first messages something is done. What each message has: the number of
# peers and of prefixes, whether it goes on with a peer, and the device's attributes if it has them.
sub dump_with {
  my ($buffer, @between) = @_;
  my (@lines, @order, %prefixes);
  connect_with($buffer);
  get(named());
  while (1) {
    for my $message (receive()) {
      my ($type, $flags, $payload) = @$message;
      my $interrupted = $flags & $INTERRUPTED ? ' interrupted' : '';
      if ($type == $DONE || $type == $ERROR) {
        local $! = -unpack('l', $payload);
        push @lines, ($type == $DONE ? 'done' : 'error') . ($! + 0 ? " $!" : '') . $interrupted;
        return { lines => \@lines, order => \@order, prefixes => \%prefixes };
      }
      my ($names, $count, $continues) = ('', 0, '');
      for my $attribute (attributes(substr($payload, 4))) {
        $names .= " $attribute->[0]" if $attribute->[0] != $device{peers};
        next if $attribute->[0] != $device{peers};
        for my $item (attributes($attribute->[1])) {
          my @all = attributes($item->[1]);
          my $key = unpack('N', $all[0][1]);
          $continues = ' continues' if !$count++ && @all == grep { $_->[0] == $peer{key} || $_->[0] == $peer{ips} } @all;
          push @order, $key if !@order || $order[-1] != $key;
          for (@all) { $prefixes{$key} += attributes($_->[1]) if $_->[0] == $peer{ips} }
        }
      }
      push @lines, "$count peers, " . (16 + length $payload) . " bytes$continues$interrupted, device's:$names";
    }
    if (my $action = shift @between) { $action->() }
  }
}

sub many_peers { # COUNT PREFIXES-EACH
  my ($count, $each) = @_;
  my ($number, $message) = (0, '');
  new_device();
  for my $key (1 .. $count) {
    for (my $left = $each; $left > 0; $left -= 1000) {
      my @some = map { prefix(join('.', unpack('C4', pack('N', 0x0a000000 + $number++))), 32) } 1 .. ($left < 1000 ? $left : 1000);
      my $item = nest(0, peer(key($key), ips(@some)));
      if (length($message) + length $item > 60000) {
        change(nest($device{peers}, $message));
        $message = '';
      }
      $message .= $item;
    }
  }
  change(nest($device{peers}, $message));
}

sub whole {
  my ($read, $count, $each) = @_;
  return (@{ $read->{order} } == $count && join(',', @{ $read->{order} }) eq join(',', 1 .. $count) ? 'all peers in order' : 'peers: ' . @{ $read->{order} })
    . (grep({ $_ != $each } values %{ $read->{prefixes} }) ? ', prefixes missing' : ', all prefixes');
}

sub summary {
  my ($read) = @_;
  my @lines = @{ $read->{lines} };
  my ($bytes) = $lines[0] =~ /(\d+) bytes/;
  return scalar(@lines) . ' messages, the first of about ' . int($bytes / 1024 + 0.5) . ' KiB, ' . ($lines[0] =~ /device's: 6 7 1 2$/ ? 'with' : 'without') . " the device's attributes; $lines[-1]";
}

sub dumps {
  many_peers(500, 1);
  for my $buffer (4096, 8192, 32768, 262144) {
    my $read = dump_with($buffer);
    fact("500 peers, buffer of $buffer:", summary($read) . ';', whole($read, 500, 1) . ',', scalar(grep { /device's: / } @{ $read->{lines} }), "with the device's attributes");
  }
}

sub large_peers {
  many_peers(3, 2000);
  my $read = dump_with(8192);
  my @lines = @{ $read->{lines} };
  fact('3 peers with 2000 prefixes:', summary($read) . ';', whole($read, 3, 2000) . ',', scalar(grep { / continues/ } @lines), 'messages go on with a peer');
  fact("messages with the device's attributes:", scalar(grep { /device's: / } @lines));
}

# Changes between the first and the second message.
sub interruptions {
  my $mark = 0;
  my %changes = (
    'nothing' => sub { },
    'a mark' => sub { run("wg set $name fwmark " . ++$mark) },
    'the same mark' => sub { run("wg set $name fwmark $mark") },
    'traffic' => sub { run("ip link set $name up") },
  );
  many_peers(200, 1);
  for my $what (sort keys %changes) {
    my $read = dump_with(8192, $changes{$what});
    fact("after $what:", whole($read, 200, 1) . ',', scalar(grep { /interrupted/ } @{ $read->{lines} }) ? 'interrupted' : 'as one,', $read->{lines}[-1] =~ /^done/ ? 'done' : $read->{lines}[-1]);
  }
}

# The peer that is next, or whose prefixes are being given, is removed; or all, or the device.
sub removed_meanwhile {
  many_peers(200, 1);
  my @first = @{ dump_with(8192)->{order} };
  for my $victims ([1], [1 .. 60], [30 .. 120], [200], [1 .. 200]) {
    many_peers(200, 1);
    my $gone = sub {
      my $dumping = $socket;
      connect_with(65536);
      change(peers(map { peer(key($_), peer_flags($REMOVE_ME)) } @$victims));
      $socket = $dumping;
    };
    my $read = dump_with(8192, $gone);
    my $interrupted = grep { /interrupted/ } @{ $read->{lines} };
    fact("removed $victims->[0] to $victims->[-1]:", $interrupted ? 'interrupted,' : 'as one,', $read->{lines}[-1] =~ /^done/ ? 'done' : $read->{lines}[-1]);
  }
  many_peers(2, 1000);
  my $read = dump_with(8192, sub {
    my $dumping = $socket;
    connect_with(65536);
    change(peers(peer(key(1), peer_flags($REPLACE_IPS), ips(prefix('10.0.0.0', 8)))));
    $socket = $dumping;
  });
  fact('replaced prefixes:', scalar(grep { /interrupted/ } @{ $read->{lines} }) ? 'interrupted,' : 'as one,', $read->{lines}[-1] =~ /^done/ ? 'done,' : $read->{lines}[-1], 'prefixes of the next', $read->{prefixes}{2} // 'none');
}

sub deleted_meanwhile {
  many_peers(200, 1);
  my $read = dump_with(8192, sub { run('ip', 'link', 'delete', $name) });
  fact('deleted device:', $read->{lines}[-1]);
}

$| = 1;
connect_with(65536);
for my $part (@ARGV) {
  fact("# $part");
  no strict 'refs';
  &$part();
}
system("ip link delete $name 2>/dev/null");
