# chrony's daemon, which tells the local clock as it is and never sets it (-x).
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/chronyd
tells="$program --version"

run() {
    cat >chrony.conf <<CONF
port $port
bindaddress $address
local stratum 8
allow all
cmdport 0
bindcmdaddress /
pidfile $config/chrony.pid
driftfile $config/drift
CONF
    as_nobody $program -x -d -U -u nobody -f $config/chrony.conf
}
