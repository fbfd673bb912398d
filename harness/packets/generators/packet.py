"""What all families share: who talks to whom, payloads that can be told apart, and one way to build
a datagram.

Scapy imports slowly and not everywhere, so that whoever only wants names need not have it: it is
imported where it is used.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scapy.layers.inet import IP

# In a network namespace of the packets' own these are free.  Whoever sends them receives at
# CLIENT_PORT, any address of lo.
SERVER = "127.0.0.1"
SERVER_PORT = 2000
CLIENT = "127.0.0.1"
CLIENT_PORT = 40000


class Chance(random.Random):
    """A family's own sequence: what one family draws changes no other."""

    def __init__(self, seed: int, family: str) -> None:
        super().__init__(f"edgewise {family} {seed}")
        self.seed_number = seed


def payload(chance: Chance, name: str, length: int = 48) -> bytes:
    """Begins with its name, so that a report can tell which one it was; the rest is chance, so that
    no two are alike."""
    text = f"{name} ".encode()
    return text + chance.randbytes(max(8, length - len(text)))


def datagram(
    data: bytes, ip: dict[str, Any] | None = None, udp: dict[str, Any] | None = None
) -> IP:
    """From the client to the server, but for the header fields that are given."""
    from scapy.layers.inet import IP, UDP
    from scapy.packet import Raw

    addresses = {"src": CLIENT, "dst": SERVER} | (ip or {})
    ports = {"sport": CLIENT_PORT, "dport": SERVER_PORT} | (udp or {})
    headers = IP(**addresses) / UDP(**ports)
    return headers / Raw(data) if data else headers


def intact(chance: Chance, family: str) -> bytes:
    """One without fault: whoever was harmed by what came before it does not answer."""
    return bytes(datagram(payload(chance, f"{family}/intact")))
