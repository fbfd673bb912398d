"""Twisted: a Port reads until it has 256 KiB of a socket (udp.Port.maxThroughput) or nothing is
left, and calls back.

documented: listenUDP() with a DatagramProtocol.  bounded: the same with maxThroughput of one byte,
so that each turn of the reactor reads one datagram.  poll, select, asyncio: documented, on another
reactor than epoll's.
transport.write() raises what the kernel refuses, and the datagram is lost: DatagramProtocol has no
queue.
Stops by the reactor's own handler of SIGTERM.
Trap: an exception in datagramReceived() is logged, to nobody here, and the port goes on.
"""

import importlib
import signal
import socket
from typing import Any, Callable

from peer import DATAGRAM_MAX, Beside, arguments, cannot_run, version_of
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol

REACTORS = {
    "documented": "epoll",
    "bounded": "epoll",
    "poll": "poll",
    "select": "select",
    "asyncio": "asyncio",
}


class Echo(DatagramProtocol):
    transport: Any  # from listenUDP() on

    def datagramReceived(self, data: bytes, peer: tuple[Any, ...]) -> None:
        try:
            self.transport.write(data, peer)
        except OSError:
            pass


class Aside(DatagramProtocol):
    """What comes to the last port is put aside, and answered when something else has happened."""

    transport: Any

    def __init__(self, reactor: Any, beside: Beside) -> None:
        self.reactor, self.beside = reactor, beside
        streams: Any = Factory.forProtocol
        if beside.kind == "signal":
            signal.signal(beside.number, lambda *_: reactor.callFromThread(self.answer))
        elif beside.kind == "pipe":
            process: Any = importlib.import_module("twisted.internet.process")
            self.pipe = process.ProcessReader(reactor, self, 0, beside.number)
        elif beside.kind == "accept":
            factory = streams(lambda: Stream(self.answer, accepts=True))
            reactor.adoptStreamPort(beside.number, socket.AF_INET, factory)
        elif beside.kind == "stream":
            factory = streams(lambda: Stream(self.answer, accepts=False))
            reactor.adoptStreamConnection(beside.number, socket.AF_INET, factory)

    def datagramReceived(self, data: bytes, peer: tuple[Any, ...]) -> None:
        self.kept = data, peer
        if self.beside.kind == "timer":
            self.reactor.callLater(self.beside.number / 1000, self.answer)

    def answer(self) -> None:
        self.transport.write(*self.kept)

    def childDataReceived(self, _: int, data: bytes) -> None:
        self.answer()

    def childConnectionLost(self, _: int, reason: object) -> None:
        pass


class Stream(Protocol):
    transport: Any

    def __init__(self, answer: Callable[[], None], accepts: bool) -> None:
        self.answer, self.accepts = answer, accepts

    def connectionMade(self) -> None:
        if self.accepts:
            self.answer()
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        self.answer()


def main() -> None:
    peer = arguments(version_of("Twisted"), tuple(REACTORS))
    importlib.import_module(f"twisted.internet.{REACTORS[peer.form]}reactor").install()
    reactor: Any = importlib.import_module("twisted.internet.reactor")  # not before: it chooses one
    for port in peer.ports:
        aside = peer.beside if port == peer.ports[-1] else None
        try:
            protocol = Aside(reactor, aside) if aside else Echo()
            listening = reactor.listenUDP(
                port, protocol, interface=peer.address, maxPacketSize=DATAGRAM_MAX
            )
        except CannotListenError as error:
            cannot_run(error)
        if peer.form == "bounded":
            listening.maxThroughput = 1
    reactor.run()


main()
