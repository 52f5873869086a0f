# SPDX-License-Identifier: Apache-2.0
# Completion of wgj for fish, made from its commands by org.wg4j.cli.Documents. As for bash, a
# command's arguments are a machine of states; what begins with @ is looked up on this machine.

@TABLES@
function __wgj_look_up
    switch $argv[1]
        case @command
            __wgj_summaries
        case @interface
            for file in /sys/class/net/*/uevent
                if string match -q DEVTYPE=wireguard <$file
                    string replace -r '.*/([^/]+)/uevent' '$1' $file
                end
            end
        case @name
            for file in /etc/wireguard/*.conf
                string replace -r '.*/([^/]+)\.conf' '$1' $file
            end
        case @namespace
            for file in /run/netns/*
                string replace -r '.*/' '' $file
            end
        case @peer
            if test -n "$argv[3]"
                $argv[2] show $argv[3] peers 2>/dev/null
            end
        case @file.conf
            __fish_complete_suffix .conf
        case @file
            __fish_complete_path (commandline -ct)
        case '@*'
            # A number, an address: nothing to look up.
        case '*'
            echo $argv[1]
    end
end

function __wgj_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -l command ''
    set -l interface ''
    set -l state 0
    set -l value ''
    set -l offers
    for word in $words[2..-1]
        set -l option (__wgj_option "$command" "$word")
        if test -n "$value"
            set value ''
        else if test -n "$option"
            # A dash: it takes no value.
            test "$option" != -; and set value $option
        else if test -z "$command"
            set command $word
        else
            set -l next (__wgj_step "$command $state" "$word" | string split ' ')
            set state $next[1]
            test (count $next) = 2; and set interface $word
        end
    end
    if test -n "$value"
        set offers $value
    else if string match -q -- '-*' "$current"
        set offers (__wgj_options "$command" | string split ' ')
    else if test -z "$command"
        set offers @command
    else
        set offers (__wgj_offer "$command $state" | string split ' ')
    end
    for offer in $offers
        __wgj_look_up $offer "$program" "$interface"
    end
end

complete -c wgj -f -a '(__wgj_candidates)'
