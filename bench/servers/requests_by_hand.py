"""What by_hand.py asks each server: a request that carries a token, written out byte by byte; and
how to ask in the name of somebody else."""

from __future__ import annotations

import hmac
import socket
import struct
from collections.abc import Callable

ADDRESS = "127.0.0.1"
PORT = 5300
# Of RFC 5737: no route leads there.
NOWHERE = "203.0.113.1"


def dns(token: int) -> bytes:
    """RFC 1035, section 4.1: the address of a.e."""
    return struct.pack(">6H", token, 0x0100, 1, 0, 0, 0) + b"\1a\1e\0\0\1\0\1"


def memcached(token: int) -> bytes:
    """memcached's doc/protocol.txt: request id, sequence, total, reserved; the command."""
    return struct.pack(">4H", token, 0, 1, 0) + b"version\r\n"


def stun(token: int) -> bytes:
    """RFC 8489, section 5: a Binding request."""
    return struct.pack(">2HI8xI", 1, 0, 0x2112A442, token)


def ntp(token: int) -> bytes:
    """RFC 5905, section 7.3: version 4, mode 3; the transmit timestamp."""
    return struct.pack(">B39xQ", 0x23, token)


def coap(token: int) -> bytes:
    """RFC 7252, section 3: a confirmable GET with a token of two bytes."""
    return struct.pack(">BBHH", 0x42, 1, token, token)


def sip(token: int) -> bytes:
    """RFC 3261, section 11."""
    return (
        f"OPTIONS sip:{ADDRESS} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {ADDRESS};rport;branch=z9hG4bK{token}\r\n"
        f"From: <sip:a@{ADDRESS}>;tag={token}\r\nTo: <sip:{ADDRESS}>\r\nCall-ID: {token}\r\n"
        "CSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def radius(token: int) -> bytes:
    """RFC 5997, section 3: Status-Server, with the Message-Authenticator of RFC 3579, 3.2."""
    head = struct.pack(">BBHQ8xBB", 12, token % 256, 38, token, 80, 18)
    return head + hmac.new(b"testing123", head + bytes(16), "md5").digest()


def quic(token: int) -> bytes:
    """RFC 9000, section 17.2, of a version that nobody speaks (section 15): an answer names those
    that it does, and gives the source connection id back (section 17.2.1)."""
    head = struct.pack(">BIB8sBQ", 0xC0, 0x1A2A3A4A, 8, bytes(8), 8, token)
    return head + bytes(1200 - len(head))


def tracker(token: int) -> bytes:
    """BEP 15: connect, action 0."""
    return struct.pack(">QII", 0x41727101980, 0, token)


def dtls(token: int) -> bytes:
    """RFC 6347, section 4.2.1, and RFC 5246, section 7.4.1.2: a ClientHello without a cookie and
    with one suite, in a record whose number is the token."""
    hello = struct.pack(">H32xBBHHBB", 0xFEFD, 0, 0, 2, 0xC02F, 1, 0)
    size = len(hello).to_bytes(3, "big")
    handshake = b"\1" + size + bytes(5) + size + hello
    return struct.pack(">BHQH", 22, 0xFEFF, token, len(handshake)) + handshake


def snmp(token: int) -> bytes:
    """RFC 3416, section 4.2.1: a GetRequest of version 2c for sysUpTime.0."""
    binding = bytes.fromhex("30 0e 30 0c 06 08 2b 06 01 02 01 01 03 00 05 00")
    pdu = struct.pack(">BBI", 2, 4, token) + b"\2\1\0\2\1\0" + binding
    message = b"\2\1\1\4\6public\xa0" + bytes([len(pdu)]) + pdu
    return b"\x30" + bytes([len(message)]) + message


def gtpu(token: int) -> bytes:
    """3GPP TS 29.281, section 7.2.1: an Echo Request with a sequence number."""
    return struct.pack(">BBHIHH", 0x32, 1, 4, 0, token, 0)


ASK: dict[str, Callable[[int], bytes]] = {
    "nsd": dns,
    "dnsdist": dns,
    "unbound": dns,
    "kresd": dns,
    "powerdns": dns,
    "snmpd": snmp,
    "ggsn": gtpu,
    "bind": dns,
    "knot": dns,
    "dnsmasq": dns,
    "recursor": dns,
    "memcached": memcached,
    "coturn": stun,
    "chrony": ntp,
    "ntpsec": ntp,
    "opentracker": tracker,
    "libcoap": coap,
    "kamailio": sip,
    "freeradius": radius,
    "caddy": quic,
    "openssl": dtls,
}


def forge(payload: bytes, source: str = NOWHERE, port: int = 9) -> None:
    """From somebody else.  Needs a raw socket, whose kernel fills in the checksum of the IP
    header."""
    size = 8 + len(payload)
    addresses = socket.inet_aton(source) + socket.inet_aton(ADDRESS)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 1, 0, 64, socket.IPPROTO_UDP, 0) + addresses
    udp = struct.pack(">4H", port, PORT, size, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(ip + udp + payload, (ADDRESS, 0))
