# coturn's TURN server, here with STUN alone.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/turnserver
tells="$program --version"

run() {
    # shellcheck disable=SC2046  # an option a port
    as_nobody $program -n --no-cli --stun-only --no-tcp --no-tls --no-dtls -L "$address" -p "$port" \
        $(ports "--aux-server=$address:" | sed 1d) --no-rfc5780 -m 0 --pidfile=$config/pid \
        --log-file=$config/log --simple-log --no-stdout-log -b $config/db
}
