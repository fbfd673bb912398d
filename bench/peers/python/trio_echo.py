"""trio: a task for each socket; every await of a socket's call is a checkpoint, so that others have
their turn.

documented: trio.socket.  What cannot be sent waits in its task, which reads nothing meanwhile.
Stops by SIGTERM as the system has it.
Trap: tasks that are ready together run in an order drawn at random (_run.py, unrolled_run: `if
_r.random() < 0.5`).
"""

import socket

import trio
from peer import DATAGRAM_MAX, Beside, Peer, arguments, bound_nonblocking, version_of


async def echo_for_ever(sock: trio.socket.SocketType) -> None:
    while True:
        try:
            data, to = await sock.recvfrom(DATAGRAM_MAX)
            await sock.sendto(data, to)
        except OSError:
            pass


class Aside:
    """What comes to the last port is put aside, and answered when something else has happened."""

    def __init__(self, beside: Beside, sock: trio.socket.SocketType) -> None:
        self.beside, self.sock = beside, sock

    async def answer(self) -> None:
        await self.sock.sendto(*self.kept)

    async def answer_later(self) -> None:
        await trio.sleep(self.beside.number / 1000)
        await self.answer()

    async def put_aside(self, nursery: trio.Nursery) -> None:
        while True:
            self.kept = await self.sock.recvfrom(DATAGRAM_MAX)
            if self.beside.kind == "timer":
                nursery.start_soon(self.answer_later)

    async def wait(self) -> None:
        number = self.beside.number
        if self.beside.kind == "signal":
            with trio.open_signal_receiver(number) as signals:
                async for _ in signals:
                    await self.answer()
        elif self.beside.kind == "pipe":
            async for _ in trio.lowlevel.FdStream(number):
                await self.answer()
        elif self.beside.kind == "accept":
            listener = trio.socket.from_stdlib_socket(socket.socket(fileno=number))
            while True:
                (await listener.accept())[0].close()
                await self.answer()
        elif self.beside.kind == "stream":
            connected = trio.socket.from_stdlib_socket(socket.socket(fileno=number))
            while await connected.recv(100):
                await self.answer()


async def serve(peer: Peer) -> None:
    sockets = bound_nonblocking(peer)
    async with trio.open_nursery() as nursery:
        if peer.beside:
            aside = Aside(peer.beside, trio.socket.from_stdlib_socket(sockets.pop()))
            nursery.start_soon(aside.put_aside, nursery)
            nursery.start_soon(aside.wait)
        for sock in sockets:
            nursery.start_soon(echo_for_ever, trio.socket.from_stdlib_socket(sock))


trio.run(serve, arguments(version_of("trio")))
