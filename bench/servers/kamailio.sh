# Kamailio with one process that answers whatever it is asked.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/kamailio
tells="$program -v"

run() {
    cat >kamailio.cfg <<CONF
debug=-1
log_stderror=yes
fork=no
children=1
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
$(ports "listen=udp:$address:")
loadmodule "sl.so"
request_route { sl_send_reply("200","OK"); exit; }
CONF
    as_nobody $program -f $config/kamailio.cfg -DD -E -m 16 -Y $config -w $config
}
