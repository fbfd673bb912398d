"""Hostile packets by family: what each module's `packets` yields is what the family of that name
holds."""

from __future__ import annotations

from typing import Callable, Iterator

from . import fragmented, icmp, malformed, random_datagrams, spoofed
from .packet import Chance

# In the order of the corpus's flow numbers, which harness/checks/tools/packets.h gives names to.
FAMILIES: dict[str, Callable[[Chance], Iterator[bytes]]] = {
    "checksum": malformed.checksums,
    "lengths": malformed.lengths,
    "options": malformed.options,
    "source-zero": malformed.source_zero,
    "ttl": malformed.lifetimes,
    "fragments": fragmented.packets,
    "foreign": spoofed.packets,
    "icmp": icmp.packets,
    "random": random_datagrams.packets,
}
