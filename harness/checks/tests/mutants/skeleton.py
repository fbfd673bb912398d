"""One echo server that does everything right, and its mutants: skeleton.py MUTANT PORT ADDRESS.
Each overrides one thing."""

from __future__ import annotations

import signal
import socket
import sys
from typing import Any

DATAGRAM_MAX = 65507


IP_PKTINFO = 8  # socket has no name for it before Python 3.13


class Right:
    address = "127.0.0.1"

    def bind(self, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        sock.bind((self.address, port))
        return sock

    def echo(self, sock: socket.socket) -> None:
        data, told, _, peer = sock.recvmsg(DATAGRAM_MAX + 1, 256)
        # struct in_pktinfo: interface, the address that answers, the one that was asked.
        self.asked = [(level, kind, bytes(4) + text[8:12] + bytes(4)) for level, kind, text in told]
        if peer != sock.getsockname():  # it would talk to itself for ever
            self.answer(sock, data, peer)

    def answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        try:
            sock.sendmsg([data], self.asked, 0, peer)
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


class AnswersFromAnywhere(Right):
    """Bound to ::, does not ask which address was meant."""


class LetsOthersIn(Right):
    """A second one takes the port of the first."""

    def bind(self, port: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.address, port))
        return sock

    def answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        self.asked = []
        super().answer(sock, data, peer)


class TimeServer(Right):
    """Speaks NTP (RFC 5905, section 7.3), and is right; the mutants differ in what they make of an
    answer."""

    REQUEST, ANSWER, BROADCAST = 3, 4, 5

    def time(self, mode: int, origin: bytes) -> bytes:
        now = bytes.fromhex("e800000000000000")
        header = bytes([4 << 3 | mode, 2, 3, 236]) + bytes(8) + bytes([127, 127, 1, 1])
        return header + now + origin + now + now

    def answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        if len(data) < 48:
            return
        if data[0] & 7 == self.REQUEST:
            super().answer(sock, self.time(self.ANSWER, data[40:48]), peer)
        elif data[0] & 7 == self.ANSWER:
            self.take_answer(sock, data, peer)

    def take_answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        pass


class AnswersAnswers(TimeServer):
    """Has a word to say about an answer, which nobody answers."""

    def take_answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        Right.answer(self, sock, self.time(self.BROADCAST, data[40:48]), peer)


class AsksStrangers(TimeServer):
    """Asks who answers it without ever having asked: its like answers that, and is asked again."""

    known: set[Any] = set()

    def answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        if len(data) >= 48 and data[0] & 7 == self.REQUEST:
            self.known.add(peer)
        super().answer(sock, data, peer)

    def take_answer(self, sock: socket.socket, data: bytes, peer: Any) -> None:
        if peer not in self.known:
            Right.answer(self, sock, self.time(self.REQUEST, data[40:48]), peer)


MUTANTS = {
    "py-ends-at-empty": EndsAtEmpty,
    "py-tries-again": TriesAgain,
    "py-takes-another-port": TakesAnother,
    "py-exits-well": ExitsWell,
    "py-ignores-sigterm": IgnoresSigterm,
    "py-spins": Spins,
    "py-keeps-all": KeepsAll,
    "py-answers-from-anywhere": AnswersFromAnywhere,
    "py-lets-others-in": LetsOthersIn,
    "py-answers-answers": AnswersAnswers,
    "py-asks-strangers": AsksStrangers,
}

if __name__ == "__main__":
    Right.address = sys.argv[3]
    MUTANTS[sys.argv[1]]().run(int(sys.argv[2]))
