"""Datagrams of random content, length and header, as many as one wants.

harness/checks/tools/packets.c makes the same ones, and a test compares: a hundred thousand are
drawn there rather than kept in a file.  So nothing here may come from Python's own generator, and
what each draw means is part of the description:

    draw 0 of a datagram  bits 0-2: its kind; bits 8-18: length of its content (below);
                          bits 32-47: a number for the kind
    the draws after it    the content, eight bytes each, little-endian; of the last one as many
                          as are wanted

    the length is 2 and the number modulo 1470: who cannot do with 0, 1 or 1,472 bytes is told so
    elsewhere

    kind 0  the number is the UDP checksum         3  the number, modulo 256, is the time to live
         1  the number is the UDP length           4  without a UDP checksum
         2  the source is 192.0.x.y (the number)   5  the source port is 0
                                                   6, 7  without fault

The first state is the seed; the draws are splitmix64's.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import Any, Iterator

from .packet import Chance, datagram

WORD = (1 << 64) - 1
CONTENT_MIN, CONTENT_MAX = 2, 1471

# How many of them a corpus holds, unless asked: enough to compare.
COUNT = 24


def draws(seed: int) -> Iterator[int]:
    """Splitmix64 (Steele, Lea, Flood 2014)."""
    state = seed
    while True:
        state = state + 0x9E3779B97F4A7C15 & WORD
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
        yield z ^ z >> 31


def one(draw: Iterator[int]) -> bytes:
    head = next(draw)
    length = CONTENT_MIN + (head >> 8 & 0x7FF) % (CONTENT_MAX - CONTENT_MIN + 1)
    number = head >> 32 & 0xFFFF
    content = b"".join(struct.pack("<Q", word) for word in islice(draw, -(-length // 8)))[:length]
    kinds: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {
        0: ({}, {"chksum": number}),
        1: ({}, {"len": number}),
        2: ({"src": f"192.0.{number >> 8}.{number & 255}"}, {}),
        3: ({"ttl": number % 256}, {}),
        4: ({}, {"chksum": 0}),
        5: ({}, {"sport": 0}),
    }
    ip, udp = kinds.get(head & 7, ({}, {}))
    return bytes(datagram(content, ip, udp))


def packets(chance: Chance, count: int = COUNT) -> Iterator[bytes]:
    draw = draws(chance.seed_number)
    for _ in range(count):
        yield one(draw)
