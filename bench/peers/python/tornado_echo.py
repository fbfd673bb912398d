"""Tornado: IOLoop, which is asyncio's loop by another name; it has no UDP of its own.

documented: add_handler() with READ, one datagram for each report; an answer that the kernel refuses
is dropped.
Stops by SIGTERM as the system has it.
Trap: an exception in a handler is logged, and the loop goes on.
"""

import asyncio
import socket

from peer import Kept, Peer, arguments, bound_nonblocking, echo, version_of
from tornado.ioloop import IOLoop


def readable(sock: socket.socket, events: int) -> None:
    echo(sock)


def open_aside(kept: Kept) -> None:
    """What comes to the last port is put aside, and answered when something else has happened."""
    loop, beside = IOLoop.current(), kept.beside

    def put_aside(sock: socket.socket, events: int) -> None:
        if kept.keep() and beside.kind == "timer":
            loop.call_later(beside.number / 1000, kept.answer)

    def take(fd: int, events: int) -> None:
        kept.take()
        kept.answer()

    loop.add_handler(kept.sock, put_aside, IOLoop.READ)
    if beside.kind == "signal":
        asyncio.get_running_loop().add_signal_handler(beside.number, kept.answer)
    elif beside.kind != "timer":
        loop.add_handler(beside.number, take, IOLoop.READ)


async def serve(peer: Peer) -> None:
    sockets = bound_nonblocking(peer)
    if peer.beside:
        open_aside(Kept(peer.beside, sockets.pop()))
    for sock in sockets:
        IOLoop.current().add_handler(sock, readable, IOLoop.READ)
    await asyncio.Event().wait()


asyncio.run(serve(arguments(version_of("tornado"))))
