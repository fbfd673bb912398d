"""The program around a server, as a person or a script meets it: program_test.py PROGRAM..."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
PROGRAMS = [Path(argument) for argument in sys.argv[1:]]


def run(program: Path, *options: str, **more: Any) -> subprocess.CompletedProcess[str]:
    more = {"capture_output": True, "text": True, "timeout": DEADLINE_S} | more
    return subprocess.run([program, *options], **more)


class Server:
    """A started program on kernel-picked ports; the first line tells which."""

    def __init__(self, *command: str | Path) -> None:
        self.process = subprocess.Popen(
            [*command, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.first_line = self.process.stdout.readline()
        match = re.search(r"port (\d+)", self.first_line)
        assert match, self.first_line
        self.port = int(match.group(1))

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, number: int = signal.SIGTERM) -> tuple[str, str]:
        self.process.send_signal(number)
        return self.process.communicate(timeout=DEADLINE_S)


def echo(port: int, payload: bytes) -> tuple[bytes, int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(DEADLINE_S)
        client.sendto(payload, ("127.0.0.1", port))
        return client.recv(65536), client.getsockname()[1]


class Program(unittest.TestCase):
    program: Path

    def test_help_explains_itself_and_succeeds(self) -> None:
        done = run(self.program, "--help")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "")
        for option in (
            "--address",
            "--port",
            "--sockets",
            "--quiet",
            "--trace",
            "--stats",
            "Exit status",
        ):
            self.assertIn(option, done.stdout)

    def test_bad_usage_is_one_clear_line_and_status_2(self) -> None:
        for options in (
            ["--port", "65536"],
            ["--port", "x"],
            ["--port", "-1"],
            ["--sockets", "0"],
            ["--queue", "0"],
            ["--port", "65535", "--sockets", "2"],
            ["--address", "localhost"],
            ["--when-full", "explode"],
            ["extra"],
            ["--quiet", "--trace"],
        ):
            done = run(self.program, *options)
            self.assertEqual((done.returncode, done.stdout), (2, ""), options)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual(run(self.program, "--nonsense").returncode, 2)

    def test_what_an_option_was_called_before_is_taken_and_not_shown(self) -> None:
        shown = run(self.program, "--help").stdout
        for name, old in (
            ("--receive-bytes", "--receive-buffer"),
            ("--send-bytes", "--send-buffer"),
        ):
            self.assertIn(name, shown)
            self.assertNotIn(old, shown)
            for option in (name, old):
                done = run(self.program, option, "0")
                self.assertEqual(done.returncode, 2)
                self.assertIn(f"{name} takes a whole number from 1", done.stderr)

    def test_signals_end_it_cleanly(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with Server(self.program) as server:
                _, errors = server.end(number)
                self.assertEqual((server.process.returncode, errors), (0, ""))

    def test_plain_strace_shows_the_loop(self) -> None:
        traced = ["strace", "-o", os.devnull, "true"]
        if not shutil.which("strace") or subprocess.run(traced, check=False).returncode != 0:
            self.skipTest("strace is not installed, or may not trace here")
        with tempfile.NamedTemporaryFile("r") as log:
            # a leak checker is a tracer itself, and there can be only one
            words = ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-o", log.name]
            words += [str(self.program), "--foreground-loop"]
            with Server(*words) as server:
                echo(server.port, b"hello")
                children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
                os.kill(int(children.read_text().split()[0]), signal.SIGTERM)
                self.assertEqual(server.process.wait(DEADLINE_S), 0)
            self.assertRegex(log.read(), r"recvfrom\(\d+, \"hello\".*\n(.*\n)*sendto\(")

    def test_stop_and_continue_changes_nothing(self) -> None:
        with Server(self.program) as server:
            server.process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, server.process.pid, os.WSTOPPED)
            server.process.send_signal(signal.SIGCONT)
            self.assertEqual(echo(server.port, b"again")[0], b"again")
            server.end()
            self.assertEqual(server.process.returncode, 0)

    def test_a_port_in_use_is_status_4_with_advice(self) -> None:
        with Server(self.program) as server:
            done = run(self.program, "--port", str(server.port))
            self.assertEqual(done.returncode, 4)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn("--port", done.stderr)

    def test_an_address_of_another_machine_is_status_4(self) -> None:
        done = run(self.program, "--address", "192.0.2.1", "--port", "0")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (4, 1))

    def test_too_few_descriptors_is_status_4_and_says_what_to_raise(self) -> None:
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))  # noqa: E731
        done = run(self.program, "--port", "0", "--sockets", "100", preexec_fn=limit)
        self.assertEqual(done.returncode, 4)
        self.assertIn("ulimit -n", done.stderr)

    def test_a_full_disk_is_status_4(self) -> None:
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full on this platform")
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [self.program, "--port", "0"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                timeout=DEADLINE_S,
            )
        self.assertEqual(done.returncode, 4)
        self.assertIn("standard output", done.stderr)

    def test_a_reader_that_goes_away_is_status_4(self) -> None:
        if not self.prints_lines():
            self.skipTest(f"{self.program.name} prints no lines")
        with Server(self.program) as server:
            assert server.process.stdout
            server.process.stdout.close()
            echo(server.port, b"who reads this")
            self.assertEqual(server.process.wait(timeout=DEADLINE_S), 4)

    def test_closed_streams_are_not_taken_for_descriptors_of_its_own(self) -> None:
        done = subprocess.run(
            ["sh", "-c", 'exec "$0" --port 0 <&- >&-', self.program],
            stderr=subprocess.PIPE,
            text=True,
            timeout=DEADLINE_S,
        )
        self.assertEqual((done.returncode, done.stderr.count("\n")), (4, 1), done.stderr)
        self.assertIn("standard output", done.stderr)

    def test_each_datagram_prints_its_lines(self) -> None:
        if not self.prints_lines():
            self.skipTest(f"{self.program.name} prints no lines")
        with Server(self.program) as server:
            answer, client = echo(server.port, b"hello")
            self.assertEqual(answer, b"hello")
            lines = [
                line
                for line in server.end()[0].splitlines()
                if not line.startswith("total pending")
            ]
        self.assertEqual(
            lines,
            [f"recv 5 bytes from 127.0.0.1:{client}.", f"sent 5 bytes to 127.0.0.1:{client}."],
        )

    def test_lines_reach_a_file_and_a_pipe_when_they_are_complete(self) -> None:
        if not self.prints_lines():
            self.skipTest(f"{self.program.name} prints no lines")
        with (
            tempfile.NamedTemporaryFile("w") as log,
            open(log.name) as file,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        ):
            client.bind(("127.0.0.1", 0))
            server = subprocess.Popen([self.program, "--port", "0"], stdout=log)
            try:
                first = self.line_of(file)
                self.assertRegex(first, r"^listening on 127\.0\.0\.1, port \d+\n$")
                client.sendto(b"hello", ("127.0.0.1", int(first.split()[-1])))
                self.assertRegex(self.line_of(file), r"^recv 5 bytes from .*\n$")
            finally:
                server.terminate()
                self.assertEqual(server.wait(DEADLINE_S), 0)
        with Server(self.program) as piped:
            echo(piped.port, b"hello")
            assert piped.process.stdout
            self.assertRegex(piped.process.stdout.readline(), r"^recv 5 bytes from .*\n$")

    def line_of(self, file: Any) -> str:
        """The next one, of a file that grows."""
        deadline, line = time.monotonic() + DEADLINE_S, ""
        while not line.endswith("\n"):
            self.assertLess(time.monotonic(), deadline, f"no line after {line!r}")
            line += file.readline()
        return line

    def test_stats_print_every_counter(self) -> None:
        with Server(self.program, "--stats") as server:
            echo(server.port, b"hello")
            out, _ = server.end()
        counters = dict(re.findall(r"^(\w+) +(\d+) \w+$", out, re.MULTILINE))
        self.assertIn("waits", counters)
        self.assertEqual(counters["datagrams_received"], "1" if self.prints_lines() else "0")

    def prints_lines(self) -> bool:
        return self.program.name != "echo-bare"


def load_tests(loader: unittest.TestLoader, _tests: object, _pattern: object) -> unittest.TestSuite:
    suite = unittest.TestSuite()
    for program in PROGRAMS:
        case = type(program.name, (Program,), {"program": program})
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
