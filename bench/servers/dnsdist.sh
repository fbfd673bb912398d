# PowerDNS' load balancer, which answers everything itself unless it is given an upstream.  That it
# asks from 4 sockets: in the buffer of one, upstream's answers to a burst find no room when
# it has to wait for a processor, and it asks nothing twice.  Of states for questions under way there
# are no more than a check walks through: each is touched for the first time by some question.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/dnsdist
tells="$program --version"

run() {
    {
        for port in $(ports); do echo "addLocal('$address:$port')"; done
        echo "setSecurityPollSuffix('')"
        if [ -n "$upstream" ]; then
            echo 'setMaxUDPOutstanding(10000)'
            echo "newServer({address='$address:$upstream', sockets=4}):setUp()"
        else
            echo 'setMaxUDPOutstanding(100)'
            echo "addAction(AllRule(), SpoofAction('192.0.2.1'))"
        fi
    } >dnsdist.conf
    as_nobody $program --supervised --disable-syslog -C $config/dnsdist.conf
}
