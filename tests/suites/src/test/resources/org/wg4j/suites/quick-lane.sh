# SPDX-License-Identifier: Apache-2.0
#
# What the cases of QuickLane are written in, beside quick-host.sh: sourced by a script that knows
# them, in a mount namespace of its own. Each case runs configurations in a new network namespace
# and prints what came of it, in parts that begin with a line of RS (036) and a name. A process
# costs an emulated machine some 50 ms: what the shell can do itself, it does.
#
#   lane   stock or ours, which a JVM serves (QuickServer)

dir=/run/quick
net=/run/netns/quick

# What wg-quick and wgj may start is in the first, or where they both look before, in /usr/bin.
PATH=$dir/tools:/usr/bin
# A name that nobody knows is not asked for again and again.
WG_ENDPOINT_RESOLUTION_RETRIES=0
export PATH WG_ENDPOINT_RESOLUTION_RETRIES
umask 077
cd /

part() {
  printf '\n\036%s\n' "$*"
}

show() {
  part "$1"
  [ ! -s "$2" ] || cat "$2"
}

inside() {
  nsenter --net=$net "$@"
}

# start [SERVER...]
start() {
  mount -t tmpfs -o mode=755 run /run
  mkdir -p $dir /run/etc /run/work
  mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work etc /etc
  mkdir -p /etc/wireguard
  echo '192.0.2.77 peer.example' >>/etc/hosts
  printf 'search localdomain\n' >/etc/resolv.conf
  cat >$dir/look.sh <<'END'
PATH=/usr/sbin:/usr/bin
{
  ip -d -batch - <<'BATCH'
addr show
route show table all
rule show
BATCH
  echo '# IPv6 rules'
  ip -6 rule
  read -r mark </proc/sys/net/ipv4/conf/all/src_valid_mark
  echo "# source mark $mark"
  if [ "$1" = iptables ]; then
    for family in '' 6; do
      ip${family}tables-save | awk -v f="$family" '/^\*/ { t = $0 } /^-A/ { print f t, $0 }'
    done
  else
    nft list ruleset
  fi
  echo '# devices'
  wg show all dump
  echo '# resolver'
  if [ "$2" = openresolv ]; then
    resolvconf -l
    cat /etc/resolv.conf
  else
    for file in /run/quick/resolver/*; do
      [ ! -e "$file" ] || { echo "# $file"; cat "$file"; }
    done
  fi
} 2>&1
END
  cat >$dir/recorder <<'END'
#!/bin/sh
# A resolvconf that notes what it is told.
dir=/run/quick
read -r manner <$dir/manner
mkdir -p $dir/resolver
echo "resolvconf $*" >>$dir/calls
case $1 in
-a)
  tee $dir/resolver/"$2" >>$dir/calls
  case $manner in
  failing)
    echo "resolvconf: no" >&2
    exit 4
    ;;
  resolvectl)
    # As resolvectl(1) does it when it is called resolvconf.
    if [ ! -e /proc/sys/net/ipv4/conf/"${2%%.*}" ]; then
      echo "Failed to resolve interface \"$2\": No such device" >&2
      exit 1
    fi
    if ! grep -q '^nameserver' $dir/resolver/"$2"; then
      echo "No DNS servers specified, refusing operation." >&2
      exit 1
    fi
    ;;
  esac
  ;;
-d) rm -f $dir/resolver/"$2" ;;
-l)
  if [ "$manner" = resolvectl ]; then
    echo "Switch -l not supported." >&2
    exit 1
  fi
  cat $dir/resolver/"$2"
  ;;
esac
END
  cat >$dir/broken-nft <<'END'
#!/bin/sh
[ "$1" != -f ] || { echo "nft: no" >&2; exit 3; }
exec /usr/sbin/nft "$@"
END
  chmod 755 $dir/recorder $dir/broken-nft
  for firewall in nft broken iptables none; do
    for resolver in recorder openresolv none; do
      set_of_tools $dir/sets/$firewall-$resolver
    done
  done
  : >$dir/out
  : >$dir/err
  if [ "$lane" = ours ]; then
    mkfifo $dir/commands $dir/answers
    "$@" $dir/commands $dir/answers $net $dir/out $dir/err </dev/null >$dir/server 2>&1 &
    exec 8>$dir/commands 9<$dir/answers
  fi
}

set_of_tools() {
  mkdir -p "$1"
  ln -s /usr/sbin/sysctl "$1"
  case $firewall in
  nft) ln -s /usr/sbin/nft "$1" ;;
  broken) ln -s $dir/broken-nft "$1"/nft ;;
  iptables) ln -s /usr/sbin/iptables /usr/sbin/iptables-save /usr/sbin/iptables-restore \
    /usr/sbin/ip6tables /usr/sbin/ip6tables-save /usr/sbin/ip6tables-restore "$1" ;;
  esac
  case $resolver in
  recorder) ln -s $dir/recorder "$1"/resolvconf ;;
  openresolv) ln -s /usr/sbin/resolvconf "$1" ;;
  esac
}

finish() {
  part end
  if [ "$lane" = ours ]; then
    exec 8>&- 9<&-
    wait
    cat $dir/server >&2
  fi
  ip netns delete quick
}

# begin NUMBER FIREWALL RESOLVER
begin() {
  part "case $1"
  firewall=$2
  resolver=$3
  set=$resolver
  case $resolver in
  openresolv | none) ;;
  *)
    set=recorder
    echo "$resolver" >$dir/manner
    ;;
  esac
  rm -rf $dir/conf $dir/resolver $dir/tools /etc/wireguard/* /etc/resolvconf/interface-order
  mkdir $dir/conf
  ln -s $dir/sets/"$firewall-$set" $dir/tools
  : >$dir/diary
  : >$dir/calls
  [ ! -e $net ] || ip netns delete quick
  make_host
  if [ "$resolver" = openresolv ]; then
    rm -rf /run/resolvconf
    echo 'nameserver 192.0.2.53' | inside /usr/sbin/resolvconf -a host0
  fi
}

# order TEXT: what Debian's resolvconf sorts its sources by
order() {
  mkdir -p /etc/resolvconf
  printf '%s' "$1" >/etc/resolvconf/interface-order
}

# conf MODE FILE: makes a file of what comes in, in base64
conf() {
  base64 -d >"$2"
  [ "$1" = 600 ] || chmod "$1" "$2"
  : >$dir/since
}

# Runs a script in the namespace.
prepare() {
  PATH=/usr/sbin:/usr/bin inside sh -e -s || part "broken preparation"
}

# The same, between calls: one may have failed that it relies on.
meanwhile() {
  PATH=/usr/sbin:/usr/bin inside sh -s >/dev/null 2>&1 || :
}

# look FILE: the file only if it is new
look() {
  part state
  inside sh $dir/look.sh "$firewall" "$resolver"
  show calls $dir/calls
  show diary $dir/diary
  part file
  if [ "$1" -nt $dir/since ]; then
    stat -c %a "$1"
    cat "$1"
  fi
}

# quick WORD...
quick() {
  if [ "$lane" = ours ]; then
    tab=$(printf '\t')
    (IFS=$tab && printf '%s\n' "$*") >&8
    read -r code <&9 || code=-1
  else
    inside wg-quick "$@" </dev/null >$dir/out 2>$dir/err
    code=$?
  fi
  part "run $code"
  show out $dir/out
  show err $dir/err
}
