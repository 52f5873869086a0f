# SPDX-License-Identifier: Apache-2.0
# What a link of type wireguard is and does, with iproute2, ethtool and stock wg, as facts in lines
# of text. It runs in a guest, on any module; a test compares what two modules say. Takes the names
# of the parts to run.
export LC_ALL=C
cd "$(dirname "$0")" || exit

private_a=qA04iTchJaYul1ghaIlgn5dBwRDkuXcIudsYjBsFBV4=
private_b=0MR577hMVwO9dx0zslQQvRKjIOvVvV+arGslBzLCank=
public_a=St4Y2A2MzpcAtXKzAr/1sy+kZdogqb3nAgrd38scVyU=
public_b=6wvIdL7hnRb70L1FKitzCPgMTqt0XRg7001XI6PEv1o=
public_c=TUVceYtV/v32Tu8Snyhk/74/U9vZi4znUysw7tsRVw0=
psk=0p6kDP5z0YVHxuGwBJz0odruBfGjXLJFBoBUp3PWXgQ=
# The private key of a, with the bits set that clamping clears.
unclamped_a=rw04iTchJaYul1ghaIlgn5dBwRDkuXcIudsYjBsFBd4=

fail() {
  echo "FAILED: $*"
  exit 1
}

# Waits until a command succeeds, which it does in moments.
await() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 900 ] || fail "not in time: $*"
    sleep 0.1
  done
}

try() { # COMMAND...: its output and its exit code, in one line
  output=$("$@" 2>&1)
  echo "$*: $? $output" | tr '\n' ' '
  echo
}

in_ns() { ip netns exec "$@"; }

clean() {
  for ns in a b n; do
    [ ! -e /run/netns/$ns ] || { ip netns pids $ns | xargs -r kill -9; ip netns delete $ns; }
  done
  ip link delete wgt 2>/dev/null
}

set_key() { # NAMESPACE KEY
  echo "$2" | in_ns "$1" wg set wg0 private-key /dev/stdin
}

set_psk() { # NAMESPACE PEER KEY
  echo "$3" | in_ns "$1" wg set wg0 peer "$2" preshared-key /dev/stdin
}

# Namespaces a and b, each with one end of a tunnel that is configured but down.
pair() {
  clean
  ip netns add a
  ip netns add b
  ip link add v0 netns a type veth peer name v0 netns b
  for ns in a b; do
    host=$([ $ns = a ] && echo 1 || echo 2)
    ip -n $ns -batch - <<END
link set lo up
addr add 10.0.0.$host/24 dev v0
addr add 10.0.0.1$host/24 dev v0
link set v0 up
link add wg0 type wireguard
addr add 192.168.77.$host/24 dev wg0
END
  done
  set_key a $private_a
  set_key b $private_b
  in_ns a wg set wg0 listen-port 51821 peer $public_b endpoint 10.0.0.2:51822 allowed-ips 192.168.77.2/32
  in_ns b wg set wg0 listen-port 51822 peer $public_a endpoint 10.0.0.1:51821 allowed-ips 192.168.77.1/32
}

up() { for ns; do ip -n "$ns" link set wg0 up; done; }
ping_b() { in_ns a ping -q -c 1 -W "${1:-60}" 192.168.77.2 >/dev/null; }
answered() { if "$@"; then echo answered; else echo 'no answer'; fi; }
sockets() { in_ns "$1" ss -Huane 2>/dev/null | awk '{ print $4, /v6only:1/ ? "v6only" : "" }' | sort | tr '\n' ' '; }
inodes() { in_ns "$1" ss -Huane 2>/dev/null | grep -o 'ino:[0-9]*' | sort | tr '\n' ' '; }
port() { in_ns "$1" wg show wg0 listen-port; }
sent() { in_ns "$1" wg show wg0 transfer | awk '{ n += $3 } END { print n }'; }
received() { in_ns "$1" wg show wg0 transfer | awk '{ n += $2 } END { print n }'; }
received_at_least() { [ "$(received "$1")" -ge "$2" ]; }
sent_at_least() { [ "$(sent "$1")" -ge "$2" ]; }
handshake() { in_ns "$1" wg show wg0 latest-handshakes | awk '{ print $2 }'; }
statistic() { in_ns "$1" cat "/sys/class/net/wg0/statistics/$2"; }
statistic_is() { [ "$(statistic "$1" "$2")" = "$3" ]; }
errors() { in_ns "$1" sh -c 'cd /sys/class/net/wg0/statistics && grep -v "^0$" *_errors *_dropped multicast collisions | tr "\n" " "'; }

