"""trio: a task for each socket; every await of a socket's call is a checkpoint, so that others have
their turn.

documented: trio.socket.  What cannot be sent waits in its task, which reads nothing meanwhile.
Stops by SIGTERM as the system has it.
Trap: tasks that are ready together run in an order drawn at random (_run.py, unrolled_run: `if
_r.random() < 0.5`).
"""

import socket

import trio
from peer import DATAGRAM_MAX, arguments, bound_nonblocking, version_of


async def echo_for_ever(sock: trio.socket.SocketType) -> None:
    while True:
        try:
            data, to = await sock.recvfrom(DATAGRAM_MAX)
            await sock.sendto(data, to)
        except OSError:
            pass


async def serve(sockets: list[socket.socket]) -> None:
    async with trio.open_nursery() as nursery:
        for sock in sockets:
            nursery.start_soon(echo_for_ever, trio.socket.from_stdlib_socket(sock))


trio.run(serve, bound_nonblocking(arguments(version_of("trio"))))
