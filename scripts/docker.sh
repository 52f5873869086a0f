#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: docker.sh check | run COMMAND...
# `run` gives a command a Docker Engine: the one that `docker` reaches (DOCKER_HOST and the like), else
# one of our own for as long as the command runs. That one needs root and Debian's docker.io, but no
# systemd; it lives in a network namespace of its own, so that its bridges and firewall rules are not
# this machine's, and keeps its images in the cache. `check` says in one line why there can be none
# (exit code 1), or nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
image_name=docker
. tests/lab/image/common.sh

root=${WG4J_CACHE:-$HOME/.cache/wg4j}/docker
work=
daemon=

finish() {
  [ -z "$daemon" ] || { as_root kill "$daemon" 2>/dev/null && wait "$daemon"; } || true
  [ -z "$work" ] || as_root rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' TERM INT HUP

# Sets DOCKER_HOST for a daemon that has answered, or `problem`.
start() {
  local dockerd log
  dockerd=$(PATH=$PATH:/usr/sbin:/sbin command -v dockerd) || {
    problem='no Docker Engine answers, and there is no dockerd (scripts/setup.sh docker) to start'
    return 1
  }
  mkdir -p "$root"
  exec 8>"$root/lock"
  flock -n 8 || { say "waiting for another run's Docker Engine"; flock 8; }
  # Sockets have short paths.
  work=$(mktemp -d /tmp/wg4j-docker-XXXXXX)
  log=$work/log
  as_root unshare --net sh -c '
    ip link set lo up
    exec setpriv --pdeathsig TERM "$1" --host "unix://$2/docker.sock" --group "$3" --data-root "$4/data" \
      --exec-root "$2/exec" --pidfile "$2/pid"
  ' start_dockerd "$dockerd" "$work" "$(id -gn)" "$root" >"$log" 2>&1 8>&- &
  daemon=$!
  export DOCKER_HOST=unix://$work/docker.sock
  for _ in $(seq 600); do
    docker version >/dev/null 2>&1 && return
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  problem="dockerd does not start: $(grep -E 'level=(error|fatal)|failed|^[^ ]*: ' "$log" | tail -n 1 | cut -c1-300)"
  return 1
}

problem=
have_engine() {
  command -v docker >/dev/null && docker version >/dev/null 2>&1 || start
}

case ${1:-} in
  check)
    have_engine || { echo "$problem"; exit 1; }
    ;;
  run)
    shift
    have_engine || die "$problem"
    "$@"
    ;;
  *)
    sed -n '3p' "$0" >&2
    exit 2
    ;;
esac
