# Net-SNMP's agent with the system group alone.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/sbin/snmpd
tells="$program -v"

run() {
    cat >snmpd.conf <<CONF
agentaddress $(ports_list "udp:$address:")
rocommunity public default .1.3.6.1.2.1.1
CONF
    SNMP_PERSISTENT_DIR=$config as_nobody $program -f -C -c $config/snmpd.conf -Ln \
        -x unix:$config/agentx -r -I system_mib,sysORTable,snmpEngine,vacm_conf,override
}
