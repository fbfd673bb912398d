"""What the peers in Python share: the command line, and sockets for loops that leave these to their
user.

PROGRAM FORM ADDRESS PORT SOCKETS serves consecutive ports until SIGTERM; PROGRAM --version tells
the loop's version.
"""

from __future__ import annotations

import importlib.metadata
import ipaddress
import os
import platform
import socket
import sys
from dataclasses import dataclass
from typing import Any, Callable

DATAGRAM_MAX = 65536
USAGE, CANNOT_RUN = 2, 4


@dataclass
class Beside:
    """What else is waited for (docs/TARGETS.md): milliseconds, a signal or a descriptor."""

    kind: str
    number: int


@dataclass
class Peer:
    form: str
    address: str
    port: int
    sockets: int

    @property
    def beside(self) -> Beside | None:
        kind, _, number = os.environ.get("EDGEWISE_BESIDE", "").partition(":")
        return Beside(kind, int(number)) if kind else None

    @property
    def ports(self) -> range:
        return range(self.port, self.port + self.sockets)

    @property
    def family(self) -> socket.AddressFamily:
        version = ipaddress.ip_address(self.address).version
        return socket.AF_INET6 if version == 6 else socket.AF_INET


def version_of(name: str) -> str:
    return f"{name} {importlib.metadata.version(name)} (Python {platform.python_version()})"


def arguments(version: str, forms: tuple[str, ...] = ("documented",)) -> Peer:
    """Ends the program after --version and when the words make no sense."""
    words = sys.argv[1:]
    if words == ["--version"]:
        print(version)
        sys.exit()
    try:
        form, address, port, sockets = words
        peer = Peer(form, address, int(port), int(sockets))
        peer.family
    except ValueError:
        peer = None
    if not peer or peer.form not in forms:
        name = os.path.basename(sys.argv[0])
        print(
            f"usage: {name} {'|'.join(forms)} ADDRESS PORT SOCKETS, or --version", file=sys.stderr
        )
        sys.exit(USAGE)
    return peer


def cannot_run(why: object) -> None:
    """Not by sys.exit(): inside of a loop that is an exception, which each treats differently."""
    print(why, file=sys.stderr, flush=True)
    os._exit(CANNOT_RUN)


def bound(peer: Peer, port: int, make: Callable[..., Any] = socket.socket) -> Any:
    """A bound socket of the kind that `make` makes: the system's, or a loop's own like it."""
    try:
        made = make(peer.family, socket.SOCK_DGRAM)
        made.bind((peer.address, port))
    except OSError as error:
        cannot_run(f"{peer.address} port {port}: {error}")
    return made


def bound_nonblocking(peer: Peer) -> list[socket.socket]:
    made = [bound(peer, port) for port in peer.ports]
    for one in made:
        one.setblocking(False)
    return made


class Kept:
    """A datagram that was put aside, for loops that leave sockets to their user."""

    def __init__(self, beside: Beside, sock: socket.socket) -> None:
        self.beside, self.sock = beside, sock
        self.listener = socket.socket(fileno=beside.number) if beside.kind == "accept" else None

    def keep(self) -> bool:
        try:
            self.kept = self.sock.recvfrom(DATAGRAM_MAX)
        except OSError:
            return False
        return True

    def answer(self) -> None:
        self.sock.sendto(*self.kept)

    def take(self) -> None:
        """What made the descriptor readable: bytes, or a connection."""
        if self.listener:
            self.listener.accept()[0].close()
        else:
            os.read(self.beside.number, 100)


def echo(sock: socket.socket) -> bool:
    """One datagram of a non-blocking socket; false when none was there.

    An answer that the kernel refuses is dropped: a loop that only tells of readiness has no queue.
    """
    try:
        data, to = sock.recvfrom(DATAGRAM_MAX)
    except BlockingIOError:
        return False
    except OSError:
        return True  # what an ICMP message left behind is used up by reporting it
    try:
        sock.sendto(data, to)
    except OSError:
        pass
    return True
