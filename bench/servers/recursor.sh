# PowerDNS' resolver, which here answers from a zone file and asks nobody.  What it keeps of
# names and clients for its statistics is off, since it would be taken for a leak.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/pdns_recursor
tells="$program --version"

drops() {
    rec_control --socket-dir=$config get-all | sum_of '.*-drops'
}

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
${EDGEWISE_SERVER_DROPS:+lua-dns-script=$config/drops.lua}
CONF
    cat >drops.lua <<'LUA'
asked = 0
function ipfilter() asked = asked + 1; return asked % 97 == 0 end
LUA
    as_nobody $program --config-dir=$config
}
