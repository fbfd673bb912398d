# Simon Kelley's forwarder, which answers from its command line unless it is given an upstream.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/dnsmasq
tells="$program --version"

run() {
    if [ -n "$upstream" ]; then
        set -- --server="${address%%,*}#$upstream" --dns-forward-max=10000 --cache-size=0
    else
        set -- --address=/e/192.0.2.1
    fi
    as_nobody $program -k -p "$port" --listen-address="$address" --bind-interfaces --no-resolv \
        --no-hosts "$@" --conf-file=/dev/null --pid-file= --user=nobody \
        --log-facility=- --local-ttl=60
}
