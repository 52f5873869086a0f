#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: fuzz.sh SECONDS [TARGET...]
# Goes on fuzzing each target (default: all) for so long, from the corpus that is kept in the tree and
# what earlier runs have left in build/fuzz, and puts into the tree what reaches code that nothing kept
# does. SEED=n in the environment repeats a run, as far as time does not come into it.
#   handshake cookie allowedips timers replay   in user space, under sanitizers
#   netlink                                     in user-mode Linux, under KASAN and lockdep
# An input that fails is kept in build/fuzz/TARGET; the last lines say how to run it again.
set -euo pipefail
cd "$(dirname "$0")/.."

user_targets=(handshake cookie allowedips timers replay)
guest_targets=(netlink)
kept=kernel/tests/fuzz/corpus
out=$PWD/build/fuzz

usage() { sed -n '3p' "$0" >&2; exit 2; }
say() { printf 'fuzz: %s\n' "$*"; }

seconds=${1:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || usage
shift
[ $# -gt 0 ] || set -- "${user_targets[@]}" "${guest_targets[@]}"
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}

# What a target can make use of: more bytes only make each input slower.
max_len() {
  case $1 in
    handshake | cookie) echo 512 ;;
    allowedips) echo 4096 ;;
    *) echo 2048 ;;
  esac
}

# A corpus is one text file in the tree, a line an input; libFuzzer wants a file each.
unpack() { # TARGET DIRECTORY
  rm -rf "$2" && mkdir -p "$2"
  [ ! -e "$kept/$1.hex" ] || perl -ne '
    BEGIN { $directory = shift }
    next if /^#/;
    chomp;
    open my $file, ">", sprintf("%s/%05d", $directory, $.) or die $!;
    print $file pack("H*", $_);
  ' "$2" "$kept/$1.hex"
}

pack() { # TARGET DIRECTORY; the shortest first
  {
    echo '# SPDX-License-Identifier: GPL-2.0'
    perl -e '
      local $/;
      for (sort { -s $a <=> -s $b || $a cmp $b } glob "$ARGV[0]/*") {
        open my $file, "<", $_ or die $!;
        print unpack("H*", <$file> // ""), "\n";
      }' "$2"
  } >"$kept/$1.hex.part"
  mv "$kept/$1.hex.part" "$kept/$1.hex"
}

fuzzer() { # TARGET ARGUMENT...
  local target=$1
  shift
  case " ${guest_targets[*]} " in
    *" $target "*) tests/lab/uml/fuzz.sh "$target" "$@" ;;
    *) "build/kunit-user-fuzz/${target}_fuzzer" "$@" ;;
  esac
}

fuzz() { # TARGET
  local target=$1 dir=$out/$1 status=0
  mkdir -p "$dir/found"
  unpack "$target" "$dir/kept"
  say "$target: $seconds s, seed $seed, $(find "$dir/kept" -type f | wc -l) inputs kept"
  TIMEFORMAT='fuzz: %U s of its own, %S s of the system'
  { time fuzzer "$target" -seed="$seed" -max_total_time="$seconds" -max_len="$(max_len "$target")" \
    -len_control=0 -timeout=120 -print_final_stats=1 -artifact_prefix="$dir/" "$dir/found" "$dir/kept"; } \
    >"$dir/log" 2>&1 || status=$?
  grep -E '^fuzz: |stat::number_of_executed' "$dir/log" || true
  grep -E '[[:space:]]cov: ' "$dir/log" | tail -n 1
  if [ "$status" != 0 ]; then
    tail -n 40 "$dir/log"
    say "$target: FAILED; the input is in $dir"
    return 1
  fi
  # What reaches new code, not what only does it more often: the tree keeps few and small inputs.
  rm -rf "$dir/merged" && mkdir "$dir/merged"
  fuzzer "$target" -merge=1 -use_counters=0 -max_len="$(max_len "$target")" "$dir/merged" \
    "$dir/kept" "$dir/found" >"$dir/merge.log" 2>&1 || { tail -n 20 "$dir/merge.log"; return 1; }
  pack "$target" "$dir/merged"
  say "$target: $(find "$dir/merged" -type f | wc -l) inputs in $kept/$target.hex"
}

make -s -C kernel/tests fuzzers
failed=()
for target; do
  case " ${user_targets[*]} ${guest_targets[*]} " in
    *" $target "*) ;;
    *) say "there is no target $target" >&2; usage ;;
  esac
  fuzz "$target" || failed+=("$target")
done
[ ${#failed[@]} = 0 ] || { say "FAILED: ${failed[*]}"; exit 1; }
