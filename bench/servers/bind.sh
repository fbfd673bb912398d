# ISC's name server, here authoritative alone.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/named
tells="$program -v"

# At a port of its network namespace that nobody else is told of; the key is no secret there.
control() {
    cat <<'CONF'
key "control" {
    algorithm hmac-sha256;
    secret "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
};
CONF
}

# Also those that a rate limit refused.  What is zero is not in its file.
drops() {
    control >$config/rndc.conf
    echo 'options { default-key "control"; default-server 127.0.0.1; default-port 5953; };' \
        >>$config/rndc.conf
    rm -f $config/named.stats
    rndc -c $config/rndc.conf stats
    sed -n 's/^+++ Stat.*/dropped 0/p; s/^ *\([0-9]*\) queries dropped$/dropped \1/p' \
        $config/named.stats | sum_of dropped
}

run() {
    zone e.zone
    limit='rate-limit { responses-per-second 5; slip 0; };'
    [ -n "${EDGEWISE_SERVER_DROPS:-}" ] || limit=
    control >named.conf
    cat >>named.conf <<CONF
options {
    directory "$config";
    pid-file none;
    session-keyfile none;
    recursion no;
$(ports "    listen-on port " " { $address; };")
    listen-on-v6 { none; };
    dnssec-validation no;
    minimal-responses yes;
    notify no;
    $limit
};
controls { inet 127.0.0.1 port 5953 allow { 127.0.0.1; } keys { "control"; }; };
zone "e" { type primary; file "$config/e.zone"; };
CONF
    as_nobody $program -g -n 1 -c $config/named.conf
}
