# OpenSSL's test server for DTLS, which with -listen keeps nothing of who has no cookie.  It ends when
# its standard input does, and needs no certificate for what it answers here.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/openssl
tells="$program version"

run() {
    mkfifo input
    as_nobody $program s_server -dtls -listen -nocert -accept "$address:$port" <>input
}
