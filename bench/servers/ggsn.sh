# Osmocom's GGSN, an instance for each address, without access points: what is asked here is whether
# it is there.  Its port is always 2152.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/osmo-ggsn
tells="$program --version"

run() {
    {
        printf 'line vty\n bind 127.0.0.1\n'
        for one in $(echo "$address" | tr , ' '); do
            mkdir $config/$one
            printf 'ggsn %s\n gtp state-dir %s\n' $one $config/$one
            printf ' gtp bind-ip %s\n no shutdown ggsn\n' $one
        done
    } >ggsn.cfg
    as_nobody $program -c $config/ggsn.cfg
}
