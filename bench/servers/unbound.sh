# NLnet Labs' resolver, which here answers from data of its own and asks nobody.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/unbound
tells="$program -V"

run() {
    cat >unbound.conf <<CONF
server:
    num-threads: 1
    verbosity: 0
    do-daemonize: no
    use-syslog: no
    username: ""
    chroot: ""
    pidfile: ""
    directory: "$config"
$(ports "    interface: $address@")
    do-tcp: no
    access-control: 0.0.0.0/0 allow_snoop
    access-control: ::0/0 allow_snoop
    module-config: "iterator"
    local-zone: "e." redirect
    local-data: "e. 3600 IN A 192.0.2.1"
remote-control:
    control-enable: no
CONF
    as_nobody $program -d -p -c $config/unbound.conf
}
