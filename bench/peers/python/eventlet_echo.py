"""eventlet: green threads on its own epoll hub; a call that the kernel serves at once does not go
through the hub.

documented: green sockets in a GreenPool, one green thread for each port.  yield: the same, and it
goes to the back of the line after every echo.
What cannot be sent waits in its green thread, which reads nothing meanwhile.
Stops by SIGTERM as the system has it.
Trap: without the sleep(0) one busy socket starves all others.
"""

import eventlet
from eventlet.green import socket
from peer import DATAGRAM_MAX, arguments, bound, version_of


def echo_for_ever(sock: socket.socket, yields: bool) -> None:
    while True:
        try:
            data, to = sock.recvfrom(DATAGRAM_MAX)
            sock.sendto(data, to)
        except OSError:
            pass
        if yields:
            eventlet.sleep(0)


def main() -> None:
    peer = arguments(version_of("eventlet"), ("documented", "yield"))
    pool = eventlet.GreenPool()
    for sock in [bound(peer, port, socket.socket) for port in peer.ports]:
        pool.spawn_n(echo_for_ever, sock, peer.form == "yield")
    pool.waitall()


main()
