"""edgewise check that cannot do what it is told, or not to its end: check_errors_test.py EDGEWISE
ODD_TARGET ODD_PLUGINS MUTANT.so."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

from checking import DEADLINE_S, EDGEWISE, ODD_PLUGINS, Marked, check, odd, run
from result_json import parsed
from terminal import shown_on_terminal

NOBODY = 65534


class BadInput(unittest.TestCase):
    def refused(self, words: list[str], status: int, says: str, **more: Any) -> None:
        with self.subTest(words=words):
            got, found, errors = check(*words, **more)
            self.assertEqual(got, status, errors)
            self.assertRegex(found["error"], says)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            self.assertIn(found["error"], errors)

    def test_usage(self) -> None:
        bad: list[tuple[list[str], str]] = [
            (["nonesuch"], "nonesuch"),
            ([], "which target"),
            (["--nonesuch"], "--nonesuch"),
            (["echo-poll", "--case", "nonesuch"], "nonesuch"),
            (["echo-poll", "--skip", "nonesuch"], "nonesuch"),
            (["echo-poll", "--repeat", "0"], "--repeat"),
            (["echo-poll", "--port", "65536"], "65535"),
            (["--exec", "server 'x"], "quote"),
            (["--exec", ""], "empty"),
            (["--exec", "'' {port}"], "no program"),
            (["/nonexistent/target.json"], "No such file"),
        ]
        for words, says in bad:
            self.refused(words, 2, says)

    def test_no_case_left_is_usage(self) -> None:
        self.refused(["echo-poll", "--case", "signals-stop", "--skip", "signals"], 2, "no case")

    def test_a_malformed_target_file_is_told_with_its_place(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bad.json"
            file.write_text('{"command": ["x"],\n "ports": }')
            self.refused([str(file)], 2, r"bad\.json:2:11: ")

    def test_the_last_port_is_the_last(self) -> None:
        status, found, _ = check(
            "echo-poll", "--port", "65535", "--case", "order-freeze", "--private"
        )
        self.assertEqual(status, 0, found)

    def test_targets_that_do_not_come_up(self) -> None:
        for mode, says in (
            ("die", "exit status 3.*I would rather not"),
            ("crash", "signal"),
            ("daemon", "into the background"),
        ):
            self.refused(odd(mode), 4, says)
        self.refused(["--exec", "/nonexistent/server {port}"], 4, "cannot be started: No such file")

    def test_a_target_that_never_answers(self) -> None:
        self.refused([*odd("deaf"), "--timeout-scale", "0.1"], 4, "never answered")

    def test_a_port_in_use(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = str(taken.getsockname()[1])
            self.refused(["echo-poll", "--port", port], 4, "in use: somebody else listens")
            self.refused([*odd("echo"), "--port", port], 4, "in use: somebody else listens")

    def test_no_permission(self) -> None:
        who: dict[str, Any] = (
            {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        try:
            reachable = run("--version", **who).returncode == 0
        except PermissionError:
            reachable = False
        start = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        if not reachable or not start.exists() or int(start.read_text()) <= 1:
            self.skipTest(
                "every port is free for everybody here, or another user cannot run the build"
            )
        self.refused(["echo-poll", "--port", "1"], 4, "ermission denied.*higher", cwd="/", **who)

    def test_plugins_that_are_none(self) -> None:
        for name, says in (("odd-stop", "ew_stop"), ("odd-short", "bytes"), ("odd-abi", "ABI 99")):
            self.refused([str(ODD_PLUGINS / f"{name}.so")], 4, says)


class Output(unittest.TestCase):
    @unittest.skipUnless(Path("/dev/full").exists(), "no /dev/full here")
    def test_a_full_disk_is_told(self) -> None:
        for words in (["--json", "/dev/full"], ["--junit", "/dev/full"]):
            done = run("check", "echo-poll", "--case", "integrity-empty", *words)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (4, 1), done.stderr)
            self.assertIn("No space left", done.stderr)

    def test_progress_and_colour_are_for_terminals(self) -> None:
        words = [EDGEWISE, "check", "echo-poll", "--case", "integrity-empty"]
        seen = shown_on_terminal(words, DEADLINE_S)
        self.assertIn(b"\x1b[32mPASS", seen)
        done = run(*map(str, words[1:]))
        self.assertNotRegex(done.stdout + done.stderr, "[\r\x1b]")


class Endings(Marked):
    def start(self, *words: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [EDGEWISE, "check", "echo-poll", "--repeat", "100000", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.env,
        )
        assert child.stdout
        for line in child.stdout:
            if "integrity-bytes" in line:  # it is in the middle
                break
        return child

    def test_a_signal_leaves_a_partial_result_and_nothing_running(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "result.json"
                with self.start(
                    "--json", str(file), "--junit", str(Path(folder) / "result.xml")
                ) as child:
                    child.send_signal(number)
                    report, errors = child.communicate(timeout=DEADLINE_S)
                found = parsed(file.read_text())
                self.assertEqual(
                    (child.returncode, found["status"], found["partial"]),
                    (128 + number, 128 + number, True),
                )
                self.assertRegex(report, r"\d+ passed.*interrupted: partial\n$")
                self.assertEqual(errors, "")
                self.assertEqual({case["verdict"] for case in found["cases"]}, {"PASS"})
                xml.fromstring((Path(folder) / "result.xml").read_text())
                self.assertEqual(self.left(), [])

    def test_a_harness_that_is_killed_leaves_nothing_running(self) -> None:
        with self.start() as child:
            child.kill()
            child.communicate(timeout=DEADLINE_S)
        self.wait_until_nothing_is_left()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
