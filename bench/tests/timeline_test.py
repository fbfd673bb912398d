"""Which release changed which figure, and what becomes of one that cannot be had, cannot be
started, hangs, or is interrupted: timeline_test.py.  npm and edgewise are fake/npm and
fake/edgewise; nothing is fetched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH))

import history
import releases

DEADLINE_S = 120.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
# Of the limit for one fingerprint, 600 s, where one is to be reached.
SOON = "0.005"
VERSIONS = ["8.17.0", "12.9.1", "12.16.3", "12.16.20", "13.0.0-rc.1", "13.0.0"]


def row(release: str, **figures: str) -> history.Row:
    return {"release": release, "version": "", "figures": figures, "missing": None}


class Changes(unittest.TestCase):
    def told(self, *rows: history.Row) -> list[list[str]]:
        return [one["changed"] for one in history.compared(list(rows))]

    def test_a_release_is_compared_with_the_one_before_it(self) -> None:
        rows = [row("v12.9", start="1"), row("v12.16", start="2"), row("v8", start="1")]
        self.assertEqual(self.told(*rows), [[], [], ["start: 1 -> 2"]])

    def test_one_without_figures_is_passed_over(self) -> None:
        rows = [row("v1", start="1"), row("v2"), row("v3", start="2")]
        self.assertEqual(self.told(*rows), [[], [], ["start: 1 -> 2"]])

    def test_what_varies_is_not_compared(self) -> None:
        self.assertEqual(history.changes({"worst": "varies"}, {"worst": "3"}), [])
        self.assertEqual(history.changes({"worst": "3"}, {"worst": "varies"}), [])
        self.assertEqual(history.changes({"worst": "3 / varies"}, {"worst": "3 / 5"}), [])
        self.assertEqual(history.changes({"per echo": "varies+2"}, {"per echo": "3/5+2"}), [])
        self.assertEqual(
            history.changes({"worst": "3 / 1"}, {"worst": "3 / 5"}), ["worst: 3 / 1 -> 3 / 5"]
        )

    def test_of_errors_those_that_do_something_else_are_told(self) -> None:
        before = {"one error": "loses one: send-EPERM, send-ENOMEM; ends it: wait-ENOMEM"}
        now = {"one error": "loses one: send-EPERM; ends it: wait-ENOMEM, send-ENOMEM"}
        self.assertEqual(
            history.changes(before, now), ["one error: loses one -> ends it (send-ENOMEM)"]
        )
        self.assertEqual(
            history.changes(now, {"one error": "-"}),
            [
                "one error: loses one -> goes on (send-EPERM)",
                "one error: ends it -> goes on (wait-ENOMEM, send-ENOMEM)",
            ],
        )


class Releases(unittest.TestCase):
    def test_the_newest_is_by_number_and_no_preview(self) -> None:
        for asked, found in (("12", "12.16.20"), ("12.9", "12.9.1"), ("13", "13.0.0")):
            with self.subTest(asked=asked):
                self.assertEqual(releases.newest(VERSIONS, asked), found)
        self.assertIsNone(releases.newest(VERSIONS, "1"))
        self.assertIsNone(releases.newest(VERSIONS, "13.0.1"))


class Command(unittest.TestCase):
    """bench/timeline in a tree of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        fake = BENCH / "tests" / "fake"
        (self.root / "bench").mkdir()
        for path in (BENCH / "timeline", *BENCH.glob("*.py")):
            shutil.copy(path, self.root / "bench")
        (self.root / "bin").mkdir()
        for name in ("npm", "edgewise"):
            # By this interpreter: what the PATH has first may take its time to find another one.
            text = (fake / name).read_text().partition("\n")[2]
            (self.root / "bin" / name).write_text(f"#!{sys.executable}\n{text}")
            (self.root / "bin" / name).chmod(0o755)
        peers = self.root / "lib/edgewise/peers"
        peers.mkdir(parents=True)
        peer = {"name": "node", "missing": "needs it", "command": ["x"], "version": ["x", "-v"]}
        (peers / "node.json").write_text(json.dumps(peer))

    def begin(self, *asked: str, scale: str = "1") -> subprocess.Popen[str]:
        path = f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        env = os.environ | {
            "PATH": path,
            "FAKE": str(self.root),
            "EDGEWISE_TIMEOUT_SCALE": scale,
        }
        words = [sys.executable, str(self.root / "bench/timeline"), "node", *asked]
        return subprocess.Popen(
            words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def make(
        self, known: dict[str, Any], *asked: str, scale: str = "1"
    ) -> tuple[int, dict[str, history.Row]]:
        (self.root / "releases.json").write_text(json.dumps(known))
        with self.begin(*asked, scale=scale) as running:
            self.said = running.communicate(timeout=DEADLINE_S)[1]
        return running.returncode, self.rows()

    def rows(self) -> dict[str, history.Row]:
        path = self.root / "bench/timelines/node.json"
        found = json.loads(path.read_text())["rows"] if path.exists() else []
        return {one["release"]: one for one in found}

    def log(self) -> list[str]:
        return (self.root / "log").read_text().splitlines()

    def test_the_page_says_which_release_changed_what(self) -> None:
        known = {
            "12.0.0": {"figures": {"start": "33/1"}, "timer": 33},
            "13.0.0": {"figures": {"start": "32/32"}, "timer": 32},
        }
        status, rows = self.make(known, "12", "13")
        self.assertEqual(status, 0, self.said)
        changed = ["start: 33 / 1 -> 32 / 32", "timer: 33 / 33 -> 32 / 32"]
        self.assertEqual(rows["v13.0.0"]["changed"], changed)
        self.assertEqual(rows["v12.0.0"]["version"], "Node 12.0.0")
        page = (self.root / "bench/TIMELINES.md").read_text()
        self.assertIn(f"- **v13.0.0**: {'; '.join(changed)}\n", page)
        self.assertIn("Made by `bench/timeline node 12.0.0 13.0.0`.", page)

    def test_what_differs_between_the_runs_varies_from_then_on(self) -> None:
        known: dict[str, Any] = {"12.0.0": {"figures": [{"run": "1"}, {"run": "2"}]}}
        self.assertEqual(self.make(known, "12")[1]["v12.0.0"]["figures"]["run"], "varies")
        known = {"12.0.0": {"figures": {"run": "1"}}}
        self.assertEqual(self.make(known, "12")[1]["v12.0.0"]["figures"]["run"], "varies")

    def test_what_varied_may_be_exact_anew(self) -> None:
        known: dict[str, Any] = {"12.0.0": {"figures": [{"run": "1"}, {"run": "2"}]}}
        self.make(known, "12")
        known = {"12.0.0": {"figures": {"run": "1"}}}
        rows = self.make(known, "12", "--anew")[1]
        self.assertEqual(rows["v12.0.0"]["figures"]["run"], "1")

    def test_the_columns_that_are_asked_for_are_measured_and_the_others_stay(self) -> None:
        self.make({"12.0.0": {"figures": {"run": "7"}}}, "12")
        (self.root / "log").write_text("")
        known = {"12.0.0": {"figures": {"run": "8"}, "timer": 5}}
        status, rows = self.make(known, "12", "--only", "beside")
        self.assertEqual((status, set(self.log())), (0, {"beside 12.0.0"}), self.said)
        figures = rows["v12.0.0"]["figures"]
        self.assertEqual((figures["run"], figures["timer"]), ("7", "5 / 5"))
        rows = self.make({"12.0.0": {"no_beside": "hangs"}}, "12", "--only", "beside")[1]
        self.assertEqual((rows["v12.0.0"]["lacks"], rows["v12.0.0"]["missing"]), ("hangs", None))
        self.assertEqual(rows["v12.0.0"]["figures"]["timer"], "5 / 5")

    def test_rows_that_are_not_named_stay(self) -> None:
        known: dict[str, Any] = {"12.0.0": {}, "13.0.0": {"figures": {"run": "7"}}}
        self.make(known, "12")
        rows = self.make(known, "13")[1]
        self.assertEqual(rows["v12.0.0"]["figures"]["run"], "1")
        self.assertEqual(rows["v13.0.0"]["changed"], ["run: 1 -> 7"])

    def test_who_cannot_be_had_or_started_has_its_reason(self) -> None:
        known = {
            "12.0.0": {"not_found": "https://example.org/node"},
            "13.0.0": {"cannot_start": "libc.so.6: version GLIBC_9.9 not found"},
            "14.0.0": {"unsupported": "has no UDP"},
            "16.0.0": {"error": "ended with exit status 4"},
        }
        status, rows = self.make(known, "12", "13", "14", "15", "16")
        self.assertEqual(status, 0, self.said)
        for release, reason in (
            ("v12.0.0", "npm error code E404 npm error 404 Not Found - GET URL"),
            ("v13.0.0", "libc.so.6: version GLIBC_9.9 not found"),
            ("v14.0.0", "has no UDP"),
            ("v16.0.0", "ended with exit status 4"),
            ("v15", "npm has no node 15 for this machine"),
        ):
            with self.subTest(release=release):
                self.assertEqual(rows[release]["missing"], reason)
                self.assertEqual(rows[release]["figures"], {})
        self.assertIn("| v14.0.0 | Node 14.0.0 | has no UDP |", self.page())

    def page(self) -> str:
        return (self.root / "bench/TIMELINES.md").read_text()

    def test_who_hangs_costs_the_limit_once(self) -> None:
        status, rows = self.make({"12.0.0": {"hangs": "all"}}, "12", scale=SOON)
        self.assertEqual(status, 0, self.said)
        self.assertEqual(rows["v12.0.0"]["missing"], "no fingerprint within 3 s")
        self.assertEqual(self.log().count("all 12.0.0"), 1)

    def test_who_has_not_all_figures_says_which_reason_it_has(self) -> None:
        status, rows = self.make({"12.0.0": {"no_beside": "is too slow"}}, "12")
        self.assertEqual(status, 0, self.said)
        self.assertEqual(rows["v12.0.0"]["figures"]["run"], "1")
        self.assertIn("**v12.0.0** lacks figures: is too slow", self.page())

    def test_who_was_interrupted_goes_on_where_it_was(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                shutil.rmtree(self.root / "build", ignore_errors=True)
                (self.root / "log").write_text("")
                self.interrupt(number)

    def interrupt(self, number: signal.Signals) -> None:
        known: dict[str, Any] = {"12.0.0": {}, "13.0.0": {"hangs": "all"}}
        (self.root / "releases.json").write_text(json.dumps(known))
        with self.begin("12", "13", "--jobs", "1") as running:
            deadline = time.monotonic() + DEADLINE_S
            while "all 13.0.0" not in self.log():
                self.assertIsNone(running.poll(), "it ended by itself")
                self.assertLess(time.monotonic(), deadline, "it did not come to the second one")
                time.sleep(0.01)
            running.send_signal(number)
            said = running.communicate(timeout=DEADLINE_S)[1]
        self.assertEqual(running.returncode, 128 + number, said)
        self.assertNotIn("Traceback", said)
        status, rows = self.make(known | {"13.0.0": {}}, "12", "13")
        self.assertEqual(status, 0, self.said)
        self.assertEqual(rows["v13.0.0"]["missing"], None)
        # Two runs of the first; of the second one that was interrupted, and two.
        log = self.log()
        self.assertEqual([log.count(f"all {one}") for one in ("12.0.0", "13.0.0")], [2, 3])
        self.assertEqual([log.count(f"install {one}") for one in ("12.0.0", "13.0.0")], [1, 1])

    def test_without_a_peer_it_says_what_brings_it(self) -> None:
        shutil.rmtree(self.root / "lib")
        self.assertEqual(self.make({}, "12")[0], 3)
        self.assertIn("configuring brings it", self.said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
