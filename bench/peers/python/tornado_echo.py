"""Tornado: IOLoop, which is asyncio's loop by another name; it has no UDP of its own.

documented: add_handler() with READ, one datagram for each report; an answer that the kernel refuses
is dropped.
Stops by SIGTERM as the system has it.
Trap: an exception in a handler is logged, and the loop goes on.
"""

import asyncio
import socket

from peer import arguments, bound_nonblocking, echo, version_of
from tornado.ioloop import IOLoop


def readable(sock: socket.socket, events: int) -> None:
    echo(sock)


async def serve(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        IOLoop.current().add_handler(sock, readable, IOLoop.READ)
    await asyncio.Event().wait()


asyncio.run(serve(bound_nonblocking(arguments(version_of("tornado")))))
