"""An echo server that is wrong in one way: newcomers overtake the answers that it holds.
overtaking_echo.py PORT

It holds up to eight answers and stops reading while it does hold so many, so that it loses nothing.
"""

from __future__ import annotations

import collections
import select
import socket
import sys

HELD_MOST = 8


def was_sent(server: socket.socket, data: bytes, peer: tuple[str, int]) -> bool:
    try:
        server.sendto(data, peer)
    except BlockingIOError:
        return False
    return True


def main() -> None:
    held: collections.deque[tuple[bytes, tuple[str, int]]] = collections.deque()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", int(sys.argv[1])))
        server.setblocking(False)
        while True:
            reads = [server] if len(held) < HELD_MOST else []
            writes = [server] if held else []
            readable, writable, _ = select.select(reads, writes, [])
            if readable:
                data, peer = server.recvfrom(65536)
                if not was_sent(server, data, peer):
                    held.append((data, peer))
            if writable and was_sent(server, *held[0]):
                held.popleft()


if __name__ == "__main__":
    main()
