"""Headers that are wrong, or right and rare: checksums, lengths, IP options, source port 0, times
to live."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from .packet import Chance, datagram, intact, payload

UDP_AT = 20  # behind an IP header without options


def checksums(chance: Chance) -> Iterator[bytes]:
    """The kernel refuses wrong ones: short datagrams (up to 76 bytes in Linux) when they come, long
    ones only when they are read. Zero means "none" (RFC 768) and is delivered."""
    for length in (48, 700):
        yield from _checksums_at(chance, length)


def _checksums_at(chance: Chance, length: int) -> Iterator[bytes]:
    changes: list[tuple[str, Callable[[int], int]]] = [
        ("by-one", lambda right: right ^ 1),
        ("swapped", lambda right: right >> 8 | (right & 0xFF) << 8),
        ("inverted", lambda right: right ^ 0xFFFF),
        ("none", lambda right: 0),
        ("right", lambda right: right),
    ]
    for name, change in changes:
        packet = bytearray(bytes(datagram(payload(chance, f"checksum/{name}-{length}", length))))
        (right,) = struct.unpack_from("!H", packet, UDP_AT + 6)
        struct.pack_into("!H", packet, UDP_AT + 6, change(right))
        yield bytes(packet)
        yield intact(chance, "checksum")


def lengths(chance: Chance) -> Iterator[bytes]:
    """UDP's own length against what is there: shorter is cut, longer and less than a header are
    refused."""
    for name, said in (
        ("zero", 0),
        ("seven", 7),
        ("twelve", 12),
        ("one-less", 55),
        ("one-more", 57),
        ("most", 65535),
    ):
        yield bytes(datagram(payload(chance, f"lengths/{name}"), udp={"len": said}))
        yield bytes(
            datagram(payload(chance, f"lengths/{name}-unsummed"), udp={"len": said, "chksum": 0})
        )
        yield intact(chance, "lengths")
    whole = intact(chance, "lengths")
    for kept in (UDP_AT, UDP_AT + 1, UDP_AT + 4, UDP_AT + 7):
        yield whole[:kept]
    yield intact(chance, "lengths")


def with_options(packet: bytes, raw: bytes) -> bytes:
    """By hand, since scapy reads what it is given, and the wrong ones cannot be read."""
    from scapy.utils import checksum

    head = bytearray(packet[:UDP_AT]) + raw
    head[0] = 0x40 | len(head) // 4
    struct.pack_into("!H", head, 2, len(packet) + len(raw))
    struct.pack_into("!H", head, 10, 0)
    struct.pack_into("!H", head, 10, checksum(bytes(head)))
    return bytes(head) + packet[UDP_AT:]


def options(chance: Chance) -> Iterator[bytes]:
    """RFC 791.  What a host does with a route is its own affair."""
    for name, raw in (
        ("end", b"\0\0\0\0"),
        ("nothing", b"\1" * 40),
        ("record-route", b"\7\x27\4" + bytes(36) + b"\0"),
        ("record-route-full", b"\7\7\x08" + b"\1\2\3\4" + b"\0"),
        ("timestamp", b"\x44\x24\5\0" + bytes(32)),
        ("timestamp-full", b"\x44\4\5\xf0"),
        ("router-alert", b"\x94\4\0\0"),
        ("security", b"\x82\x0b" + bytes(9) + b"\0"),
        ("loose-route", b"\x83\7\4\x7f\0\0\1\0"),
        ("strict-route", b"\x89\7\4\x7f\0\0\1\0"),
        ("unknown", b"\x9e\4\xff\xff"),
        ("length-zero", b"\7\0\4\0"),
        ("length-one", b"\x44\1\5\0"),
        ("beyond-header", b"\7\xff\4\0"),
        ("pointer-beyond", b"\7\7\xff" + bytes(5)),
    ):
        yield with_options(bytes(datagram(payload(chance, f"options/{name}"))), raw)
        yield intact(chance, "options")


def source_zero(chance: Chance) -> Iterator[bytes]:
    """Means "no answer wanted" (RFC 768).  It is delivered, and an answer to port 0 cannot be
    sent."""
    for i in range(8):
        yield bytes(datagram(payload(chance, f"source-zero/{i}"), udp={"sport": 0}))
        yield intact(chance, "source-zero")


def lifetimes(chance: Chance) -> Iterator[bytes]:
    """A time to live counts routers: who is there already takes any."""
    for ttl in (1, 0, 2, 1, 64, 128, 255, 1):
        yield bytes(datagram(payload(chance, f"ttl/{ttl}"), ip={"ttl": ttl}))
    yield intact(chance, "ttl")
