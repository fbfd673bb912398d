"""gevent: greenlets on libev; a call that the kernel serves at once does not go through the hub.

documented: a DatagramServer for each port: max_accept = 100 datagrams (gevent/baseserver.py) of a
socket in a turn, a greenlet for each.  socket: gevent.socket and a greenlet for each port.  yield:
the same, and it goes to the back of the line after every echo.
What cannot be sent waits in its greenlet; in `documented` nothing else waits for it, so that
greenlets pile up.
Stops by SIGTERM as the system has it.
Trap: DatagramServer cuts a datagram at 8192 bytes, for its do_read() calls recvfrom(8192).
"""

from typing import Any

import gevent
from gevent import socket
from gevent.os import nb_read
from gevent.server import DatagramServer, StreamServer
from peer import DATAGRAM_MAX, Beside, Peer, arguments, bound, version_of


class Echo(DatagramServer):  # type: ignore[misc]  # of which nobody tells the type
    def handle(self, data: bytes, peer: tuple[Any, ...]) -> None:
        try:
            self.socket.sendto(data, peer)
        except OSError:
            pass


class Aside(DatagramServer):  # type: ignore[misc]
    """What comes to the last port is put aside, and answered when something else has happened."""

    def __init__(self, listener: socket.socket, beside: Beside) -> None:
        super().__init__(listener)
        self.beside = beside
        if beside.kind == "signal":
            gevent.signal_handler(beside.number, self.answer)
        elif beside.kind == "accept":
            self.server = StreamServer(
                socket.socket(fileno=beside.number), lambda accepted, peer: self.answer()
            )
            self.server.start()
        elif beside.kind != "timer":
            gevent.spawn(self.answer_what_comes)

    def handle(self, data: bytes, peer: tuple[Any, ...]) -> None:
        self.kept = data, peer
        if self.beside.kind == "timer":
            gevent.spawn_later(self.beside.number / 1000, self.answer)

    def answer(self) -> None:
        self.socket.sendto(*self.kept)

    def answer_what_comes(self) -> None:
        if self.beside.kind == "stream":
            stream = socket.socket(fileno=self.beside.number)
        while True:
            if self.beside.kind == "stream":
                stream.recv(100)
            else:
                nb_read(self.beside.number, 100)
            self.answer()


def echo_for_ever(sock: socket.socket, yields: bool) -> None:
    while True:
        try:
            data, to = sock.recvfrom(DATAGRAM_MAX)
            sock.sendto(data, to)
        except OSError:
            pass
        if yields:
            gevent.sleep(0)


def serve_by_servers(peer: Peer) -> None:
    sockets = [bound(peer, port, socket.socket) for port in peer.ports]
    if peer.beside:
        Aside(sockets.pop(), peer.beside).start()
    for sock in sockets:
        Echo(sock).start()
    gevent.wait()


def main() -> None:
    peer = arguments(version_of("gevent"), ("documented", "socket", "yield"))
    if peer.form == "documented":
        serve_by_servers(peer)
    sockets = [bound(peer, port, socket.socket) for port in peer.ports]
    gevent.joinall([gevent.spawn(echo_for_ever, sock, peer.form == "yield") for sock in sockets])


main()
