"""What else a loop of asyncio's kind waits for where EDGEWISE_BESIDE says so
(docs/TARGETS.md): what comes to the last port is put aside, and answered from the
handler of that.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any, Callable, cast

from peer import Beside


class Reader(asyncio.Protocol):
    def __init__(self, answer: Callable[[], None]) -> None:
        self.answer = answer

    def data_received(self, data: bytes) -> None:
        self.answer()


class Accepted(asyncio.Protocol):
    def __init__(self, answer: Callable[[], None]) -> None:
        self.answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.answer()
        transport.close()


class Aside(asyncio.DatagramProtocol):
    def __init__(self, beside: Beside) -> None:
        self.beside = beside

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, peer: tuple[Any, ...]) -> None:
        self.kept = data, peer
        if self.beside.kind == "timer":
            asyncio.get_running_loop().call_later(self.beside.number / 1000, self.answer)

    def answer(self) -> None:
        self.transport.sendto(*self.kept)


async def open_aside(beside: Beside, sock: socket.socket) -> list[object]:
    """What is to be kept: loops hold some of it weakly."""
    loop = asyncio.get_running_loop()
    transport, aside = await loop.create_datagram_endpoint(lambda: Aside(beside), sock=sock)
    kept: list[object] = [transport]
    if beside.kind == "signal":
        loop.add_signal_handler(beside.number, aside.answer)
    elif beside.kind == "pipe":
        pipe = os.fdopen(beside.number, "rb", 0)
        kept.append(await loop.connect_read_pipe(lambda: Reader(aside.answer), pipe))
    elif beside.kind == "accept":
        listener = socket.socket(fileno=beside.number)
        kept.append(await loop.create_server(lambda: Accepted(aside.answer), sock=listener))
    elif beside.kind == "stream":
        connected = socket.socket(fileno=beside.number)
        kept.append(
            await loop.connect_accepted_socket(lambda: Reader(aside.answer), sock=connected)
        )
    return kept
