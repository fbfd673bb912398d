# NLnet Labs' resolver, which answers from data of its own unless it is given an upstream.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/unbound
tells="$program -V"

data() {
    if [ -n "$upstream" ]; then
        cat <<CONF
    do-not-query-localhost: no
    outgoing-range: 8192
    num-queries-per-thread: 4096
forward-zone:
    name: "."
    forward-addr: $address@$upstream
CONF
    else
        echo '    local-zone: "e." redirect'
        echo '    local-data: "e. 3600 IN A 192.0.2.1"'
    fi
}

full='total[.]requestlist[.](exceeded|overwritten)'
drops() {
    unbound-control -c $config/unbound.conf stats_noreset | tr '=' ' ' |
        sum_of "total[.]num[.]queries_ip_ratelimited|unwanted[.]queries|$full"
}

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
${EDGEWISE_SERVER_DROPS:+    ip-ratelimit: 100}
${EDGEWISE_SERVER_DROPS:+    ip-ratelimit-factor: 0}
    module-config: "iterator"
$(data)
remote-control:
    control-enable: yes
    control-interface: $config/control
    control-use-cert: no
CONF
    as_nobody $program -d -p -c $config/unbound.conf
}
