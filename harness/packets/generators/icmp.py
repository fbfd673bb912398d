"""ICMP errors about answers of the server, as a router or a client that has gone would send them
(RFC 792)."""

from __future__ import annotations

from typing import Iterator

from .packet import CLIENT, CLIENT_PORT, SERVER, SERVER_PORT, Chance, intact

UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM = 3, 4, 5, 11, 12
NEEDS_FRAGMENTATION = 4


def error(
    kind: int, code: int, mtu: int = 0, quoted: int = 28, to_port: int = CLIENT_PORT
) -> bytes:
    """Quotes the first `quoted` bytes of an answer from the server."""
    from scapy.layers.inet import ICMP, IP, UDP
    from scapy.packet import Raw

    answer = IP(src=SERVER, dst=CLIENT, id=1, flags="DF") / UDP(
        sport=SERVER_PORT, dport=to_port, len=56, chksum=0
    )
    head = ICMP(type=kind, code=code, **({"nexthopmtu": mtu} if kind == UNREACHABLE else {}))
    return bytes(IP(src=CLIENT, dst=SERVER) / head / Raw(bytes(answer)[:quoted]))


def packets(chance: Chance) -> Iterator[bytes]:
    for code in range(16):
        if code != NEEDS_FRAGMENTATION:
            yield error(UNREACHABLE, code)
            yield intact(chance, "icmp")
    for mtu in (1400, 68, 0):
        yield error(UNREACHABLE, NEEDS_FRAGMENTATION, mtu)
        yield intact(chance, "icmp")
    for kind, codes in (
        (SOURCE_QUENCH, 1),
        (REDIRECT, 4),
        (TIME_EXCEEDED, 2),
        (PARAMETER_PROBLEM, 3),
    ):
        for code in range(codes):
            yield error(kind, code)
    for quoted in (0, 19, 20, 27):
        yield error(UNREACHABLE, 3, quoted=quoted)
    yield error(UNREACHABLE, 3, to_port=9)
    yield intact(chance, "icmp")
