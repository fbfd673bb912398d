"""A DNS server that answers every name alike, or is wrong in a chosen way: dns_echo.py PORT [SOCKETS] [--fault KIND] [--every N]

It knows RFC 1035, section 4.1, and nothing of how edgewise makes its names.
"""

from __future__ import annotations

import argparse
import select
import socket
import struct
import sys

HEADER = struct.Struct(">HHHHHH")
ANSWER = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + bytes([192, 0, 2, 1])
OTHER = b"\x03www\x07example\x00" + struct.pack(">HH", 1, 1)
QR = 0x8000
REFUSED = 5
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


def question_end(query: bytes) -> int:
    at = HEADER.size
    while query[at]:
        at += 1 + query[at]
    return at + 5


def response(query: bytes, fault: str) -> bytes:
    identity, flags, *_ = HEADER.unpack_from(query)
    question = query[HEADER.size : question_end(query)]
    if fault == "token":
        identity ^= 1
    if fault == "question":
        question = OTHER
    if fault in ("refusal", "refuse-all"):
        return HEADER.pack(identity, QR | flags | REFUSED, 1, 0, 0, 0) + question
    return HEADER.pack(identity, QR | flags, 1, 1, 0, 0) + question + ANSWER


def answers(query: bytes, fault: str) -> list[bytes]:
    if fault == "silent":
        return []
    if fault == "echo":
        return [query]
    return [response(query, fault)] * (2 if fault == "twice" else 1)


class Server:
    def __init__(self, first: int, sockets: int, fault: str, every: int) -> None:
        self.fault, self.every, self.count = fault, every, 0
        self.held: tuple[socket.socket, bytes, tuple[str, int]] | None = None
        self.sockets = []
        for port in range(first, first + sockets):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind(("127.0.0.1", port))
            self.sockets.append(one)

    def serve_one(self, one: socket.socket) -> None:
        try:
            query, peer = one.recvfrom(65535, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if len(query) < HEADER.size or query[2] & 0x80:
            return
        self.count += 1
        wrong = self.fault in ("refuse-all", "echo") or self.count % self.every == 0
        if wrong and self.fault == "overtake" and not self.held:
            self.held = (one, response(query, "none"), peer)
            return
        for answer in answers(query, self.fault if wrong else "none"):
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
    parser.add_argument("port", type=int)
    parser.add_argument("sockets", type=int, nargs="?", default=1)
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--every", type=int, default=97)
    given = parser.parse_args()
    try:
        Server(given.port, given.sockets, given.fault, given.every).serve()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
