#!/usr/bin/env python3
"""Hostile packets made with scapy: written as a corpus, which `edgewise check` replays, or sent
live on lo.

A corpus of packets is one as harness/flood/corpus.h describes it, whose records are whole IPv4
packets; a record's flow is the number of its family.  The one in this folder, hostile.corpus, is
this command's with no other option than --corpus.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Iterator, Sequence

from corpus import Plan, Record, write_corpus
from flood import STATUS_CANNOT_RUN
from generators import FAMILIES, random_datagrams
from generators.packet import Chance


def packets_of(family: str, seed: int, randoms: int) -> Iterator[bytes]:
    chance = Chance(seed, family)
    if family == "random":
        return random_datagrams.packets(chance, randoms)
    return FAMILIES[family](chance)


def records(seed: int, families: Sequence[str], randoms: int) -> list[Record]:
    flows = list(FAMILIES)
    return [
        Record(flows.index(family), 0, packet)
        for family in families
        for packet in packets_of(family, seed, randoms)
    ]


def send_live(packets: Sequence[Record]) -> None:
    from scapy.config import conf
    from scapy.layers.inet import IP
    from scapy.supersocket import L3RawSocket

    conf.verb = 0
    with L3RawSocket() as raw:  # on the loopback interface no other kind delivers
        for record in packets:
            raw.outs.sendto(record.datagram, (IP(record.datagram).dst, 0))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Hostile packets made with scapy, as a corpus or live."
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="the same seed gives the same bytes (1)"
    )
    parser.add_argument(
        "--family",
        action="append",
        choices=FAMILIES,
        help="only this one; may be given several times",
    )
    parser.add_argument(
        "--random",
        type=int,
        default=random_datagrams.COUNT,
        metavar="N",
        help=f"datagrams of the family random ({random_datagrams.COUNT})",
    )
    parser.add_argument("--corpus", type=Path, metavar="FILE", help="write them")
    parser.add_argument("--live", action="store_true", help="send them to port 2000 of 127.0.0.1")
    options = parser.parse_args(arguments)
    if not (options.corpus or options.live):
        parser.error("what shall it do?  --corpus writes, --live sends")
    if not 0 <= options.seed < 1 << 64 or options.random < 0:
        parser.error("--seed is a number of 64 bits, --random at least 0")
    return options


def only_lo() -> bool:
    import socket

    return [name for _, name in socket.if_nameindex()] == ["lo"]


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    try:
        if options.live and not only_lo():
            raise PermissionError(
                "forged packets are sent only where lo is the one interface; try unshare -rn"
            )
        packets = records(options.seed, options.family or list(FAMILIES), options.random)
        if options.corpus:
            write_corpus(options.corpus, Plan(options.seed, flows=len(FAMILIES)), packets)
        if options.live:
            send_live(packets)
    except (ImportError, OSError) as error:
        print(f"hostile.py: {error}", file=sys.stderr)
        return STATUS_CANNOT_RUN
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
