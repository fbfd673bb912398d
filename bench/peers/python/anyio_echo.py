"""anyio: one interface to asyncio and trio; on asyncio a protocol puts what comes into a deque that
a task empties.

documented: create_udp_socket() on asyncio.  trio: the same on trio, without the deque.
On asyncio an answer that the kernel refuses waits in the transport, without a bound.
Stops by SIGTERM as the system has it.
Trap: the deque holds 100 (_backends/_asyncio.py, DatagramProtocol.read_queue: deque(maxlen=100))
and drops without a word: the oldest goes.
"""

import anyio
from peer import Peer, arguments, cannot_run, version_of


async def echo_for_ever(peer: Peer, port: int) -> None:
    try:
        udp = await anyio.create_udp_socket(local_host=peer.address, local_port=port)
    except OSError as error:
        cannot_run(f"{peer.address} port {port}: {error}")
    async with udp:
        while True:
            try:
                data, (host, to) = await udp.receive()
                await udp.sendto(data, host, to)
            except (OSError, anyio.BrokenResourceError):
                pass  # asyncio has the one, trio the other


async def serve(peer: Peer) -> None:
    async with anyio.create_task_group() as tasks:
        for port in peer.ports:
            tasks.start_soon(echo_for_ever, peer, port)


def main() -> None:
    peer = arguments(version_of("anyio"), ("documented", "trio"))
    anyio.run(serve, peer, backend="trio" if peer.form == "trio" else "asyncio")


main()
