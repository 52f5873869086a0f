#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh [-t SECONDS] [-k KERNEL-ARGUMENT]... [-a REGEX] [KO...] -- SCRIPT [ARGUMENT...]
# Boots the fast lane's kernel, bookworm's or that of the release that WG4J_LINUX names, on the host's
# own root (read-only; /tmp and /run on RAM), loads the modules in the order given, runs the script as
# root, and passes judgement:
#   exit code 0   the script ended with 0, said so by PID 1 with this run's token, and the kernel log
#                 holds no complaint from the moment PID 1 ran
# Everything else is red: a script that failed, a kernel that died, hung or complained, a token that
# is missing. -t limits the whole run (default 300); -a lets lines of complaint pass that are what the
# script is about. What was printed comes out and is kept in
# build/um/logs. Paths are the host's: the script finds the project where it lies.
set -euo pipefail
uml_name=uml-run
. "$(dirname "$0")/common.sh"

limit=300
arguments=()
allowed='^$'
while getopts t:k:a: option; do
  case $option in
    t) limit=$OPTARG ;;
    k) arguments+=("$OPTARG") ;;
    a) allowed=$OPTARG ;;
    *) sed -n '3p' "$0" >&2; exit 2 ;;
  esac
done
# getopts takes a "--" that comes first for its own end.
modules=()
if [ "${!OPTIND:-}" != -- ] && [ "$OPTIND" -gt 1 ]; then
  previous=$((OPTIND - 1))
  [ "${!previous}" = -- ] && OPTIND=$previous
fi
shift $((OPTIND - 1))
while [ $# -gt 0 ] && [ "$1" != -- ]; do modules+=("$(realpath "$1")"); shift; done
[ $# -ge 2 ] || { sed -n '3p' "$0" >&2; exit 2; }
shift
script=$(realpath "$1")
shift
[ -x "$script" ] || die "not executable: $script"

kernel=$("$uml_here/build-kernel.sh")
logs=$uml_project/build/um/logs
mkdir -p "$logs"
log=$(mktemp "$logs/$(basename "$script" .sh)-XXXXXX.log")
orders=$(mktemp)
trap 'rm -f "$orders"' EXIT
{
  echo "script $script"
  echo "directory $uml_project"
  [ ${#modules[@]} = 0 ] || printf 'module %s\n' "${modules[@]}"
  [ $# = 0 ] || printf 'argument %s\n' "$@"
} >"$orders"
nonce=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')

# A session of its own: the kernel keeps its guests' processes as stopped children, which a kill of
# the kernel alone would set free. Hosts that share time between sessions would not know that ours is
# as nice as we are.
session_nice=$(sed -n 's/.* nice //p' /proc/self/autogroup 2>/dev/null || true)
started=$SECONDS
# Bash would word the end of a kernel that panicked as a crash of a job of ours.
exec 3>&2 2>/dev/null
setsid sh -c '{ [ -z "$0" ] || echo "$0" >/proc/self/autogroup; } 2>/dev/null; exec "$@"' \
  "$session_nice" "$kernel/linux" mem=1024M root=none rootfstype=hostfs rootflags=/ ro \
  "init=$uml_here/init.sh" con0=null,fd:1 con=null loglevel=5 panic=-1 \
  "lab_nonce=$nonce" "lab_orders=$orders" ${arguments[@]+"${arguments[@]}"} \
  </dev/null >"$log" 2>&1 &
uml=$!
trap 'kill -KILL -- -$uml 2>/dev/null || true; rm -f "$orders"' EXIT
tail --pid=$uml -s 0.1 -n +1 -f "$log" | sed -u "s/$nonce/(token)/" &
viewer=$!
while kill -0 $uml 2>/dev/null && [ $((SECONDS - started)) -lt "$limit" ]; do
  # Bash cannot wait for a child with a limit; this only bounds how late the limit is noticed.
  sleep 0.1
done
verdict=ended
if kill -0 $uml 2>/dev/null; then
  kill -KILL -- -$uml
  verdict="killed after $limit s"
fi
wait $uml || true
kill -KILL -- -$uml || true
wait $viewer || true
exec 2>&3

# The console is a terminal: its lines end in carriage returns too.
text=$(tr -d '\r\0' <"$log")
status=$(sed -n "s/^uml-verdict $nonce //p" <<<"$text")
complaints=$(sed "1,/^uml-start $nonce/d" <<<"$text" |
  grep -E -f <(grep -v '^#' "$uml_here/../src/main/resources/org/wg4j/lab/kernel-complaints.txt") |
  grep -vE "$allowed" || true)
if [ -n "$complaints" ]; then
  say "RED: the kernel complains (log in $log):"
  printf '%s\n' "$complaints" >&2
  exit 1
elif [ "$status" = 0 ] && [ "$verdict" = ended ]; then
  say "green: $(basename "$script"), $((SECONDS - started)) s"
elif [ -n "$status" ]; then
  say "RED: $(basename "$script") ended with $status (log in $log)"
  exit 1
else
  say "RED: no success token, the kernel $verdict (log in $log)"
  exit 1
fi
