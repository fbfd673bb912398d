# ISC's name server, here authoritative alone.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/named
tells="$program -v"

run() {
    zone e.zone
    cat >named.conf <<CONF
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
};
controls { };
zone "e" { type primary; file "$config/e.zone"; };
CONF
    as_nobody $program -g -n 1 -c $config/named.conf
}
