# SPDX-License-Identifier: Apache-2.0
# Runs the stages of a build or test run and keeps the score; sourced, not run.
#
#   stage NAME [-f FILTER] HEADLINE -- COMMAND...
#       Prints the headline, runs the command with its output in build/logs/NAME.log, shows those of
#       its lines that match FILTER (an extended regular expression) as progress and a sign of life
#       every half minute, then "ok" with the time taken, or the log's tail and where it is.
#       Counts of tests are read from the log: see `counts`. Returns the command's exit code.
#   skip NAME HEADLINE REASON
#   needs NAME          whether that stage ran and was green
#   verdict TITLE       the closing table; exit code 0 only if every stage was green
#
# A stage is green if its command ends with 0, and, where it counts tests, ran at least one.

stages_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
stages_logs=$stages_root/build/logs
stages_started=$SECONDS
stages_names=()
declare -A stage_state stage_headline stage_seconds stage_counts
mkdir -p "$stages_logs"

if [ -t 1 ]; then
  bold=$(printf '\033[1m') red=$(printf '\033[31m') green=$(printf '\033[32m') plain=$(printf '\033[0m')
else
  bold='' red='' green='' plain=''
fi

duration() {
  if [ "$1" -ge 60 ]; then printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); else printf '%d s' "$1"; fi
}

# Keeps all of standard input in the log, shows what matches, and says every half minute that it
# is still there.
follow() {
  local log=$1 filter=$2 since=$SECONDS line='' part='' status
  : >"$log"
  while :; do
    status=0
    IFS= read -r -t 30 part || status=$?
    line+=$part
    if [ $status -gt 128 ]; then
      printf '      ... %s\n' "$(duration $((SECONDS - since)))"
      continue
    fi
    [ $status = 0 ] || [ -n "$line" ] || break
    printf '%s\n' "$line" >>"$log"
    if [ -n "$filter" ] && [[ $line =~ $filter ]]; then
      line=${line%$'\r'}
      printf '      %s\n' "${line#'[INFO] '}"
    fi
    line=''
    [ $status = 0 ] || break
  done
}

# "RUN FAILURES ERRORS SKIPPED" of a log, or nothing. Three dialects: Surefire's line for a whole
# module, the summary of kunit.sh, and the KTAP of the suites in user space.
counts() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /Tests run: [0-9]+, Failures: [0-9]+, Errors: [0-9]+, Skipped: [0-9]+ *$/ {
      for (i = 1; i < NF; i++) {
        if ($i == "run:") run += $(i + 1)
        if ($i == "Failures:") failures += $(i + 1)
        if ($i == "Errors:") errors += $(i + 1)
        if ($i == "Skipped:") skipped += $(i + 1)
      }
      seen = 1
    }
    /^kunit: [0-9]+ suites, [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped/ {
      run += $4 + $6 + $8; failures += $6; skipped += $8; seen = 1
    }
    # KTAP: the tests of a suite stand four spaces in.
    /^    (not )?ok [0-9]+ / {
      run++; seen = 1
      if ($1 == "not") failures++; else if (/# SKIP/) skipped++
    }
    END { if (seen) print run + 0, failures + 0, errors + 0, skipped + 0 }'
}

stage() {
  local name=$1 filter='' headline started status log
  shift
  if [ "$1" = -f ]; then filter=$2; shift 2; fi
  headline=$1
  shift
  [ "$1" = -- ] && shift
  log=$stages_logs/$name.log
  stages_names+=("$name")
  stage_headline[$name]=$headline
  started=$SECONDS
  printf '%s==> %s%s\n' "$bold" "$headline" "$plain"
  "$@" </dev/null 2>&1 | follow "$log" "$filter"
  status=${PIPESTATUS[0]}
  stage_seconds[$name]=$((SECONDS - started))
  stage_counts[$name]=$(counts "$log")
  # A runner that ended well without running a test has not tested anything.
  case ${stage_counts[$name]} in
    '0 '*) [ "$status" = 0 ] && { status=1; echo 'no test ran' >>"$log"; } ;;
  esac
  if [ "$status" = 0 ]; then
    stage_state[$name]=ok
    printf '    %sok%s (%s)\n' "$green" "$plain" "$(duration ${stage_seconds[$name]})"
  else
    stage_state[$name]=FAILED
    printf '    %sFAILED%s (%s), exit code %s; the end of the log:\n' \
      "$red" "$plain" "$(duration ${stage_seconds[$name]})" "$status"
    tail -n 40 "$log" | sed 's/^/    | /'
    printf '    the whole log: %s\n' "${log#"$stages_root"/}"
  fi
  return "$status"
}

skip() {
  stages_names+=("$1")
  stage_headline[$1]=$2
  stage_state[$1]=skipped
  stage_seconds[$1]=0
  stage_counts[$1]=''
  printf '%s==> %s%s\n    skipped: %s\n' "$bold" "$2" "$plain" "$3"
}

needs() { [ "${stage_state[$1]:-}" = ok ]; }

verdict() {
  local title=$1 name failed=() run=0 failures=0 errors=0 skipped=0 r f e s
  printf '\n%s%s%s\n' "$bold" "$title" "$plain"
  for name in "${stages_names[@]}"; do
    r=''
    read -r r f e s <<<"${stage_counts[$name]}" || true
    if [ -n "$r" ]; then
      run=$((run + r)) failures=$((failures + f)) errors=$((errors + e)) skipped=$((skipped + s))
      r="Tests run: $r, Failures: $f, Errors: $e, Skipped: $s"
    fi
    printf '  %-7s %12s  %-44s %s\n' "${stage_state[$name]}" \
      "$(duration ${stage_seconds[$name]})" "${stage_headline[$name]}" "$r"
    [ "${stage_state[$name]}" = FAILED ] && failed+=("$name")
  done
  [ $run = 0 ] || printf 'Tests run: %d, Failures: %d, Errors: %d, Skipped: %d\n' $run $failures $errors $skipped
  if [ ${#failed[@]} = 0 ]; then
    printf '%s%s: GREEN%s in %s\n' "$green" "$title" "$plain" "$(duration $((SECONDS - stages_started)))"
    return 0
  fi
  printf '%s%s: RED%s in %s: %s; logs in build/logs\n' "$red" "$title" "$plain" \
    "$(duration $((SECONDS - stages_started)))" "${failed[*]}"
  return 1
}
