# NLnet Labs' authoritative server.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/nsd
tells="$program -v"

drops() {
    nsd-control -c $config/nsd.conf stats_noreset | tr '=' ' ' | sum_of 'num[.]dropped'
}

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
    rrl-ratelimit: ${EDGEWISE_SERVER_DROPS:-0}
    rrl-slip: 0
remote-control:
    control-enable: yes
    control-interface: $config/control
zone:
    name: e.
    zonefile: e.zone
CONF
    as_nobody $program -d -c $config/nsd.conf
}
