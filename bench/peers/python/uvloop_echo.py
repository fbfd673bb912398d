"""uvloop: asyncio's protocols on libuv, whose uv__udp_recvmsg() reads up to 32 datagrams of a
socket in a turn.

documented: asyncio's DatagramProtocol; what cannot be sent waits in libuv, without a bound.
reader: loop.add_reader(): a poll handle, one datagram for each report; an answer that the kernel
refuses is dropped.
Stops by SIGTERM as the system has it: nothing here needs closing.
Trap: an error of a send or receive closes the transport for ever, unless the protocol opens another
one.
"""

import asyncio
import socket
from typing import Any, cast

import uvloop
from aside import open_aside
from peer import Peer, arguments, bound_nonblocking, echo, version_of


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, peer: tuple[Any, ...]) -> None:
        self.transport.sendto(data, peer)


async def serve(peer: Peer, sockets: list[socket.socket]) -> None:
    loop = asyncio.get_running_loop()
    if peer.form == "reader":
        for sock in sockets:
            loop.add_reader(sock, echo, sock)
        await asyncio.Event().wait()
    aside = await open_aside(peer.beside, sockets.pop()) if peer.beside else None
    transports = [await loop.create_datagram_endpoint(Echo, sock=sock) for sock in sockets]
    await asyncio.Event().wait()
    del transports, aside


words = arguments(version_of("uvloop"), ("documented", "reader"))
uvloop.install()
asyncio.run(serve(words, bound_nonblocking(words)))
