"""Python's asyncio: a transport reads one datagram for each report of its level-triggered selector
and calls back.

documented: the manual's DatagramProtocol; what cannot be sent waits in the transport, without a
bound.
sock: loop.sock_recvfrom() and sock_sendto() (3.11): a coroutine for each socket stops reading while
its reply waits.
Stops by a signal handler of the loop that cancels the one task.
Trap: neither suspends as long as the kernel serves it at once: without the sleep(0) one busy socket
would starve all others.
"""

import asyncio
import platform
import signal
import socket
from typing import Any, cast

from aside import open_aside
from peer import DATAGRAM_MAX, Peer, arguments, bound_nonblocking


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, peer: tuple[Any, ...]) -> None:
        self.transport.sendto(data, peer)


async def echo_by_coroutine(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        received = await loop.sock_recvfrom(sock, DATAGRAM_MAX)
        data, peer = cast("tuple[bytes, Any]", received)
        await loop.sock_sendto(sock, data, peer)
        await asyncio.sleep(0)


async def serve(peer: Peer, sockets: list[socket.socket]) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(
        signal.SIGTERM, cast("asyncio.Task[None]", asyncio.current_task()).cancel
    )
    if peer.form == "sock":
        await asyncio.gather(*map(echo_by_coroutine, sockets))
    aside = await open_aside(peer.beside, sockets.pop()) if peer.beside else None
    transports = [await loop.create_datagram_endpoint(Echo, sock=sock) for sock in sockets]
    await asyncio.Event().wait()
    del transports, aside


def main() -> None:
    peer = arguments(f"Python {platform.python_version()}", ("documented", "sock"))
    try:
        asyncio.run(serve(peer, bound_nonblocking(peer)))
    except asyncio.CancelledError:
        pass


main()
