"""Python's asyncio: a transport reads one datagram for each report of its level-triggered selector and calls back.

documented: the manual's DatagramProtocol; what cannot be sent waits in the transport, without a bound.
sock: loop.sock_recvfrom() and sock_sendto() (3.11): a coroutine for each socket stops reading while its reply waits.
Stops by a signal handler of the loop that cancels the one task.
Trap: neither suspends as long as the kernel serves it at once: without the sleep(0) one busy socket would starve all others.
"""

import asyncio
import ipaddress
import platform
import signal
import socket
import sys

DATAGRAM_MAX = 65536


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer: tuple) -> None:
        self.transport.sendto(data, peer)


async def echo_by_coroutine(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        data, peer = await loop.sock_recvfrom(sock, DATAGRAM_MAX)
        await loop.sock_sendto(sock, data, peer)
        await asyncio.sleep(0)


def bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind((address, port))
    return sock


async def serve(form: str, address: str, port: int, sockets: int) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    bound_sockets = [bound(address, port + i) for i in range(sockets)]
    if form == "sock":
        await asyncio.gather(*map(echo_by_coroutine, bound_sockets))
    transports = [await loop.create_datagram_endpoint(Echo, sock=sock) for sock in bound_sockets]
    await asyncio.Event().wait()
    del transports


def main(arguments: list[str]) -> None:
    if arguments == ["--version"]:
        print("Python", platform.python_version())
    elif len(arguments) == 4 and arguments[0] in ("documented", "sock"):
        try:
            asyncio.run(serve(arguments[0], arguments[1], int(arguments[2]), int(arguments[3])))
        except asyncio.CancelledError:
            pass
        except (OSError, ValueError) as error:
            sys.exit(f"{arguments[1]} port {arguments[2]}: {error}")
    else:
        print("usage: asyncio_echo.py documented|sock ADDRESS PORT SOCKETS, or --version", file=sys.stderr)
        sys.exit(2)


main(sys.argv[1:])
