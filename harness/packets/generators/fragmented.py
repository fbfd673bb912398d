"""Datagrams in pieces, put together by the kernel or given up (RFC 791, RFC 5722 on overlaps)."""

from __future__ import annotations

from typing import Iterator

from .packet import Chance, datagram, intact, payload

PIECE = 64
HEADER = 20


class Pieces:
    """Cuts each datagram into pieces; every one has an identification of its own."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.identification = chance.randrange(1, 30000)

    def of(self, name: str, length: int = 500, piece: int = PIECE) -> list[bytes]:
        from scapy.layers.inet import fragment

        self.identification += 1
        whole = datagram(
            payload(self.chance, f"fragments/{name}", length), ip={"id": self.identification}
        )
        return [bytes(one) for one in fragment(whole, fragsize=piece)]

    @staticmethod
    def moved(piece: bytes, by_bytes: int, more: bool) -> bytes:
        """The same piece at another offset; `more` says whether others follow."""
        at = int.from_bytes(piece[6:8], "big") & 0x1FFF
        word = (at + by_bytes // 8) & 0x1FFF | (0x2000 if more else 0)
        return piece[:6] + word.to_bytes(2, "big") + piece[8:]


def packets(chance: Chance) -> Iterator[bytes]:
    pieces = Pieces(chance)

    yield from pieces.of("in-order")
    yield from reversed(pieces.of("reversed"))
    shuffled = pieces.of("shuffled")
    chance.shuffle(shuffled)
    yield from shuffled
    yield from pieces.of("smallest", 100, piece=8)
    twice = pieces.of("each-twice")
    yield from (one for pair in zip(twice[:-1], twice[:-1]) for one in pair)
    yield twice[-1]
    yield from _interleaved(pieces)
    yield from _wrong(pieces)
    yield intact(chance, "fragments")


def _interleaved(pieces: Pieces) -> Iterator[bytes]:
    first, second = pieces.of("interleaved-1"), pieces.of("interleaved-2")
    for pair in zip(first, second):
        yield from pair


def _wrong(pieces: Pieces) -> Iterator[bytes]:
    """None of these becomes a datagram, and none may harm the next."""
    overlapping = pieces.of("overlapping")
    yield overlapping[0]
    yield pieces.moved(overlapping[1], -16, more=True)
    yield from overlapping[1:]
    yield intact(pieces.chance, "fragments")
    yield from pieces.of("never-completed")[:-1]
    yield from pieces.of("without-first")[1:]
    yield intact(pieces.chance, "fragments")
    beyond = pieces.of("beyond-65535")
    yield beyond[0]
    yield pieces.moved(beyond[1], 65528 - PIECE, more=False)
    yield intact(pieces.chance, "fragments")
    two_ends = pieces.of("two-ends")
    yield two_ends[-1]
    yield pieces.moved(two_ends[1], 8 * PIECE, more=False)
    yield from two_ends[:-1]
