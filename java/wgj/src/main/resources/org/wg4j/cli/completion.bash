# SPDX-License-Identifier: Apache-2.0
# Completion of wgj for bash, made from its commands by org.wg4j.cli.Documents.
#
# A command's arguments are a machine: _wgj_offer says what fits in a state, _wgj_step where a word
# leads. What begins with @ is looked up on this machine. Nothing here asks the kernel with more
# rights than the user has.

@TABLES@
# Not all interfaces: only WireGuard's.
_wgj_interfaces() {
  local file line
  for file in /sys/class/net/*/uevent; do
    [ -r "$file" ] || continue
    while IFS= read -r line; do
      if [ "$line" = DEVTYPE=wireguard ]; then
        file=${file%/uevent}
        printf '%s\n' "${file##*/}"
      fi
    done <"$file"
  done
}

_wgj_configurations() {
  local file
  for file in /etc/wireguard/*.conf; do
    [ -e "$file" ] || continue
    file=${file##*/}
    printf '%s\n' "${file%.conf}"
  done
}

_wgj_namespaces() {
  local file
  for file in /run/netns/*; do
    [ ! -e "$file" ] || printf '%s\n' "${file##*/}"
  done
}

# Adds what begins like the current word. Names with characters that the shell would read are left out.
_wgj_add() {
  local word
  for word; do
    if [[ $word == "$current"* && $word != *[!A-Za-z0-9_=+./:@%,-]* ]]; then
      COMPREPLY+=("$word")
    fi
  done
}

_wgj_add_lines() {
  local lines
  mapfile -t lines
  _wgj_add "${lines[@]}"
}

_wgj_add_files() {
  local file
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do
    if [[ -d $file || $file == *"$1" ]]; then COMPREPLY+=("$file"); fi
  done < <(compgen -f -- "$current")
}

_wgj_look_up() {
  case $1 in
    @command) _wgj_add $_wgj_commands ;;
    @interface) _wgj_add_lines < <(_wgj_interfaces) ;;
    @name) _wgj_add_lines < <(_wgj_configurations) ;;
    @namespace) _wgj_add_lines < <(_wgj_namespaces) ;;
    @peer) [ -z "$interface" ] || _wgj_add_lines < <("$program" show "$interface" peers 2>/dev/null) ;;
    @file.conf) _wgj_add_files .conf ;;
    @file) _wgj_add_files '' ;;
    @*) ;; # a number, an address: nothing to look up
    *) _wgj_add "$1" ;;
  esac
}

_wgj() {
  local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT}
  local words current program command='' interface='' state=0 value='' word REPLY
  COMPREPLY=()
  # The shell's own words end at each = and :, and keys and endpoints have those.
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  program=${words[0]}
  current=${words[${#words[@]}-1]}
  for word in "${words[@]:1:${#words[@]}-2}"; do
    if [ -n "$value" ]; then
      value=''
    elif _wgj_option "$command" "$word"; then
      value=$REPLY
    elif [ -z "$command" ]; then
      command=$word
    else
      _wgj_step "$command $state" "$word"
      state=$REPLY
    fi
  done
  if [ -n "$value" ]; then
    REPLY=$value
  elif [[ $current == -* ]]; then
    _wgj_options "$command"
  elif [ -z "$command" ]; then
    REPLY=@command
  else
    _wgj_offer "$command $state"
  fi
  for word in $REPLY; do
    _wgj_look_up "$word"
  done
  case $current in
    *[:=]*)
      word=${current%"${current##*[:=]}"}
      COMPREPLY=("${COMPREPLY[@]#"$word"}")
      ;;
  esac
}

complete -F _wgj wgj
