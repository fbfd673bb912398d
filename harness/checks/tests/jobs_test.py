"""edgewise check --jobs: jobs_test.py EDGEWISE ODD_TARGET ODD_PLUGINS MUTANT.so."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from checking import (
    DEADLINE_S,
    EDGEWISE,
    MUTANT,
    WITHOUT_NAMESPACES,
    Marked,
    check,
    odd,
    run,
    skip_unless_namespaces_can_be_limited,
)
from result_json import parsed

# One that passes, one that fails, one that is missing, two that cannot be run.
ABSENT = "echo-kqueue-edge" if sys.platform == "linux" else "echo-epoll-edge"
TARGETS = [str(MUTANT), "echo-poll", ABSENT, *odd("die"), *odd("crash")]
# One of them is alone, another in a process of its own, a third not for everybody.
CASES = ["order-freeze", "integrity-empty", "hostile-ttl", "integrity-wildcard"]
WORDS = [*TARGETS, *(word for case in CASES for word in ("--case", case)), "--seed", "7"]

with_namespaces = unittest.skipUnless(
    shutil.which("unshare")
    and subprocess.run(["unshare", "--net", "--map-root-user", "true"]).returncode == 0,
    "no network namespace can be made here",
)


def without_times(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: without_times(one) for key, one in found.items() if key != "seconds"}
    return [without_times(one) for one in found] if isinstance(found, list) else found


def in_every_form(*more: str, before: tuple[str, ...] = ()) -> tuple[int, Any, list[str], str]:
    """Exit status, JSON, text and JUnit without what is another each time, and standard error."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("result.json", "result.xml")]
        done = subprocess.run(
            [*before, EDGEWISE, "check", *WORDS, "--json", files[0], "--junit", files[1], *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=DEADLINE_S,
        )
        texts = [*(file.read_text() for file in files), done.stdout]
    found, *others = (re.sub('port [0-9]+|time="[0-9.]+"', "", text) for text in texts)
    return done.returncode, without_times(parsed(found)), others, done.stderr


@with_namespaces
class SideBySide(Marked):
    def test_all_is_told_as_without(self) -> None:
        alone, beside = in_every_form(), in_every_form("--jobs", "3")
        self.assertEqual(alone, beside)
        self.assertEqual(alone[0], 4)
        self.assertEqual(
            [(case["target"], case["verdict"]) for case in alone[1]["cases"][:9:2]],
            [
                ("swaps", "PASS"),
                ("swaps", "FAIL"),
                ("echo-poll", "PASS"),
                ("echo-poll", "PASS"),
                (ABSENT, "UNSUPPORTED"),
            ],
        )

    def test_each_has_a_network_of_its_own(self) -> None:
        words = ["echo-poll", "echo-select", "--case", "integrity-empty", "--port", "2000"]
        status, found, _ = check(*words, "--jobs", "2")
        self.assertEqual(status, 0, found)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """It is in the middle: a verdict of the first target has come."""
        child = subprocess.Popen(
            [EDGEWISE, "check", "echo-poll", "echo-select", "--jobs", "2", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
        )
        assert child.stdout
        seen = child.stdout.readline()
        while not seen.endswith(b" ."):
            seen += os.read(child.stdout.fileno(), 1)
        return child

    def test_a_signal_leaves_a_partial_result_and_nothing_running(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "result.json"
                with self.start("--repeat", "100000", "--json", str(file)) as child:
                    child.send_signal(number)
                    report, errors = child.communicate(timeout=DEADLINE_S)
                found = parsed(file.read_text())
                self.assertEqual(
                    (child.returncode, found["status"], found["partial"], errors),
                    (128 + number, 128 + number, True, b""),
                )
                self.assertIn(b"interrupted: partial", report)
                self.assertEqual({case["verdict"] for case in found["cases"]}, {"PASS"})
                self.assertEqual(self.left(), [])

    def jobs_of(self, pid: int) -> list[int]:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def test_a_job_that_dies_is_told_and_the_others_go_on(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "result.json"
            words = ["--case", "integrity", "--case", "sizes", "--json", str(file)]
            with self.start(*words) as child:
                os.kill(self.jobs_of(child.pid)[0], signal.SIGKILL)
                _, errors = child.communicate(timeout=DEADLINE_S)
            found = parsed(file.read_text())
        self.assertEqual((child.returncode, errors.count(b"\n")), (4, 1), errors)
        self.assertIn(
            "echo-poll: the process that checked it was ended by signal 9", found["error"]
        )
        verdicts = [case["verdict"] for case in found["cases"] if case["target"] == "echo-select"]
        self.assertGreater(verdicts.count("PASS"), 10)
        self.wait_until_nothing_is_left()

    def test_a_harness_that_is_killed_leaves_nothing_running(self) -> None:
        with self.start("--repeat", "100000") as child:
            child.kill()
            child.communicate(timeout=DEADLINE_S)
        self.wait_until_nothing_is_left()


class Without(unittest.TestCase):
    def test_where_there_are_no_namespaces_it_says_so_and_goes_on(self) -> None:
        skip_unless_namespaces_can_be_limited(self)
        alone = in_every_form(before=WITHOUT_NAMESPACES)
        beside = in_every_form("--jobs", "3", before=WITHOUT_NAMESPACES)
        self.assertEqual(alone[:3], beside[:3])
        said = "no network namespace for each job here (No space left on device); the targets are"
        self.assertIn(said, beside[3])

    def test_it_takes_a_number(self) -> None:
        done = run("check", "echo-poll", "--jobs", "0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--jobs takes a whole number from 1 to 1024", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
