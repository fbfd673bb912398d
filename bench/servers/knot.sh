# CZ.NIC's authoritative server.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/knotd
tells="$program --version"

run() {
    zone e.zone
    cat >knot.conf <<CONF
server:
    rundir: $config
    listen: [$(ports_list "$address@")]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: $config/db
control:
    listen: $config/knot.sock
log:
  - target: stderr
    any: error
zone:
  - domain: e.
    file: $config/e.zone
    zonefile-load: whole
    journal-content: none
CONF
    as_nobody $program -c $config/knot.conf
}
