# PowerDNS' authoritative server with the backend that reads BIND's zone files.  Its caches are off:
# each name is asked for once, and what they hold would be taken for a leak.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/pdns_server
tells="$program --version"

drops() {
    pdns_control --socket-dir=$config show '*' | tr ',=' '\n ' |
        sum_of 'corrupt-packets|overload-drops|timedout-packets'
}

run() {
    zone e.zone
    echo "zone \"e\" { type master; file \"$config/e.zone\"; };" >bind.conf
    cat >pdns.conf <<CONF
launch=bind
bind-config=$config/bind.conf
local-address=$(ports_list "$address:")
socket-dir=$config
receiver-threads=1
distributor-threads=1
daemon=no
guardian=no
disable-syslog=yes
loglevel=3
write-pid=no
webserver=no
security-poll-suffix=
consistent-backends=no
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
CONF
    as_nobody $program --config-dir=$config
}
