# PowerDNS' load balancer, which here answers everything itself.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/dnsdist
tells="$program --version"

run() {
    {
        for port in $(ports); do echo "addLocal('$address:$port')"; done
        cat <<'CONF'
setMaxUDPOutstanding(100)
setSecurityPollSuffix('')
addAction(AllRule(), SpoofAction('192.0.2.1'))
CONF
    } >dnsdist.conf
    as_nobody $program --supervised --disable-syslog -C $config/dnsdist.conf
}
