#compdef wgj
# SPDX-License-Identifier: Apache-2.0
# Completion of wgj for zsh, made from its commands by org.wg4j.cli.Documents. As for bash, a
# command's arguments are a machine of states; what begins with @ is looked up on this machine.

@TABLES@
_wgj_look_up() {
  local -a found
  case $1 in
    @command) _describe -t commands command _wgj_summaries ;;
    @interface)
      found=(/sys/class/net/*/uevent(Ne['grep -qx DEVTYPE=wireguard $REPLY']))
      compadd -- ${${found:h}:t}
      ;;
    @name) found=(/etc/wireguard/*.conf(N:t:r)) && compadd -- $found ;;
    @namespace) found=(/run/netns/*(N:t)) && compadd -- $found ;;
    @peer) [[ -z $interface ]] || compadd -- ${(f)"$($program show $interface peers 2>/dev/null)"} ;;
    @file.conf) _files -g '*.conf' ;;
    @file) _files ;;
    @*) ;; # a number, an address: nothing to look up
    *) compadd -- $1 ;;
  esac
}

_wgj() {
  local program=$words[1] command='' interface='' state=0 value='' word REPLY
  for word in "${(@)words[2,CURRENT-1]}"; do
    if [[ -n $value ]]; then
      value=''
    elif _wgj_option "$command" "$word"; then
      value=$REPLY
    elif [[ -z $command ]]; then
      command=$word
    else
      _wgj_step "$command $state" "$word"
      state=$REPLY
    fi
  done
  if [[ -n $value ]]; then
    REPLY=$value
  elif [[ $words[CURRENT] == -* ]]; then
    _wgj_options "$command"
  elif [[ -z $command ]]; then
    REPLY=@command
  else
    _wgj_offer "$command $state"
  fi
  for word in ${=REPLY}; do
    _wgj_look_up "$word"
  done
}

_wgj "$@"
