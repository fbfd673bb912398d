# memcached with its UDP ports open, which they are not unless it is said.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/memcached
tells="$program --version"

run() {
    as_nobody $program -U "$port" -p 0 -l "$(ports_list "$address:")" -t 1
}
