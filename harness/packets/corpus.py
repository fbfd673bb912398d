"""Payloads and corpora as harness/exchange/payload.h and corpus.h describe them, so that C and
Python judge each other's bytes."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

WORD = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
PER_SEQUENCE = 0xBF58476D1CE4E5B9
PER_FLOW = 0x94D049BB133111EB

PAYLOAD_MAGIC = b"EWF1"
PAYLOAD_MIN = 48
PAYLOAD_MAX = 65507

CORPUS_MAGIC = b"EWCORPUS"
CORPUS_VERSION = 1
CORPUS_HEADER = struct.Struct("<8sIIQQQ")
RECORD_HEADER = struct.Struct("<IHHI")


def checksum(datagram: bytes) -> int:
    """Over the datagram with its checksum field taken as zero."""
    padded = datagram[:4] + bytes(4) + datagram[8:] + bytes(-len(datagram) % 8)
    h = 0
    for (word,) in struct.iter_unpack("<Q", padded):
        h = (h ^ word) * GOLDEN & WORD
        h ^= h >> 32
    return h & 0xFFFFFFFF


def payload(nonce: int, flow: int, sequence: int, length: int) -> bytes:
    """One datagram of `length` bytes, both times zero."""
    if not PAYLOAD_MIN <= length <= PAYLOAD_MAX:
        raise ValueError(f"a payload has {PAYLOAD_MIN} to {PAYLOAD_MAX} bytes, not {length}")
    start = nonce + sequence * PER_SEQUENCE + flow * PER_FLOW
    words = -(-(length - PAYLOAD_MIN) // 8)
    body = b"".join(struct.pack("<Q", start + (i + 1) * GOLDEN & WORD) for i in range(words))
    head = PAYLOAD_MAGIC + bytes(4) + struct.pack("<QQQQII", nonce, sequence, 0, 0, flow, length)
    datagram = (head + body)[:length]
    return datagram[:4] + struct.pack("<I", checksum(datagram)) + datagram[8:]


@dataclass(frozen=True)
class Record:
    """A datagram of a flow, sent to or received from the target's port number `port`, counting from
    0."""

    flow: int
    port: int
    datagram: bytes


@dataclass(frozen=True)
class Plan:
    """What a corpus is made from; the same plan gives the same bytes."""

    seed: int
    flows: int = 40
    ports: int = 10
    count: int = 2000
    sizes: tuple[int, int] = (PAYLOAD_MIN, 1472)

    @property
    def nonce(self) -> int:
        return random.Random(f"edgewise nonce {self.seed}").getrandbits(64)

    def records(self) -> list[Record]:
        """Flows take turns in random stretches: runs of one flow, and many at once, both occur."""
        chance = random.Random(self.seed)
        sequences = [0] * self.flows
        records: list[Record] = []
        while len(records) < self.count:
            flow = chance.randrange(self.flows)
            for _ in range(min(chance.choice((1, 1, 1, 2, 5, 20)), self.count - len(records))):
                length = chance.randint(*self.sizes)
                records.append(
                    Record(
                        flow, flow % self.ports, payload(self.nonce, flow, sequences[flow], length)
                    )
                )
                sequences[flow] += 1
        return records


def write_corpus(path: Path, plan: Plan, records: Iterable[Record]) -> None:
    body = [RECORD_HEADER.pack(r.flow, r.port, 0, len(r.datagram)) + r.datagram for r in records]
    head = CORPUS_HEADER.pack(
        CORPUS_MAGIC, CORPUS_VERSION, plan.flows, plan.nonce, plan.seed, len(body)
    )
    path.write_bytes(head + b"".join(body))
