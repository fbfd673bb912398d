# PowerDNS' resolver, which here answers from a zone file and asks nobody.  What it keeps of
# names and clients for its statistics is off, since it would be taken for a leak.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/pdns_recursor
tells="$program --version"

run() {
    zone e.zone
    cat >recursor.conf <<CONF
local-address=$(ports_list "$address:")
auth-zones=e=$config/e.zone
socket-dir=$config
threads=1
pdns-distributes-queries=no
distribution-pipe-buffer-size=0
daemon=no
disable-syslog=yes
loglevel=3
write-pid=no
webserver=no
security-poll-suffix=
dnssec=off
hint-file=no
max-cache-entries=1000
max-packetcache-entries=1000
disable-packetcache=yes
stats-ringbuffer-entries=0
CONF
    as_nobody $program --config-dir=$config
}
