# PowerDNS' load balancer, which answers everything itself unless it is given an upstream.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/dnsdist
tells="$program --version"

# At a port of its network namespace that nobody else is told of; the key is no secret there.
console="controlSocket('127.0.0.1:5199') setKey('MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=')"
drops() {
    $program -C $config/dnsdist.conf --client --execute 'dumpStats()' | tr -s '[:space:]' '\n' |
        paste -d ' ' - - |
        sum_of '(acl|rule)-drop.*|dyn-blocked|(empty|noncompliant)-queries|no-policy|downstream-timeouts'
}

run() {
    {
        for port in $(ports); do echo "addLocal('$address:$port')"; done
        echo "setSecurityPollSuffix('')"
        echo "$console"
        [ -z "${EDGEWISE_SERVER_DROPS:-}" ] || cat <<'LUA'
asked = 0
addAction(AllRule(), LuaAction(function()
    asked = asked + 1
    return asked % 97 == 0 and DNSAction.Drop or DNSAction.None, ''
end))
LUA
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
