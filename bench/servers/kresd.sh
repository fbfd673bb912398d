# CZ.NIC's resolver, which answers by a policy unless it is given an upstream.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/kresd
tells="$program -V"

run() {
    {
        ports "net.listen('$address', " ", { kind = 'dns' })"
        cat <<'CONF'
modules = { 'policy' }
cache.size = 10 * MB
trust_anchors.remove('.')
CONF
        if [ -n "$upstream" ]; then
            echo "policy.add(policy.all(policy.STUB('$address@$upstream')))"
        else
            cat <<'CONF'
policy.add(policy.suffix(policy.ANSWER({
    [kres.type.A] = { rdata = kres.str2ip('192.0.2.1'), ttl = 300 }
}), { todname('e.') }))
CONF
        fi
    } >kresd.conf
    as_nobody $program -c $config/kresd.conf -n $config
}
