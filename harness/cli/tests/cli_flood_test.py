"""edgewise flood as a person or a script meets it: cli_flood_test.py EDGEWISE."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from command import EDGEWISE, Case, result_of, run

NOBODY = 65534
DYING = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1])))
for _ in range(300):
    data, peer = s.recvfrom(65536)
    s.sendto(data, peer)
sys.stderr.write("these are my last words")
sys.exit(9)
"""


class Flood(Case):
    def flood(self, *words: str) -> tuple[int, dict[str, Any]]:
        return result_of("flood", *words)

    def test_a_count_is_sent_echoed_and_accounted_for(self) -> None:
        status, found = self.flood(
            "echo-poll", "--count", "5000", "--flows", "5", "--sockets", "3", "--size", "48-1472"
        )
        self.assertEqual(status, 0, found)
        counts, books = found["result"]["counts"], found["result"]["books"]
        self.assertEqual((counts["sent"], counts["echoed"]), (5000, 5000))
        self.assertEqual((books["dropped_by_server"], books["unaccounted"]), (0, 0))
        self.assertEqual(found["result"]["latency_raw_ns"]["count"], 5000)

    def test_a_command_is_flooded_and_what_it_does_not_tell_is_unknown(self) -> None:
        program = EDGEWISE.parent / "echo-poll"
        status, found = self.flood(
            "--count", "1000", "--exec", f"{program} --quiet --port {{port}}"
        )
        self.assertEqual(status, 0, found)
        self.assertIsNone(found["result"]["books"]["dropped_by_server"])
        self.assertFalse(found["result"]["books"]["attributed"])

    def test_ipv6(self) -> None:
        if (
            not socket.has_ipv6
            or run("flood", "--count", "1", "--address", "::1", "echo-poll").returncode == 4
        ):
            self.skipTest("no IPv6 loopback here")
        status, found = self.flood("--count", "1000", "--address", "::1", "echo-poll")
        self.assertEqual((status, found["result"]["counts"]["echoed"]), (0, 1000), found)

    def test_the_same_seed_gives_the_same_nonce(self) -> None:
        nonces = {
            self.flood("--count", "10", "--seed", "5", "echo-poll")[1]["result"]["generator"][
                "nonce"
            ]
            for _ in range(2)
        }
        self.assertEqual(len(nonces), 1)

    def test_an_open_loop_reports_both_latencies_and_its_lag(self) -> None:
        _, found = self.flood("--count", "500", "--rate", "5000", "echo-poll")
        self.assertEqual(found["result"]["counts"]["sent"], 500)
        self.assertEqual(found["result"]["generator"]["lag_ns"]["count"], 500)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "latency.hgrm"
            run("flood", "--count", "500", "--rate", "5000", "--hgrm", str(file), "echo-poll")
            self.assertRegex(file.read_text(), r"Percentile(.|\n)*1\.000000000000 +500")

    def test_a_search_ends_with_a_confirmed_rate_or_says_that_there_is_none(self) -> None:
        status, found = self.flood("--search", "--duration", "0.03", "echo-poll")
        rate, trials = found["result"]["highest_rate"], found["result"]["trials"]
        self.assertEqual(status, 0 if rate else 3, found)
        if rate:
            lower = found["result"]["relevant_lower_bound"]
            (confirmed,) = [t for t in trials if t["longer"] and t["asked"] == lower]
            self.assertEqual((confirmed["outcome"], confirmed["achieved"]), ("clean", rate))
            self.assertGreater(found["result"]["relevant_upper_bound"], lower)

    def test_more_ports_than_the_soft_limit_of_descriptors_get_traffic(self) -> None:
        _, found = self.flood("--sockets", "1100", "--count", "2200", "--window", "1", "echo-poll")
        self.assertEqual(found["result"]["counts"]["sent"], 2200)
        self.assertEqual(found["result"]["generator"]["flows"], 1100)

    def test_quiet_is_quiet(self) -> None:
        done = run("flood", "--count", "100", "--quiet", "echo-poll")
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        # INVALID where other tests beside it take its processor, or show in the shared counters.
        self.assertIn(done.returncode, (0, 3))

    def test_list_runs_nothing(self) -> None:
        done = run("flood", "--list", "echo-poll")
        self.assertEqual((done.returncode, done.stdout), (0, "echo-poll\n"))

    def test_bad_input_is_refused_in_one_line(self) -> None:
        bad: list[tuple[list[str], int, str]] = [
            (["nonesuch"], 2, "nonesuch"),
            ([], 2, "which target"),
            (["echo"], 2, "one target at a time"),
            (["127.0.0.1:65536"], 2, "65535"),
            (["127.0.0.1:65530-65540"], 2, "65535"),
            (["echo-poll", "--port", "65536"], 2, "65535"),
            (["echo-poll", "--port", "65530", "--sockets", "10"], 2, "65535"),
            (["echo-poll", "--size", "47"], 2, "48"),
            (["echo-poll", "--rate", "0"], 2, "--rate"),
            (["echo-poll", "--duration", "x"], 2, "--duration"),
            (["echo-poll", "--batch", "x"], 2, "plain, mmsg or gso"),
            (["echo-poll", "--pin", "0,x"], 2, "--pin"),
            (["echo-poll", "--pin", "1023"], 2, "pin"),
            (["echo-poll", "--one-way"], 2, "closed loop"),
            (["echo-poll", "--replay", "/nonexistent"], 4, "No such file"),
            (["echo-poll", "--replay", __file__], 2, "no corpus"),
            (["--judge", __file__], 2, "RECEIVED"),
            (["203.0.113.1:2000"], 2, "--remote"),
            (["--exec", "/nonexistent/server"], 4, "cannot be started"),
        ]
        for words, status, says in bad:
            with self.subTest(words=words):
                done = run("flood", "--count", "10", *words)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(says, done.stderr)

    def test_errors_are_in_the_json_too(self) -> None:
        for words, status in (
            (["nonesuch"], 2),
            (["--nonesuch"], 2),
            (["--exec", "/nonexistent/server"], 4),
        ):
            got, found = self.flood(*words)
            self.assertEqual(got, status)
            self.assertTrue(found["error"])
            self.assertIsNone(found["result"])

    def test_nobody_there_is_said_so(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        self.assert_says(run("flood", "--count", "10", f"127.0.0.1:{port}"), 4, "nobody listens")

    def test_a_port_without_permission_is_said_so(self) -> None:
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
        done = run("flood", "--count", "10", "--port", "1", "echo-poll", cwd="/", **who)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("ermission denied", done.stderr)

    def test_a_port_in_use_is_said_so(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            done = run("flood", "--count", "10", "--port", str(taken.getsockname()[1]), "echo-poll")
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn("in use", done.stderr)

    def test_a_target_that_dies_under_the_flood_is_a_finding_with_its_last_words(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "dying.py"
            program.write_text(DYING)
            done = run(
                "flood", "--duration", "0.5", "--exec", f"{sys.executable} {program} {{port}}"
            )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(
            done.stderr, "ended under the flood.*exit status 9.*these are my last words"
        )

    def test_junit_has_one_case(self) -> None:
        done = run("flood", "--count", "10", "--junit", "-", "echo-poll")
        self.assertIn('<testcase classname="echo-poll" name="flood"', done.stdout)
        self.assertIn('tests="1" failures="0" errors="0"', done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
