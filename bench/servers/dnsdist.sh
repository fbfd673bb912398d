# PowerDNS' load balancer, which answers everything itself unless it is given an upstream.  That it
# asks from 4 sockets: in the buffer of one, upstream's answers to a burst find no room when
# it has to wait for a processor, and it asks nothing twice.  Of states for questions under way there
# are no more than a check walks through: each is touched for the first time by some question.
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
            echo 'setMaxUDPOutstanding(10000)'
            echo "newServer({address='$address:$upstream', sockets=4}):setUp()"
        else
            echo 'setMaxUDPOutstanding(100)'
            echo "addAction(AllRule(), SpoofAction('192.0.2.1'))"
        fi
    } >dnsdist.conf
    as_nobody $program --supervised --disable-syslog -C $config/dnsdist.conf
}