# A session without any data packet, so that no passive keepalive comes later: 148 and 32 bytes
# from a, 92 from b.
session_of_keepalives() {
  up b a
  in_ns a wg set wg0 peer $public_b persistent-keepalive 3000
  await received_at_least b 180
  await received_at_least a 92
}

# The link's own -----------------------------------------------------------------------------

attributes() {
  ip link add dev wgt type wireguard
  cd /sys/class/net/wgt || exit
  ip -d link show wgt | sed 's/^[0-9]*: //'
  grep . addr_len address broadcast carrier_changes dev_id dev_port flags gro_flush_timeout ifalias link_mode \
    mtu name_assign_type napi_defer_hard_irqs netdev_group tx_queue_len type uevent 2>&1 | grep -v IFINDEX
  ls queues queues/*
  ethtool -k wgt
  ethtool -i wgt
  ip link set wgt up
  grep . operstate carrier flags dormant duplex speed 2>&1
  ip -d link show wgt | sed 's/^[0-9]*: //'
  for switch in off on; do
    try ethtool -K wgt tx $switch rx $switch sg $switch tso $switch gso $switch gro $switch
    ethtool -k wgt | grep -v fixed
  done
  ip link set wgt multicast on
  cat flags
  cd / && ip link delete wgt
}

bounds() {
  ip link add wgt type wireguard
  for mtu in 0 1 67 1420 2147483552 2147483553 4294967295; do
    try ip link set wgt mtu $mtu
    cat /sys/class/net/wgt/mtu
  done
  try ip link set wgt address 02:00:00:00:00:01
  try ip link add wgx type wireguard nonsense 1
  try ip link set wgt type wireguard
  try ip link add wgt type wireguard
  try ip link add wg0123456789abcde type wireguard
  ip netns add n
  ip link set wgt netns n
  ip -n n -d link show wgt | sed 's/^[0-9]*: //'
  clean
}

# Switched on before the first peer, with one, and under traffic.
threaded() {
  ip link add wgt type wireguard
  for peer in '' "peer $public_b"; do
    [ -z "$peer" ] || wg set wgt $peer
    if echo 1 2>/dev/null >/sys/class/net/wgt/threaded; then
      echo "threaded with ${peer:-no peer}: $(cat /sys/class/net/wgt/threaded)"
    else
      echo "refused with ${peer:-no peer}"
    fi
  done
  pair
  up b a
  ping_b || fail 'no answer'
  in_ns b ping -q -f -s 1000 192.168.77.1 >/dev/null 2>&1 &
  for switch in 1 0 1 0 1 0; do
    for ns in a b; do
      in_ns $ns sh -c "echo $switch >/sys/class/net/wg0/threaded"
      now=$(received $ns)
      await received_at_least $ns $((now + 20000))
    done
  done
  echo 'traffic goes on'
  clean
}

up_and_down() {
  pair
  echo "down: sockets $(sockets a)"
  up a
  echo "up: sockets $(sockets a), send buffers $(in_ns a ss -Huanm 2>/dev/null | grep -o ',tb[0-9]*' | tr '\n' ' ')"
  in_ns a sh -c 'cd /proc/sys/net && cat ipv4/conf/wg0/send_redirects ipv4/conf/all/send_redirects'
  echo "link-local addresses: $(ip -n a -6 addr show dev wg0 scope link)"
  in_ns b wg set wg0 peer $public_a persistent-keepalive 3000
  up b
  await sent_at_least b 148
  await received_at_least a 180
  echo "up with an interval: a keepalive"
  ping_b || fail 'no answer'
  before=$(in_ns b wg show wg0 dump | cut -f 1-5,8)
  ip -n b link set wg0 down
  [ "$before" = "$(in_ns b wg show wg0 dump | cut -f 1-5,8)" ] && [ "$(received b)" -gt 0 ] && echo 'down: all as it was'
  echo "down: sockets $(sockets b)"
  echo "gone peer: $(answered ping_b 1)"
  up b
  echo "up again: $(answered ping_b)"
  # Three packets wait for a peer that is not there; down they are dropped.
  ip -n a link set wg0 down
  up a
  in_ns a wg set wg0 peer $public_c endpoint 10.0.0.99:9 allowed-ips 192.168.77.3/32
  in_ns a ping -q -c 3 -i 0.2 -W 1 192.168.77.3 >/dev/null
  errors a
  ip -n a link set wg0 down
  echo "dropped $(errors a)"
  clean
}

# What the sender hears at once, by error and by ICMP.
unanswered() {
  in_ns a ping -c 1 -W 1 "$1" 2>&1 | sed -n 's/^From/ICMP from/p'
  # Not by ping: which of the two it is told first, and so prints, is chance.
  in_ns a perl -e '
    use Socket;
    socket(S, AF_INET, SOCK_DGRAM, 0) or die;
    print send(S, "x", 0, pack_sockaddr_in(9, inet_aton($ARGV[0]))) ? "sent" : "not sent: $!", "\n"' "$1"
}

raw_packet() { # NAMESPACE PROTOCOL BYTES: through wg0, in hexadecimal, as no socket of IP would
  in_ns "$1" perl -e '
    open F, "/sys/class/net/wg0/ifindex"; chomp($index = <F>);
    socket(S, 17, 3, 0) or die $!;
    $to = pack("S n l S C C a8", 17, hex $ARGV[0], $index, 0, 0, 0, "");
    defined send(S, pack("H*", $ARGV[1]), 0, $to) or print "$!\n"' "$2" "$3"
}

counters() {
  pair
  up a b
  ping_b || fail 'no answer'
  in_ns a wg set wg0 peer $public_c allowed-ips 192.168.77.3/32
  ip -n a addr add 192.168.77.70/24 dev wg0
  unanswered 192.168.77.50
  echo "no peer: $(errors a)"
  unanswered 192.168.77.3
  echo "no endpoint: $(errors a)"
  raw_packet a 0806 4500001400000000400100000a000001c0a84d02
  echo "no IP: $(errors a)"
  raw_packet a 0800 6500001400000000400100000a000001c0a84d02
  echo "IPv6 that says it is IPv4: $(errors a)"
  in_ns a ping -q -c 2 -i 0.2 -W 1 -I 192.168.77.70 192.168.77.2 >/dev/null
  await statistic_is b rx_errors 2
  echo "source of nobody: $(errors b)"
  raw_packet a 0800 450000c80000000040010000c0a84d01c0a84d02
  await statistic_is b rx_errors 3
  echo "longer than it is: $(errors b)"
  raw_packet a 0800 450000100000000040010000c0a84d01c0a84d02
  await statistic_is b rx_errors 4
  echo "shorter than its header: $(errors b)"
  in_ns a wg set wg0 peer $public_c endpoint 10.0.0.99:9
  in_ns a perl -e '
    use Socket;
    socket(S, AF_INET, SOCK_DGRAM, 0) or die;
    for (1 .. 200) { send(S, "x", 0, pack_sockaddr_in(9, inet_aton("192.168.77.3"))) or die }'
  echo "200 wait: $(errors a)"
  clean
}

# The identity of the NAPI instance that a socket's packet came by: none, so none to poll.
busy_polling() {
  pair
  up a b
  ping_b || fail 'no answer'
  in_ns b perl -e '
    use Socket;
    $| = 1;
    socket(S, AF_INET, SOCK_DGRAM, 0) and bind(S, pack_sockaddr_in(7000, inet_aton("192.168.77.2"))) or die $!;
    print "bound\n";
    recv(S, $data, 9, 0);
    print "NAPI ", unpack("I", getsockopt(S, SOL_SOCKET, 56)), "\n"' >napi &
  server=$!
  await grep -q bound napi
  in_ns a perl -e '
    use Socket;
    socket(S, AF_INET, SOCK_DGRAM, 0) and send(S, "x", 0, pack_sockaddr_in(7000, inet_aton("192.168.77.2"))) or die $!'
  wait $server
  tail -1 napi
  clean
}

# What wg sets ---------------------------------------------------------------------------------

compare() { # WHAT BEFORE AFTER
  [ "$2" = "$3" ] && echo "$1: the same" || echo "$1: another"
}

ports() {
  pair
  in_ns a wg set wg0 listen-port 40000
  echo "down: $(port a) $(sockets a)"
  up a
  before=$(inodes a)
  in_ns a wg set wg0 listen-port 40000
  compare 'the same port, sockets' "$before" "$(inodes a)"
  in_ns a wg set wg0 listen-port 40001
  compare 'another port, sockets' "$before" "$(inodes a)"
  echo "up: $(port a) $(sockets a)"
  in_ns a wg set wg0 listen-port 0
  chosen=$(port a)
  compare 'any port' 40001 "$chosen"
  compare "its sockets" "0.0.0.0:$chosen  [::]:$chosen v6only " "$(sockets a)"
  ip -n a link set wg0 down
  up a
  compare 'any port after down and up' "$chosen" "$(port a)"
  # Somebody else has the port, of one family or the other.
  for address in 0.0.0.0 ::; do
    family=$([ $address = :: ] && echo 6 || echo 4)
    in_ns a socat -u "UDP$family-RECV:40002$([ $family = 4 ] || echo ,ipv6only=1)" OPEN:/dev/null &
    await in_ns a sh -c 'ss -Huan | grep -q 40002'
    try in_ns a wg set wg0 listen-port 40002
    compare "after a taken port of IPv$family" "$chosen" "$(port a)"
    ip -n a link set wg0 down
    try in_ns a wg set wg0 listen-port 40002
    try ip -n a link set wg0 up
    echo "then: $(port a), $(sockets a)"
    in_ns a wg set wg0 listen-port "$chosen"
    up a
    ip netns pids a | xargs kill
    await in_ns a sh -c '! ss -Huan | grep -q 40002'
  done
  clean
}

endpoint_of_a() { in_ns b wg show wg0 endpoints | cut -f 2; }
endpoint_of_a_is() { [ "$(endpoint_of_a)" = "$1" ]; }

# b talks to a's second address, and a answers from it until something makes it forget.
sources() {
  pair
  up a b
  for what in 'listen-port 40000' 'fwmark 7' "peer $public_b endpoint 10.0.0.2:51822"; do
    port=$(port a)
    in_ns b wg set wg0 peer $public_a endpoint "10.0.0.11:$port"
    in_ns b ping -q -c 1 -W 60 192.168.77.1 >/dev/null
    ping_b || fail 'no answer'
    echo "before $what: $(endpoint_of_a)"
    in_ns a wg set wg0 $what
    ping_b || fail 'no answer'
    echo "after: $(endpoint_of_a)"
  done
  clean
}

keys() {
  pair
  set_key a $private_b
  set_key a $unclamped_a
  compare 'a clamped key' $private_a "$(in_ns a wg show wg0 private-key)"
  in_ns a wg set wg0 peer $public_b endpoint 10.0.0.2:51822 allowed-ips 192.168.77.2/32
  session_of_keepalives
  before=$(sent a)
  set_key a $private_a
  in_ns a wg set wg0 peer $public_b persistent-keepalive 0
  in_ns a wg set wg0 peer $public_b persistent-keepalive 3000
  echo "after the same key: $(($(sent a) - before)) bytes"
  # A key that is a peer's own makes that peer go.
  in_ns a wg set wg0 peer $public_c
  set_key a $private_b
  echo "peers of another key: $(in_ns a wg show wg0 peers)"
  set_key a $private_a
  in_ns a wg set wg0 peer $public_b endpoint 10.0.0.2:51822 allowed-ips 192.168.77.2/32
  echo "back again: $(answered ping_b)"
  set_key a $psk
  before=$(sent a)
  echo "key of a stranger: $(answered ping_b 1)"
  await sent_at_least a $((before + 148))
  echo "it sent $((($(sent a) - before) % 148)) bytes beside initiations"
  in_ns a wg set wg0 private-key /dev/null
  echo "no key: $(in_ns a wg show wg0 private-key) $(in_ns a wg show wg0 public-key)"
  before=$(sent a)
  echo "no key: $(answered ping_b 1)"
  echo "it sent $(($(sent a) - before)) bytes"
  ip -n a link set wg0 down
  up a
  # Packets that wait for an identity go when it is there, and their answer comes back.
  before=$(echoes_sent a)
  in_ns a ping -q -c 1 -W 60 192.168.77.2 >/dev/null &
  waiting=$!
  await more_echoes_than "$before"
  set_key a $private_a
  wait $waiting && echo 'the first key sends what waits'
  clean
}

echoes_sent() {
  in_ns "$1" awk '/^Icmp:/ && !n { for (i = 2; i <= NF; i++) if ($i == "OutEchos") n = i; next } /^Icmp:/ { print $n }' /proc/net/snmp
}

more_echoes_than() { [ "$(echoes_sent a)" -gt "$1" ]; }

keepalives() {
  pair
  session_of_keepalives
  before=$(sent b)
  in_ns b wg set wg0 peer $public_a persistent-keepalive 3000
  await sent_at_least b $((before + 32))
  for interval in 4000 0 0; do
    in_ns b wg set wg0 peer $public_a persistent-keepalive $interval
  done
  echo "3000, 4000, off, off: $(($(sent b) - before)) bytes"
  in_ns b wg set wg0 peer $public_a persistent-keepalive 6
  in_ns b wg set wg0 peer $public_a persistent-keepalive 0
  # Longer than the interval that was: nothing more comes.
  sleep 7
  echo "6, off, 7 seconds: $(($(sent b) - before)) bytes"
  ip -n b link set wg0 mtu 0
  in_ns b wg set wg0 peer $public_a persistent-keepalive 1
  await sent_at_least b $((before + 160))
  echo '1: they come, also at MTU 0'
  clean
}

preshared_keys() {
  pair
  session_of_keepalives
  before=$(sent a)
  stamp=$(handshake a)
  set_psk a $public_b $psk
  in_ns a wg set wg0 peer $public_b persistent-keepalive 0
  in_ns a wg set wg0 peer $public_b persistent-keepalive 3000
  await received_at_least b 212
  echo "one side's key: $(($(sent a) - before)) bytes"
  compare 'handshake' "$stamp" "$(handshake a)"
  ip -n b link set wg0 down
  up b
  ip -n a link set wg0 down
  up a
  echo "after both began anew: $(answered ping_b 3)"
  set_psk b $public_a $psk
  echo "with both: $(answered ping_b)"
  clean
}

# Sleep and copies of the machine --------------------------------------------------------------

exchanged() { echo $(($(sent a) + $(received a))); }

# Whether a's ping found a session since the last look: initiation and response are no multiple of
# 32 bytes, data and keepalives are. Either end may have begun anew.
session_is() {
  ping_b || fail "no answer $*"
  now=$(exchanged)
  [ $(((now - before) % 32)) = 0 ] && echo "$*: the session of before" || echo "$*: a new one"
  before=$now
}

# Everything short of switching devices off: the notice to all, frozen processes, thawed again.
asleep() { # STATE
  pair
  up a b
  ping_b || fail 'no answer'
  before=$(exchanged)
  session_is awake
  echo freezer >/sys/power/pm_test
  echo 0 >/sys/module/suspend/parameters/pm_test_delay
  echo "$1" >/sys/power/state || echo "no $1"
  echo none >/sys/power/pm_test
  session_is "after $1"
  session_is 'later'
  clean
}

suspended() { asleep freeze; }
hibernated() { asleep disk; }

# vmfork.ko tells the kernel what its driver of the generation counter would.
forked() {
  pair
  up a b
  ping_b || fail 'no answer'
  before=$(exchanged)
  session_is alone
  insmod ./vmfork.ko && rmmod vmfork
  session_is 'after a fork'
  session_is later
  clean
}

# Without IPv6 in the kernel (ipv6.disable=1).
ipv4_only() {
  pair
  in_ns a wg set wg0 peer $public_c endpoint '[fd00::9]:9' allowed-ips 192.168.77.3/32,fd77::/64
  up a b
  echo "sockets: $(sockets a)"
  echo "ping: $(answered ping_b)"
  in_ns a wg show wg0 endpoints | cut -f 2 | sort
  in_ns a ping -q -c 1 -W 1 192.168.77.3 >/dev/null
  in_ns a wg set wg0 listen-port 40000
  echo "sockets: $(sockets a)"
  ip -n a link set wg0 down
  clean
}

clean
for part; do
  echo "# $part"
  "$part"
done
exit 0
