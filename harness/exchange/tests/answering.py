"""A server of a chosen protocol that is right, or wrong in a chosen way:
answering.py PROTOCOL PORT [SOCKETS] [--fault KIND] [--every N] [--tells FILE]

It knows what the protocols' specifications say, and nothing of how edgewise makes its tokens.
FILE always holds how many requests it has not answered.
"""

from __future__ import annotations

import argparse
import hashlib
import select
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

FAULTS = (
    "none",
    "token",
    "question",
    "refusal",
    "twice",
    "silent",
    "refuse-all",
    "echo",
    "overtake",
)
SECRET = b"testing123"


def flip(token: bytes) -> bytes:
    """Another token, and none that is near: those of requests under way are."""
    changed = bytearray(token)
    changed[-1] ^= 0x80
    return bytes(changed)


# ---- what each answers: request and fault (none, token, question, refusal) -> answer ----

DNS_HEADER = struct.Struct(">HHHHHH")
DNS_RECORD = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + bytes([192, 0, 2, 1])


def dns(query: bytes, fault: str) -> bytes:
    identity, flags, *_ = DNS_HEADER.unpack_from(query)
    end = DNS_HEADER.size
    while query[end]:
        end += 1 + query[end]
    question = query[DNS_HEADER.size : end + 5]
    if fault == "token":
        identity ^= 1
    if fault == "question":
        question = b"\x03www\x07example\x00" + struct.pack(">HH", 1, 1)
    if fault == "refusal":
        return DNS_HEADER.pack(identity, 0x8000 | flags | 5, 1, 0, 0, 0) + question
    return DNS_HEADER.pack(identity, 0x8000 | flags, 1, 1, 0, 0) + question + DNS_RECORD


def ntp(request: bytes, fault: str) -> bytes:
    stratum, reference = (0, b"RATE") if fault == "refusal" else (2, bytes([127, 127, 1, 1]))
    version = 3 if fault == "question" else request[0] >> 3 & 7
    origin = flip(request[40:48]) if fault == "token" else request[40:48]
    now = struct.pack(">II", 0xE8000000, 0)
    return (
        struct.pack(">BBbbII4s", version << 3 | 4, stratum, 3, -20, 0, 0, reference)
        + now
        + origin
        + now
        + now
    )


def stun(request: bytes, fault: str) -> bytes:
    identity = flip(request[8:20]) if fault == "token" else request[8:20]
    if fault == "refusal":
        return (
            struct.pack(">HHI", 0x0111, 8, 0x2112A442)
            + identity
            + struct.pack(">HHI", 9, 4, 0x0400)
        )
    kind = 0x0103 if fault == "question" else 0x0101
    mapped = struct.pack(">HHBBHI", 0x0020, 8, 0, 1, 0x2112, 0x2112A442)
    return struct.pack(">HHI", kind, len(mapped), 0x2112A442) + identity + mapped


def coap(request: bytes, fault: str) -> bytes:
    length = request[0] & 15
    token = request[4 : 4 + length]
    code = {"refusal": 0x84, "question": 0x44}.get(fault, 0x45)
    if fault == "token":
        token = flip(token)
    return bytes([0x60 | length, code]) + request[2:4] + token + b"\xffhello"


def ber(tag: int, *parts: bytes) -> bytes:
    value = b"".join(parts)
    return bytes([tag, len(value)]) + value


def snmp(request: bytes, fault: str) -> bytes:
    """A request whose lengths are all below 128: version, community, then the PDU."""
    community_end = 7 + request[6]
    pdu = community_end + 2
    identity = request[pdu : pdu + 2 + request[pdu + 1]]
    name_at = request.index(b"\x06", pdu + len(identity) + 8)
    name = request[name_at : name_at + 2 + request[name_at + 1]]
    if fault == "token":
        identity = flip(identity)
    if fault == "question":
        name = ber(6, bytes([43, 6, 1, 2, 1, 1, 5, 0]))
    status = ber(2, b"\x05" if fault == "refusal" else b"\x00")
    bindings = ber(0x30, ber(0x30, name, ber(0x43, b"\x01")))
    return ber(
        0x30, request[2:community_end], ber(0xA2, identity, status, ber(2, b"\x00"), bindings)
    )


def memcached(request: bytes, fault: str) -> bytes:
    identity = flip(request[:2]) if fault == "token" else request[:2]
    line = {"refusal": b"SERVER_ERROR out of memory", "question": b"END"}.get(
        fault, b"VERSION 1.6.18"
    )
    return identity + struct.pack(">HHH", 0, 1, 0) + line + b"\r\n"


def sip(request: bytes, fault: str) -> bytes:
    status = "503 Service Unavailable" if fault == "refusal" else "200 OK"
    kept = []
    for line in request.decode().split("\r\n")[1:]:
        name = line.split(":")[0].lower()
        if fault == "token" and name == "call-id":
            line += "0"
        if fault == "question" and name == "cseq":
            line = "CSeq: 1 INVITE"
        if name == "to":
            line += ";tag=server"
        if name in ("via", "from", "to", "call-id", "cseq"):
            kept.append(line)
    return "\r\n".join([f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""]).encode()


def radius(request: bytes, fault: str) -> bytes:
    code = {"refusal": 3, "question": 2}.get(fault, 2)
    identity = request[1] ^ 0x80 if fault == "token" else request[1]
    asked = bytes(16) if fault == "question" else request[4:20]
    head = struct.pack(">BBH", code, identity, 20)
    return head + hashlib.md5(head + asked + SECRET).digest()


def quic(request: bytes, fault: str) -> bytes:
    end = 6 + request[5]
    destination, source = request[5:end], request[end : end + 1 + request[end]]
    version = request[1:5] if fault == "question" else struct.pack(">I", 1)
    if fault == "token":
        destination = flip(destination)
    return b"\xc0" + bytes(4) + source + destination + version


