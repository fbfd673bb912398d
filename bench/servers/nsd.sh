# NLnet Labs' authoritative server.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/nsd
tells="$program -v"

run() {
    zone e.zone
    cat >nsd.conf <<CONF
server:
$(ports "    ip-address: $address@")
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "$config"
    database: ""
    pidfile: ""
    xfrdfile: "$config/xfrd.state"
    zonelistfile: "$config/zone.list"
    xfrdir: "$config"
    verbosity: 0
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: e.
    zonefile: e.zone
CONF
    as_nobody $program -d -c $config/nsd.conf
}
