"""The ten-socket programs as a user sees them: multisocket_test.py BIN"""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

import processes

BIN = Path(sys.argv.pop(1))
DEADLINE = 10 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
PROGRAMS = (
    "tokio-multisocket-join",
    "tokio-multisocket-spawn",
    "tokio-multisocket-futuresunordered",
)


class Running:
    """A program that has told where it listens, and that the futures of its sockets were polled
    once each; in any order, since one thread tells the one and another the other."""

    def __init__(self, name: str, *options: str, sockets: int = 10) -> None:
        command = [str(BIN / name), "--port", "0", "--sockets", str(sockets), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.lines = self.process.stdout
        start = [next(self.lines).rstrip("\n") for _ in range(1 + sockets + name.endswith("spawn"))]
        self.polls = [line for line in start if line.startswith("Future")]
        self.ports = [
            int(port)
            for line in start
            if line.startswith("listening")
            for port in re.findall(r"(?<= )\d+(?= |$)", line)
        ]

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.lines.close()

    def until(self, wanted: str) -> list[str]:
        """Reads lines up to one that matches; the test's own timeout in ctest ends a wait in
        vain."""
        read = []
        for line in self.lines:
            read.append(line.rstrip("\n"))
            if re.fullmatch(wanted, read[-1]):
                return read
        raise AssertionError(f"ended without a line like {wanted}: {read}")

    def end(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        rest: str = self.lines.read()
        assert self.process.wait(DEADLINE) == 0
        return rest


def sleeps(pid: int) -> bool:
    """All its threads do: what was received is done with."""
    return processes.states(pid) == {"S"}


def client() -> socket.socket:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(DEADLINE)
    return s


class Multisocket(unittest.TestCase):
    def test_ten_futures_are_polled_once_in_order_and_each_datagram_is_told(self) -> None:
        for name in PROGRAMS:
            with self.subTest(name=name), Running(name) as program, client() as sender:
                self.assertEqual(program.polls, [f"Future #{i} poll()..." for i in range(10)])
                for port, payload in zip(program.ports, (b"hello", b""), strict=True):
                    sender.sendto(payload, ("127.0.0.1", port))
                    program.until(
                        re.escape(
                            f"recv {len(payload)} bytes from 127.0.0.1:{sender.getsockname()[1]} at"
                            f" 127.0.0.1:{port}"
                        )
                    )
                program.end()
                sender.setblocking(False)
                self.assertRaises(BlockingIOError, sender.recv, 100)  # nothing was answered

    def test_one_datagram_polls_all_ten_futures_of_a_join_and_one_of_the_others(self) -> None:
        for name in PROGRAMS:
            with self.subTest(name=name), Running(name, "--stats") as program, client() as sender:
                sender.sendto(b"hello", ("127.0.0.1", program.ports[0]))
                program.until("recv .*")
                polls = re.search(r"^polls +(\d+) polls$", program.end(), re.MULTILINE)
                self.assertEqual(polls and int(polls[1]), 20 if name.endswith("join") else 11)

    def polls_of(self, name: str, sockets: int, packets: int) -> tuple[int, int]:
        """Of the sockets' futures and of the main one, after packets to one socket, each sent when
        all is quiet."""
        told: list[str] = []
        with Running(name, "--reply", "--stats", sockets=sockets) as program, client() as sender:
            reader = threading.Thread(
                target=lambda: told.extend(program.lines)
            )  # a full pipe would stop the program
            reader.start()
            for _ in range(packets):
                deadline = time.monotonic() + DEADLINE
                while not sleeps(program.process.pid):
                    self.assertLess(time.monotonic(), deadline, "never quiet")
                sender.sendto(b"hello", ("127.0.0.1", program.ports[0]))
                self.assertEqual(sender.recv(100), b"hello")
            program.process.send_signal(signal.SIGTERM)
            reader.join()
        polls = [int(line.split()[1]) for line in told if re.match(r"(main_)?polls ", line)]
        return polls[0], polls[1]

    def test_polls_for_a_packet_are_as_many_at_ten_thousand_sockets_as_at_ten(self) -> None:
        if not Path("/proc/self/task").exists():
            self.skipTest("who sleeps is read from /proc, which is not here")
        many = min(10000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100)
        for sockets in (10, many):
            self.assertEqual(
                self.polls_of("tokio-multisocket-spawn", sockets, 20), (sockets + 20, 1)
            )
            self.assertEqual(
                self.polls_of("tokio-multisocket-futuresunordered", sockets, 20), (sockets + 20, 21)
            )
            self.assertEqual(
                self.polls_of("tokio-multisocket-join", sockets, 20), (21 * sockets, 21)
            )

    def test_told_to_reply_they_echo(self) -> None:
        for name in PROGRAMS:
            with (
                self.subTest(name=name),
                Running(name, "--reply", sockets=1) as program,
                client() as sender,
            ):
                port = program.ports[0]
                sender.sendto(b"hello", ("127.0.0.1", port))
                self.assertEqual(sender.recvfrom(100), (b"hello", ("127.0.0.1", port)))
                program.end()

    def test_help_tells_of_ten_sockets_and_of_reply(self) -> None:
        for name in PROGRAMS:
            text = subprocess.run(
                [BIN / name, "--help"], capture_output=True, text=True, check=True, timeout=DEADLINE
            ).stdout
            self.assertRegex(text, r"--sockets N +listen on N consecutive ports \(10\)")
            self.assertIn("--reply", text)

    def test_ten_thousand_sockets_are_refused_with_advice_where_the_limit_forbids_them(
        self,
    ) -> None:
        for name in PROGRAMS:
            done = subprocess.run(
                [BIN / name, "--port", "0", "--sockets", "10000"],
                capture_output=True,
                text=True,
                timeout=DEADLINE,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)),
            )
            self.assertEqual((done.returncode, done.stdout), (4, ""))
            self.assertRegex(
                done.stderr,
                (
                    r"Too many open files; raise the limit of open files \(ulimit -n\) or ask for"
                    r" fewer"
                ),
            )


if __name__ == "__main__":
    unittest.main()
