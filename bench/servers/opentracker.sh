# Dirk Engling's tracker.  Ten ports at most, as its target file says: with eleven of -P this version
# computes for ever and answers nobody; by hand: bench/servers/by_hand.py opentracker eleven.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/opentracker
tells="zcat /usr/share/doc/opentracker/changelog.Debian.gz"

run() {
    # shellcheck disable=SC2046  # an option a port
    as_nobody $program -i "$address" $(ports -P) -d $config
}
