# The example server of libcoap.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/coap-server-notls
tells="$program -h"

run() {
    as_nobody $program -A "$address" -p "$port" -v 3 >/dev/null
}
