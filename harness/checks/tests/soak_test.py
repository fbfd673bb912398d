"""ci/soak goes on where it was, and ends as it says: soak_test.py SOAK EDGEWISE."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

SOAK, EDGEWISE = sys.argv[1:3]
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
MORE_THAN_PROCESSORS = str((os.cpu_count() or 1) + 1)
CASE = "integrity-one-byte"

# An edgewise whose verdicts are a file of words, one for each round; "interrupt" is a round in
# which somebody interrupts the soak, after which this waits to be ended.
SCRIPTED = """#!{python}
import json, os, pathlib, signal, sys
verdicts = pathlib.Path({verdicts!r})
first, *rest = verdicts.read_text().split()
verdicts.write_text(" ".join(rest))
if first == "interrupt":
    os.kill(os.getppid(), signal.SIGINT)
    signal.pause()
verdict, _, tries = first.partition("/")
case = {{"case": "one", "verdict": verdict, "tries": int(tries or 1), "again": "edgewise check"}}
case |= {{"spoiled": "a processor was taken away" if tries else None}}
found = {{"result": {{"targets": [{{"name": "it", "cases": [case] * 100}}]}}}}
pathlib.Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(found))
sys.exit({{"FAIL": 1, "INVALID": 3, "broken": 4}}.get(verdict, 0))
"""
# What it lists: nothing, so that every word is a target.
LISTING = 'if sys.argv[1] == "list": sys.exit(print(\'{"result": {"servers": []}}\'))\n'


class Soak(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def script(self, verdicts: str) -> None:
        (self.folder / "verdicts").write_text(verdicts)

    def scripted(self) -> str:
        path = self.folder / "edgewise"
        text = SCRIPTED.format(python=sys.executable, verdicts=str(self.folder / "verdicts"))
        path.write_text(text.replace("verdicts = ", LISTING + "verdicts = ", 1))
        path.chmod(0o755)
        return str(path)

    def soak(self, edgewise: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, SOAK, "--edgewise", edgewise, "--folder", str(self.folder)]
        return subprocess.run(
            [*command, *words], capture_output=True, text=True, timeout=DEADLINE_S
        )

    def rounds(self, target: str) -> list[Any]:
        found: list[Any] = json.loads((self.folder / f"{target}.json").read_text())["rounds"]
        return found

    def test_an_interrupted_soak_goes_on_after_the_rounds_that_were_done(self) -> None:
        self.script("PASS interrupt PASS")
        edgewise = self.scripted()
        done = self.soak(edgewise, "--rounds", "2", "it")
        self.assertEqual(done.returncode, 130, done.stdout + done.stderr)
        self.assertIn("it: 1 of 2 rounds: 100 PASS", done.stdout)
        self.assertEqual(len(self.rounds("it")), 1)
        done = self.soak(edgewise, "--rounds", "2", "it")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("it: goes on after 1 of 2 rounds", done.stdout)
        self.assertIn("it: 2 of 2 rounds: 200 PASS", done.stdout)

    def test_rounds_under_another_load_are_not_added_up(self) -> None:
        self.script("PASS FAIL")
        edgewise = self.scripted()
        self.soak(edgewise, "--rounds", "1", "it")
        done = self.soak(edgewise, "--rounds", "1", "--load", "1", "it")
        self.assertIn("it: 1 of 1 rounds: 100 FAIL", done.stdout)

    def test_the_status_and_the_evidence_follow_what_was_seen(self) -> None:
        edgewise = self.scripted()
        for verdicts, load, status in (
            ("PASS WEAK", "0", 0),
            ("PASS FAIL", "0", 1),
            ("PASS INVALID", "0", 3),
            ("PASS PASS/2", "0", 3),
            ("PASS PASS/2", MORE_THAN_PROCESSORS, 0),
            ("PASS broken", "0", 4),
        ):
            with self.subTest(verdicts, load=load):
                self.script(verdicts)
                done = self.soak(edgewise, "--rounds", "2", "--load", load, "it")
                (self.folder / "it.json").unlink()
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                if "/2" in verdicts:
                    self.assertIn("spoiled:  a processor was taken away", done.stdout)

    def test_a_wrong_server_must_be_caught_nearly_always(self) -> None:
        edgewise, wrong = self.scripted(), "mutant-py-ends-at-empty"
        for verdicts, rounds, status, says in (
            ("FAIL " * 20, "20", 0, "20 of 20 rounds: 20 caught"),
            ("FAIL " * 19 + "INVALID", "20", 0, "20 of 20 rounds: 19 caught, 1 INVALID"),
            ("FAIL " * 8 + "INVALID PASS", "10", 1, "8 caught, 1 INVALID, 1 escaped"),
            ("UNSUPPORTED", "1", 3, "1 of 1 rounds: 1 UNSUPPORTED"),
        ):
            with self.subTest(verdicts):
                self.script(verdicts)
                done = self.soak(edgewise, "--rounds", rounds, wrong)
                (self.folder / f"{wrong}.json").unlink()
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                self.assertIn(says, done.stdout)

    def test_one_of_ours_is_caught(self) -> None:
        done = self.soak(EDGEWISE, "--rounds", "1", "mutant-drops-one-byte")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.rounds("mutant-drops-one-byte")[0]["seen"], {"caught": 1})

    def test_a_server_of_ours_is_soaked_under_load(self) -> None:
        done = self.soak(EDGEWISE, "--load", "1", "--rounds", "1", "--case", CASE, "echo-blocking")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.rounds("echo-blocking")[0]["seen"], {"PASS": 1, "tried again": 0})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
