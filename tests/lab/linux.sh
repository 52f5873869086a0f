# SPDX-License-Identifier: Apache-2.0
# Building kernels of our own from Debian's linux-source, and modules for them; sourced by uml/ and
# debug/, which bring say and die. All kernels of a version share one source tree, which building
# elsewhere (O=) leaves clean.
# WG4J_LINUX says of which release: bookworm, whose linux-source-6.1 is installed, and the default; or
# another one, whose package image/linux-source.sh fetches.

linux_project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
linux_cache=${WG4J_CACHE:-$HOME/.cache/wg4j}
. "$linux_project/tests/lab/mirror.sh"

linux_release=${WG4J_LINUX:-bookworm}

linux_version() {
  local package
  if [ "$linux_release" = bookworm ]; then
    dpkg-query -W -f '${Version}' linux-source-6.1 2>/dev/null ||
      die "linux-source-6.1 is not installed: run scripts/setup.sh uml"
  else
    package=$("$linux_project/tests/lab/image/linux-source.sh" "$linux_release") || exit 1
    dpkg-deb -f "$package" Version
  fi
}

# The release's source, as its package has it.
linux_tarball() {
  local package
  if [ "$linux_release" = bookworm ]; then
    cat /usr/src/linux-source-6.1.tar.xz
  else
    package=$("$linux_project/tests/lab/image/linux-source.sh" "$linux_release") || exit 1
    dpkg-deb --fsys-tarfile "$package" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz'
  fi
}

# The source tree, unpacked by whoever comes first.
linux_source() {
  local version source
  version=$(linux_version) || exit 1
  source=$linux_cache/uml/source-$version
  mkdir -p "$linux_cache/uml"
  (
    exec 8>"$linux_cache/uml/source.lock"
    flock 8
    if [ ! -d "$source" ]; then
      say "unpacking the source of linux $version (half a minute)"
      rm -rf "$source.part"
      mkdir "$source.part"
      linux_tarball | tar -C "$source.part" --strip-components=1 -xJ
      mv "$source.part" "$source"
    fi
  )
  printf '%s\n' "$source"
}

# Dies unless every line of a fragment is in the configuration that came out.
linux_require_configuration() { # CONFIGURATION FRAGMENT
  local line option
  while read -r line; do
    case $line in
      CONFIG_*=*) grep -qxF "$line" "$1" || die "the configuration lost $line" ;;
      '# CONFIG_'*' is not set')
        option=${line#\# }
        ! grep -q "^${option%% *}=" "$1" || die "the configuration gained ${option%% *}" ;;
    esac
  done <"$2"
}

# Runs a build of many minutes, its output in a file, and says now and then how far it is.
linux_build() { # DIRECTORY OBJECTS COMMAND...
  local dir=$1 objects=$2 started=$SECONDS maker
  shift 2
  say "building (5-15 minutes, log in $dir/build.log)"
  "$@" >"$dir/build.log" 2>&1 &
  maker=$!
  trap "kill $maker 2>/dev/null || true" EXIT
  while kill -0 $maker 2>/dev/null; do
    # Sleeps in short steps only to notice the end soon; the count is for the reader.
    for _ in $(seq 30); do kill -0 $maker 2>/dev/null && sleep 1; done
    kill -0 $maker 2>/dev/null &&
      say "$(find "$dir/build" -name '*.o' | wc -l) of some $objects objects, $((SECONDS - started)) s"
  done
  wait $maker || { tail -20 "$dir/build.log" >&2; die "build failed, see $dir/build.log"; }
  trap - EXIT
  say "built in $((SECONDS - started)) s"
}

# Compiles a copy of a module's sources against the build directory of a kernel, unless what is there
# was made of the same, and prints the paths of the .ko files.
linux_module() { # SOURCE OUT BUILD-DIRECTORY MAKE-ARGUMENT...
  local source out=$2 build=$3 wanted
  source=$(cd "$1" && pwd)
  shift 3
  mkdir -p "$out"
  out=$(cd "$out" && pwd)
  exec 9>"$out/.lock"
  flock -n 9 || { say "waiting for another builder"; flock 9; }
  wanted=$(mirror_sum "$source"; echo "$build" "$@")
  if [ -e "$out/.made" ] && [ "$(cat "$out/.made")" = "$wanted" ]; then
    ls "$out"/*.ko
    return
  fi

  mirror_update "$source" "$out/source"
  say "compiling $source"
  rm -f "$out/.made" "$out"/*.ko "$out"/source/*.ko
  if ! make -s -j"$(nproc)" -C "$build" M="$out/source" "$@" modules >"$out/log" 2>&1; then
    tail -40 "$out/log" >&2
    die "the module does not compile, see $out/log"
  fi
  grep -E 'warning:' "$out/log" >&2 || true
  cp "$out"/source/*.ko "$out/" || die "no .ko came out of $source"
  printf '%s\n' "$wanted" >"$out/.made"
  ls "$out"/*.ko
}
