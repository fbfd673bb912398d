# NTPsec's daemon, telling the local clock (orphan mode).  Its clock discipline is off, and the
# capability that would let it set the clock is gone; its port is always 123, for which it keeps root.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/ntpd
tells="$program --version"

# Its own requests are not among those.
drops() {
    ntpq -c sysstats 127.0.0.1 |
        sed -n '/^KoD/d; s/^\(bad\|authentication\|declined\|restricted\|rate\)[^:]*:/dropped /p' |
        sum_of dropped
}

run() {
    cat >ntp.conf <<CONF
disable ntp
disable kernel
disable monitor
tos orphan 8 orphanwait 0 minclock 1 minsane 0
interface ignore wildcard
$(echo "$address" | tr , '\n' | sed 's/^/interface listen /')
restrict default noquery
restrict 127.0.0.0/8
restrict ::1
CONF
    exec setpriv --bounding-set=-sys_time --no-new-privs $program -n -c $config/ntp.conf
}
