# chrony's daemon, which tells the local clock as it is and never sets it (-x).
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/chronyd
tells="$program --version"

drops() {
    chronyc -h $config/command/chronyd.sock serverstats |
        sed -n 's/^NTP packets dropped *:/dropped /p' | sum_of dropped
}

run() {
    # Nobody's alone, or it does without.
    mkdir -m 770 command
    chgrp nogroup command 2>/dev/null || true
    cat >chrony.conf <<CONF
port $port
bindaddress $address
local stratum 8
allow all
cmdport 0
bindcmdaddress $config/command/chronyd.sock
${EDGEWISE_SERVER_DROPS:+ratelimit interval -4 burst 8 leak 1}
pidfile $config/chrony.pid
driftfile $config/drift
CONF
    as_nobody $program -x -d -U -u nobody -f $config/chrony.conf
}
