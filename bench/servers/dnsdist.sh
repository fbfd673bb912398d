# PowerDNS' load balancer, which answers everything itself unless it is given an upstream.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/dnsdist
tells="$program --version"

run() {
    {
        for port in $(ports); do echo "addLocal('$address:$port')"; done
        echo "setSecurityPollSuffix('')"
        if [ -n "$upstream" ]; then
            echo 'setMaxUDPOutstanding(65535)'
            echo "newServer({address='$address:$upstream'}):setUp()" # which is not asked for its health
        else
            echo 'setMaxUDPOutstanding(100)'
            echo "addAction(AllRule(), SpoofAction('192.0.2.1'))"
        fi
    } >dnsdist.conf
    as_nobody $program --supervised --disable-syslog -C $config/dnsdist.conf
}
