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
from typing import Any

from peer import DATAGRAM_MAX, arguments, cannot_run, version_of
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol

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


def main() -> None:
    peer = arguments(version_of("Twisted"), tuple(REACTORS))
    importlib.import_module(f"twisted.internet.{REACTORS[peer.form]}reactor").install()
    reactor: Any = importlib.import_module("twisted.internet.reactor")  # not before: it chooses one
    for port in peer.ports:
        try:
            listening = reactor.listenUDP(
                port, Echo(), interface=peer.address, maxPacketSize=DATAGRAM_MAX
            )
        except CannotListenError as error:
            cannot_run(error)
        if peer.form == "bounded":
            listening.maxThroughput = 1
    reactor.run()


main()
