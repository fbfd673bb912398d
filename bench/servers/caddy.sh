# Caddy with HTTP/3 and a certificate of its own.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
program=/usr/bin/caddy
tells="$program version"

run() {
    cat >Caddyfile <<CONF
{
    admin off
    auto_https disable_redirects
    skip_install_trust
    default_bind $address
    storage file_system $config
}
$(ports "https://$address:" " {
    tls internal
    respond ok
}")
CONF
    HOME=$config as_nobody $program run --config $config/Caddyfile --adapter caddyfile
}
