"""Sources that nobody of this network is, or that cannot be answered; and our own address."""

from __future__ import annotations

from typing import Iterator

from .packet import SERVER, Chance, datagram, intact, payload

FOREIGN = (
    "192.0.2.1",  # documentation (RFC 5737): no route from a namespace with lo only
    "198.51.100.7",
    "10.1.2.3",
    "169.254.7.7",  # link-local
    "224.0.0.1",  # multicast
    "240.0.0.1",  # reserved
    "255.255.255.255",  # broadcast: EACCES without SO_BROADCAST
    "127.255.255.255",  # lo's broadcast address
)


def packets(chance: Chance) -> Iterator[bytes]:
    for source in FOREIGN:
        yield bytes(datagram(payload(chance, f"foreign/{source}"), ip={"src": source}))
        yield intact(chance, "foreign")
    for own in ("127.0.0.2", "127.9.9.9"):
        yield bytes(datagram(payload(chance, f"foreign/{own}"), ip={"src": own}))
    # The server's own address, from a port where nobody is: the answer comes back as an ICMP error.
    for _ in range(4):
        yield bytes(
            datagram(payload(chance, "foreign/own-address"), ip={"src": SERVER}, udp={"sport": 9})
        )
        yield intact(chance, "foreign")
