<?php
// PHP: stream_select() on datagram streams; every loop in plain PHP lies on it.
//
// documented: stream_socket_recvfrom() once for each report; an answer that the kernel refuses is
// dropped.
// Stops by SIGTERM as the system has it.
// Trap: stream_select() wants its arrays filled anew each time, and is select(2): no descriptor
// past 1023.

const DATAGRAM_MAX = 65536;

function bound(string $address, int $port)
{
    $host = str_contains($address, ':') ? "[$address]" : $address;
    $socket = @stream_socket_server("udp://$host:$port", $number, $why, STREAM_SERVER_BIND);
    if (!$socket) {
        fwrite(STDERR, "$address port $port: $why\n");
        exit(4);
    }
    stream_set_blocking($socket, false);
    return $socket;
}

function echo_one($socket): void
{
    $data = @stream_socket_recvfrom($socket, DATAGRAM_MAX, 0, $from);
    if ($data !== false && $from) {
        @stream_socket_sendto($socket, $data, 0, $from);
    }
}

$words = array_slice($argv, 1);
if ($words === ['--version']) {
    echo 'PHP ', PHP_VERSION, "\n";
    exit(0);
}
if (count($words) != 4 || $words[0] !== 'documented') {
    fwrite(STDERR, "usage: select_echo.php documented ADDRESS PORT SOCKETS, or --version\n");
    exit(2);
}
$sockets = [];
for ($i = 0; $i < (int)$words[3]; $i++) {
    $sockets[] = bound($words[1], (int)$words[2] + $i);
}
while (true) {
    $readable = $sockets;
    $writable = $urgent = null;
    if (@stream_select($readable, $writable, $urgent, null)) {
        array_walk($readable, fn ($socket) => echo_one($socket));
    }
}
