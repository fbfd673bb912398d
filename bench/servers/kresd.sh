# CZ.NIC's resolver, which here answers by a policy and asks nobody.
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
policy.add(policy.suffix(policy.ANSWER({
    [kres.type.A] = { rdata = kres.str2ip('192.0.2.1'), ttl = 300 }
}), { todname('e.') }))
CONF
    } >kresd.conf
    as_nobody $program -c $config/kresd.conf -n $config
}