def dtls(request: bytes, fault: str) -> bytes:
    sequence = flip(request[5:11]) if fault == "token" else request[5:11]
    if fault == "refusal":
        return b"\x15\xfe\xfd\0\0" + bytes(6) + b"\0\x02\x02\x28"
    body = b"\xfe\xff\x14" + bytes(20)
    size = len(body).to_bytes(3, "big")
    kind = b"\x02" if fault == "question" else b"\x03"
    handshake = kind + size + bytes(5) + size + body
    return b"\x16\xfe\xff\0\0" + sequence + struct.pack(">H", len(handshake)) + handshake


def gtpu(request: bytes, fault: str) -> bytes:
    if fault == "refusal":
        return struct.pack(">BBHI4x", 0x32, 26, 4, 0)
    sequence = flip(request[8:10]) if fault == "token" else request[8:10]
    return (
        struct.pack(">BBHI", 0x32, 31 if fault == "question" else 2, 6, 0)
        + sequence
        + b"\0\0\x0e\0"
    )


def pfcp(request: bytes, fault: str) -> bytes:
    sequence = flip(request[4:7]) if fault == "token" else request[4:7]
    if fault == "refusal":
        return b"\x20\x0b\0\x04" + sequence + b"\0"
    return (
        bytes([0x20, 6 if fault == "question" else 2, 0, 12])
        + sequence
        + b"\0\0\x60\0\x04\xe8\0\0\0"
    )


def bittorrent(request: bytes, fault: str) -> bytes:
    identity = flip(request[12:16]) if fault == "token" else request[12:16]
    action = {"refusal": 3, "question": 1}.get(fault, 0)
    return struct.pack(">I", action) + identity + b"connects"


# ---- what is a request ----


class Protocol(NamedTuple):
    answer: Callable[[bytes, str], bytes]
    least: int
    is_request: Callable[[bytes], bool]


PROTOCOLS = {
    "dns": Protocol(dns, 12, lambda one: not one[2] & 0x80),
    "ntp": Protocol(ntp, 48, lambda one: one[0] & 7 == 3),
    "stun": Protocol(stun, 20, lambda one: one[:2] == b"\0\x01"),
    "coap": Protocol(coap, 4, lambda one: one[0] >> 4 == 4 and one[1] == 1),
    "snmp": Protocol(snmp, 30, lambda one: one[0] == 0x30),
    "memcached": Protocol(memcached, 8, lambda one: one[8:] == b"version\r\n"),
    "sip": Protocol(sip, 20, lambda one: one.startswith(b"OPTIONS ")),
    "radius": Protocol(radius, 38, lambda one: one[0] == 12),
    "quic": Protocol(quic, 1200, lambda one: bool(one[0] & 0x80)),
    "dtls": Protocol(dtls, 25, lambda one: one[0] == 22 and one[13] == 1),
    "gtpu": Protocol(gtpu, 12, lambda one: one[:2] == b"\x32\x01"),
    "pfcp": Protocol(pfcp, 16, lambda one: one[:2] == b"\x20\x01"),
    "bittorrent": Protocol(
        bittorrent, 16, lambda one: one[:12] == bytes.fromhex("000004172710198000000000")
    ),
}


class Server:
    def __init__(
        self,
        protocol: Protocol,
        first: int,
        sockets: int,
        fault: str,
        every: int,
        tells: Path | None = None,
    ) -> None:
        self.tells, self.silent = tells, 0
        self.tell()
        self.protocol, self.fault, self.every, self.count = protocol, fault, every, 0
        self.held: tuple[socket.socket, bytes, tuple[str, int]] | None = None
        self.sockets = []
        for port in range(first, first + sockets):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind(("127.0.0.1", port))
            self.sockets.append(one)

    def tell(self) -> None:
        if self.tells:
            self.tells.write_text(f"{self.silent}\n")

    def answers(self, request: bytes, fault: str) -> list[bytes]:
        if fault == "silent":
            return []
        if fault == "echo":
            return [request]
        kind = {"refuse-all": "refusal", "twice": "none", "overtake": "none"}.get(fault, fault)
        return [self.protocol.answer(request, kind)] * (2 if fault == "twice" else 1)

    def more_waits(self) -> bool:
        """Only then another can overtake: who waited for one would leave the last unanswered."""
        return bool(select.select(self.sockets, [], [], 0)[0])

    def serve_one(self, one: socket.socket) -> None:
        try:
            request, peer = one.recvfrom(65535, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if len(request) < self.protocol.least or not self.protocol.is_request(request):
            return
        self.count += 1
        wrong = self.fault in ("refuse-all", "echo") or self.count % self.every == 0
        if wrong and self.fault == "overtake" and not self.held and self.more_waits():
            self.held = (one, self.protocol.answer(request, "none"), peer)
            return
        answers = self.answers(request, self.fault if wrong else "none")
        if not answers:
            self.silent += 1
            self.tell()
        for answer in answers:
            one.sendto(answer, peer)
        if self.held:
            held, answer, peer = self.held
            self.held = None
            held.sendto(answer, peer)

    def serve(self) -> None:
        while True:
            for one in select.select(self.sockets, [], [])[0]:
                self.serve_one(one)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("port", type=int)
    parser.add_argument("sockets", type=int, nargs="?", default=1)
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--every", type=int, default=97)
    parser.add_argument("--tells", type=Path)
    given = parser.parse_args()
    try:
        Server(
            PROTOCOLS[given.protocol],
            given.port,
            given.sockets,
            given.fault,
            given.every,
            given.tells,
        ).serve()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
