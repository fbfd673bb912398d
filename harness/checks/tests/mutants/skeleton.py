"""One echo server that does everything right, and its mutants: skeleton.py MUTANT PORT.  Each
overrides one thing."""

from __future__ import annotations

import signal
import socket
import sys
from typing import Any

DATAGRAM_MAX = 65507


class Right:
    def bind(self, port: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", port))
        return sock

    def echo(self, sock: socket.socket) -> None:
        data, peer = sock.recvfrom(DATAGRAM_MAX + 1)
        if peer != sock.getsockname():  # it would talk to itself for ever
            self.answer(sock, data, peer)

    def answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        try:
            sock.sendto(data, peer)
        except OSError:
            pass  # one that cannot be answered: the others can

    def run(self, port: int) -> None:
        sock = self.bind(port)
        while True:
            self.echo(sock)


class EndsAtEmpty(Right):
    """Takes an empty datagram for the end, as a stream's would be."""

    def answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        if not data:
            sys.exit("the client has closed the connection")
        super().answer(sock, data, peer)


class TriesAgain(Right):
    """Tries to bind for ever."""

    def bind(self, port: int) -> socket.socket:
        while True:
            try:
                return super().bind(port)
            except OSError:
                signal.sigtimedwait([], 0.1)


class TakesAnother(Right):
    """Serves another port if its own is in use."""

    def bind(self, port: int) -> socket.socket:
        try:
            return super().bind(port)
        except OSError:
            return super().bind(0)


class ExitsWell(Right):
    """Ends with exit status 0 if its port is in use."""

    def bind(self, port: int) -> socket.socket:
        try:
            return super().bind(port)
        except OSError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(0)


class IgnoresSigterm(Right):
    """Does not end."""

    def run(self, port: int) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        super().run(port)


class Spins(Right):
    """Asks again and again instead of waiting."""

    def echo(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        try:
            super().echo(sock)
        except BlockingIOError:
            pass


class KeepsAll(Right):
    """Keeps a log of all datagrams in memory."""

    log: list[bytes] = []

    def answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        self.log.append(data + bytes(200))
        super().answer(sock, data, peer)


MUTANTS = {
    "py-ends-at-empty": EndsAtEmpty,
    "py-tries-again": TriesAgain,
    "py-takes-another-port": TakesAnother,
    "py-exits-well": ExitsWell,
    "py-ignores-sigterm": IgnoresSigterm,
    "py-spins": Spins,
    "py-keeps-all": KeepsAll,
}

if __name__ == "__main__":
    MUTANTS[sys.argv[1]]().run(int(sys.argv[2]))
