# FreeRADIUS with nothing but Status-Server and one client.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/freeradius
tells="$program -v"

run() {
    cat >radiusd.conf <<CONF
prefix = /usr
localstatedir = $config
name = freeradius
libdir = /usr/lib/freeradius
logdir = $config
run_dir = $config
log {
    destination = stderr
}
max_requests = 16384
cleanup_delay = 0
security {
    reject_delay = 0
    status_server = yes
}
thread pool {
    start_servers = 1
    max_servers = 1
}
client any {
    ipaddr = 0.0.0.0/0
    secret = testing123
}
$(ports "listen {
    type = auth
    ipaddr = $address
    port = " "
}")
authorize {
}
CONF
    as_nobody $program -f -d $config
}
