#!/usr/bin/env python3
"""A seeded flood made with scapy: written as a corpus, or sent live with the answers collected.

The corpus is what `edgewise flood --replay` sends from C; what was sent and received live is what
`edgewise flood --judge` puts through the same ledger.  Raw sockets need root or a network namespace
of one's own.
"""

from __future__ import annotations

import argparse
import select
import socket
import sys
import time
from pathlib import Path
from typing import Iterable, Sequence

from corpus import PAYLOAD_MAX, PAYLOAD_MIN, Plan, Record, write_corpus

STATUS_USAGE = 2
STATUS_CANNOT_RUN = 4

# Datagrams under way: a default receive buffer holds some 250 small ones, and each flow has a
# buffer of its own.
WINDOW = 64


class Live:
    """Sends through scapy; receives on ordinary sockets that own the flows' source ports, so that
    the kernel sends no ICMP."""

    def __init__(self, address: str, first_port: int, flows: int, deadline_s: float) -> None:
        from scapy.config import conf
        from scapy.supersocket import L3RawSocket

        conf.verb = 0
        conf.L3socket = L3RawSocket  # on the loopback interface no other kind delivers
        self.raw = conf.L3socket()
        self.address = address
        self.first_port = first_port
        self.deadline_s = deadline_s
        self.clients = [self._client() for _ in range(flows)]
        self.flow_of = {client.fileno(): flow for flow, client in enumerate(self.clients)}

    def _client(self) -> socket.socket:
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.bind((self.address, 0))
        client.setblocking(False)
        return client

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.raw.close()

    def send(self, record: Record) -> None:
        from scapy.layers.inet import IP, UDP
        from scapy.packet import Raw

        source = self.clients[record.flow].getsockname()[1]
        udp = UDP(sport=source, dport=self.first_port + record.port)
        self.raw.send(IP(src=self.address, dst=self.address) / udp / Raw(record.datagram))

    def collect(self, expected: int) -> list[Record]:
        """Until so many answers came, or none for the deadline."""
        answers: list[Record] = []
        end = time.monotonic() + self.deadline_s
        while len(answers) < expected and time.monotonic() < end:
            ready, _, _ = select.select(self.clients, [], [], self.deadline_s)
            for client in ready:
                datagram, sender = client.recvfrom(65536)
                answers.append(
                    Record(self.flow_of[client.fileno()], sender[1] - self.first_port, datagram)
                )
                end = time.monotonic() + self.deadline_s
        return answers

    def flood(self, records: Sequence[Record]) -> list[Record]:
        answers: list[Record] = []
        for start in range(0, len(records), WINDOW):
            window = records[start : start + WINDOW]
            for record in window:
                self.send(record)
            answers += self.collect(len(window))
            if sys.stderr.isatty():
                print(
                    f"\r{start + len(window)} of {len(records)} sent, {len(answers)} answered",
                    end="",
                    file=sys.stderr,
                )
        if sys.stderr.isatty():
            print(file=sys.stderr)
        return answers


def in_range(records: Iterable[Record], ports: int) -> list[Record]:
    """Answers from a port that was never asked cannot be written down; the ledger misses them as
    lost."""
    return [record for record in records if 0 <= record.port < ports]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="A seeded UDP flood made with scapy, as a corpus or live."
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="the same seed gives the same bytes (1)"
    )
    parser.add_argument("--flows", type=int, default=40, help="source ports (40)")
    parser.add_argument("--count", type=int, default=2000, help="datagrams (2000)")
    parser.add_argument(
        "--sizes", default=f"{PAYLOAD_MIN}-1472", help="bytes, least-most (48-1472)"
    )
    parser.add_argument("--address", default="127.0.0.1", help="of the server (127.0.0.1)")
    parser.add_argument(
        "--ports", default="2000-2009", help="of the server, first-last (2000-2009)"
    )
    parser.add_argument(
        "--deadline", type=float, default=5.0, help="seconds to wait for an answer (5)"
    )
    parser.add_argument("--corpus", type=Path, metavar="SENT", help="write what is sent")
    parser.add_argument(
        "--live", type=Path, metavar="RECEIVED", help="send it, and write what came back"
    )
    options = parser.parse_args(arguments)
    try:
        options.first_port, last = (int(port) for port in options.ports.split("-"))
        options.least, options.most = (int(size) for size in options.sizes.split("-"))
    except ValueError:
        parser.error("--ports and --sizes take FIRST-LAST")
    options.n_ports = last - options.first_port + 1
    if not (0 < options.first_port <= last <= 65535):
        parser.error(f"--ports {options.ports} is no range within 1 to 65535")
    if not (PAYLOAD_MIN <= options.least <= options.most <= PAYLOAD_MAX):
        parser.error(f"--sizes lie within {PAYLOAD_MIN} to {PAYLOAD_MAX}")
    if not (options.corpus or options.live):
        parser.error("what shall it do?  --corpus writes, --live sends")
    if options.flows < 1 or options.count < 1 or options.seed < 0:
        parser.error("--flows and --count are at least 1, --seed at least 0")
    if options.live and not options.address.startswith("127."):
        parser.error("--live sends on the loopback interface only")
    return options


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    plan = Plan(
        options.seed, options.flows, options.n_ports, options.count, (options.least, options.most)
    )
    records = plan.records()
    try:
        if options.corpus:
            write_corpus(options.corpus, plan, records)
        if options.live:
            live = Live(options.address, options.first_port, options.flows, options.deadline)
            try:
                answers = live.flood(records)
            finally:
                live.close()
            write_corpus(options.live, plan, in_range(answers, options.n_ports))
    except ImportError as error:
        print(
            f"flood.py: {error}; install scapy, or run it with a Python that has it",
            file=sys.stderr,
        )
        return STATUS_CANNOT_RUN
    except PermissionError:
        print(
            "flood.py: raw sockets need root, or a network namespace: unshare -rn", file=sys.stderr
        )
        return STATUS_CANNOT_RUN
    except OSError as error:
        print(f"flood.py: {error}", file=sys.stderr)
        return STATUS_CANNOT_RUN
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
