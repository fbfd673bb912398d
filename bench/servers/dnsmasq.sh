# Simon Kelley's forwarder, which here answers from its command line and asks nobody.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/dnsmasq
tells="$program --version"

run() {
    as_nobody $program -k -p "$port" --listen-address="$address" --bind-interfaces --no-resolv \
        --no-hosts --address=/e/192.0.2.1 --conf-file=/dev/null --pid-file= --user=nobody \
        --log-facility=- --local-ttl=60
}
