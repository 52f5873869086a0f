#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: fuzz.sh SECONDS [TARGET...]
# Goes on fuzzing each target (default: all) for so long, from the corpus that is kept in the tree and
# what earlier runs have left in build/fuzz, and puts into the tree what reaches code that nothing kept
# does. 0 seconds: runs what is kept once, and changes nothing.
#   door handshake cookie allowedips timers replay   in user space, under sanitizers
#   netlink                                          in user-mode Linux, under KASAN and lockdep
# SEED=n in the environment repeats a run, as far as time does not come into it. What each run has cost
# and reached is added to build/fuzz/ledger.tsv. An input that fails is kept in build/fuzz/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."

user_targets=(door handshake cookie allowedips timers replay)
guest_targets=(netlink)
kept=kernel/tests/fuzz/corpus
out=$PWD/build/fuzz

usage() { sed -n '3p' "$0" >&2; exit 2; }
say() { printf 'fuzz: %s\n' "$*"; }

seconds=${1:-}
[[ $seconds =~ ^[0-9]+$ ]] || usage
shift
[ $# -gt 0 ] || set -- "${user_targets[@]}" "${guest_targets[@]}"
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}

is_guest_target() { [[ " ${guest_targets[*]} " == *" $1 "* ]]; }

# What a target can make use of: more bytes only make each input slower.
max_len() {
  case $1 in
    door | handshake | cookie) echo 512 ;;
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

count() { find "$1" -type f | wc -l; }

fuzzer() { # TARGET ARGUMENT...
  local target=$1
  shift
  set -- -max_len="$(max_len "$target")" -timeout=120 -artifact_prefix="$out/$target/" "$@"
  if is_guest_target "$target"; then
    tests/lab/uml/fuzz.sh "$target" "$@"
  else
    "build/kunit-user-fuzz/${target}_fuzzer" "$@"
  fi
}

note_run() { # TARGET LOG
  awk -v OFS='\t' -v date="$(date -u +%FT%TZ)" -v target="$1" -v seed="$seed" '
    { sub(/\r$/, "") }
    /^stat::number_of_executed_units:/ { executed = $2 }
    / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") { cov = $(i + 1); ft = $(i + 3) } }
    /^fuzz: CPU / { cpu = $3 + $6 }
    END { print date, target, "seed " seed, "cpu " cpu " s", "executed " executed, "cov " cov, "ft " ft }
  ' "$2" | tee -a "$out/ledger.tsv"
}

fuzz() { # TARGET
  local target=$1 dir=$out/$1 status=0 arguments=(-runs=0)
  mkdir -p "$dir/found"
  unpack "$target" "$dir/kept"
  if [ "$seconds" != 0 ]; then
    arguments=(-seed="$seed" -max_total_time="$seconds" -len_control=0 -print_final_stats=1 "$dir/found")
  fi
  say "$target: $seconds s, seed $seed, $(count "$dir/kept") inputs kept"
  TIMEFORMAT='fuzz: CPU %U s, and %S s in the system'
  { time fuzzer "$target" "${arguments[@]}" "$dir/kept"; } >"$dir/log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    tail -n 40 "$dir/log"
    say "$target: FAILED, the log is $dir/log, the input beside it"
    return 1
  fi
  if [ "$seconds" = 0 ]; then
    # The form in which scripts/stages.sh counts tests.
    printf '    ok 1 corpus of %s: %d inputs\n' "$target" "$(count "$dir/kept")"
    return
  fi
  note_run "$target" "$dir/log"
  # What reaches new code, not what only does it more often: the tree keeps few and small inputs. None
  # that is there goes, as some were written to show what coverage does not.
  fuzzer "$target" -merge=1 -use_counters=0 "$dir/kept" "$dir/found" >"$dir/merge.log" 2>&1 ||
    { tail -n 20 "$dir/merge.log"; return 1; }
  pack "$target" "$dir/kept"
  say "$target: $(count "$dir/kept") inputs in $kept/$target.hex"
}

failed=() built=
for target; do
  [[ " ${user_targets[*]} ${guest_targets[*]} " == *" $target "* ]] || { say "there is no $target"; usage; }
  if [ -z "$built" ] && ! is_guest_target "$target"; then
    make -s -C kernel/tests fuzzers
    built=yes
  fi
  fuzz "$target" || failed+=("$target")
done
[ ${#failed[@]} = 0 ] || { say "FAILED: ${failed[*]}"; exit 1; }
