"""Tables of bench/RESULTS.md, whose rows are made by commands that go on where they were and keep
the rows of who is not here, and what README.md has of them: tables_test.py.  edgewise is
fake/edgewise."""

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

import earlier
import pages
from figures import COLUMNS, KINDS

DEADLINE_S = 120.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
ROW = dict.fromkeys(COLUMNS, "1")


def table(heads: list[str], *rows: list[str]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


class Rows(unittest.TestCase):
    def test_those_of_known_targets_stay_and_ours_come_first(self) -> None:
        before = [["b", "1"], ["gone", "1"], ["ours", pages.OURS], ["a-x", "1"]]
        found = pages.with_others(before, [["b", "2"], ["a", "1"]], {"a", "a-x", "b", "ours"})
        self.assertEqual(found, [["ours", pages.OURS], ["a-x", "1"], ["a", "1"], ["b", "2"]])

    def test_one_is_put_in_place_of_its_own_alone(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "R.md")
            pages.put(page, "# One\n\n" + table(["t", "x"], ["a", "1"], ["ab", "2"]))
            pages.put(page, "# Two\n\n" + table(["t", "x"], ["a", "1"]))
            pages.put_row(page, "# One", ["a", "9"])
            self.assertEqual(pages.rows(pages.parts(page)["# One"]), [["a", "9"], ["ab", "2"]])
            self.assertEqual(pages.rows(pages.parts(page)["# Two"]), [["a", "1"]])


class Earlier(unittest.TestCase):
    def told(self, why: dict[str, str], **now: str) -> str:
        then = {("a", "1"): {"start": "1", "worst": ""}, ("c", "1"): {"start": "1"}}
        one = earlier.Earlier("{same} of {all}", then, why)
        rows = [list((ROW | {"target": "a", "version": "1"} | now).values())]
        rows.append(["c", "1", "no fingerprint"] + [""] * (len(COLUMNS) - 3))
        return earlier.differences_from(one, rows)

    def test_what_is_the_same_is_counted_and_turns_are_no_difference(self) -> None:
        self.assertIn("1 of 1", self.told({}, start="1*", worst="7"))

    def test_what_differs_has_its_reason(self) -> None:
        told = self.told({"a": "because"}, start="2")
        self.assertIn("0 of 1", told)
        self.assertIn("| a, 1 | start: 1 -> 2 | because |", told)

    def test_without_a_reason_nothing_is_written(self) -> None:
        with self.assertRaisesRegex(SystemExit, "a was another one before .*say why"):
            self.told({}, start="2")

    def test_every_reason_is_of_a_target_that_was_measured(self) -> None:
        for one in earlier.EARLIER:
            self.assertLessEqual(set(one.why), {name for name, _ in one.then})


class Extract(unittest.TestCase):
    """README.md's table of loops."""

    def test_its_cells_are_those_of_the_tables(self) -> None:
        readme = (
            (BENCH.parent / "README.md").read_text().partition("\n### What event loops do\n")[2]
        )
        found = pages.parts(BENCH / "RESULTS.md")
        known: dict[str, dict[str, str]] = {}
        for title in ("# Fingerprints", "# What starves"):
            heads = pages.head(found[title])
            for row in pages.rows(found[title]):
                known.setdefault(row[0], {}).update(zip(heads, row))
        heads = pages.head(readme)
        self.assertGreaterEqual(len(pages.rows(readme)), 10)
        for loop, release, *cells in pages.rows(readme):
            with self.subTest(loop=loop):
                self.assertEqual(known[loop]["version"], release)
                self.assertEqual([known[loop][name] for name in heads[2:]], cells)


class Command(unittest.TestCase):
    """In a tree of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        (self.root / "bench").mkdir()
        for path in (BENCH / "starves", BENCH / "repeats", *BENCH.glob("*.py")):
            shutil.copy(path, self.root / "bench")
        text = (BENCH / "tests/fake/edgewise").read_text().partition("\n")[2]
        self.edgewise = self.root / "bin/edgewise"
        self.edgewise.parent.mkdir()
        self.edgewise.write_text(f"#!{sys.executable}\n{text}")
        self.edgewise.chmod(0o755)
        (self.root / "lib/edgewise/peers").mkdir(parents=True)
        for release in ("1", "2"):
            peer = {
                "name": f"node-{release}",
                "capabilities": ["echo", "timer"],
                "command": ["x"],
                "version": ["echo", f"Node {release}"],
            }
            (self.root / f"lib/edgewise/peers/node-{release}.json").write_text(json.dumps(peer))
        self.page = self.root / "bench/RESULTS.md"

    def begin(self, name: str, known: dict[str, Any], *words: str) -> subprocess.Popen[str]:
        (self.root / "releases.json").write_text(json.dumps(known))
        command = [self.root / "bench" / name, "--edgewise", self.edgewise, *words]
        return subprocess.Popen(
            [sys.executable, *map(str, command)],
            env=os.environ | {"FAKE": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def make(self, name: str, known: dict[str, Any], *words: str) -> int:
        with self.begin(name, known, *words) as running:
            self.said = "".join(running.communicate(timeout=DEADLINE_S))
        return running.returncode

    def rows(self, title: str) -> dict[str, list[str]]:
        return {row[0]: row[1:] for row in pages.rows(pages.parts(self.page)[title])}

    def log(self) -> list[str]:
        path = self.root / "log"
        return path.read_text().splitlines() if path.exists() else []

    def test_starves_goes_on_and_keeps_the_rows_of_who_is_not_here(self) -> None:
        absent, gone = ([name, "Node 0", *("7" for _ in KINDS)] for name in ("absent", "gone"))
        heads = ["target", "version", *KINDS]
        pages.put(self.page, "# What starves\n\n" + table(heads, absent, gone))
        known = {"1": {"timer": 1}, "2": {"timer": 2}}
        hanging = known | {"2": {"hangs": "beside"}}
        with self.begin("starves", hanging) as running:
            deadline = time.monotonic() + DEADLINE_S
            while not (self.log().count("beside 1") == 2 and "beside 2" in self.log()):
                self.assertIsNone(running.poll(), "it ended by itself")
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            while not (self.root / "build/starves/node-1-1.json").exists():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            running.send_signal(signal.SIGTERM)
            said = running.communicate(timeout=DEADLINE_S)[1]
        self.assertEqual(running.returncode, 143, said)
        self.assertEqual(self.make("starves", known), 0, self.said)
        # Two runs of the first; of the second one that was interrupted, and two.
        self.assertEqual([self.log().count(f"beside {one}") for one in "12"], [2, 3])
        found = self.rows("# What starves")
        self.assertEqual(list(found), ["absent", "node-1", "node-2"])
        self.assertEqual(found["absent"], absent[1:])
        self.assertEqual(found["node-2"][:2], ["Node 2", "2 / 2"])
        self.assertIn("not here, their rows stay: absent", self.said)
        self.assertIn("no targets any more: gone", self.said)

    def test_starves_says_who_has_no_figures_and_why(self) -> None:
        known = {"1": {"no_beside": "is too slow"}, "2": {"timer": 2}}
        self.assertEqual(self.make("starves", known), 0, self.said)
        found = self.rows("# What starves")
        self.assertEqual(found["node-1"], ["Node 1", "is too slow", "", "", "", ""])
        self.assertEqual(found["node-2"][1], "2 / 2")

    def test_repeats_counts_the_runs_that_agree_and_says_what_varies_in_both_tables(self) -> None:
        rows = [
            list((ROW | {"target": name, "version": f"Node {name[-1]}", "start": "1 / 1"}).values())
            for name in ("node-1", "node-2")
        ]
        pages.put(self.page, "# Fingerprints\n\n" + table(COLUMNS, *rows))
        known = {"1": {}, "2": {"figures": [{"start": "1/1"}, {"start": "1/1"}, {"start": "2/1"}]}}
        self.assertEqual(self.make("repeats", known, "--runs", "3"), 1, self.said)
        self.assertIn("say why in WHY: node-2", self.said)
        found = self.rows("# Repeated runs")
        self.assertEqual(found["node-1"], ["Node 1", "3", "3", "-", "-"])
        self.assertEqual(found["node-2"], ["Node 2", "3", "2", "start", "-"])
        now = self.rows("# Fingerprints")
        self.assertEqual(now["node-1"], rows[0][1:])
        self.assertEqual(now["node-2"][1], "varies / 1")
        self.assertIn("1 of 2 loops gave the same in every run", self.page.read_text())

    def test_repeats_says_why_a_loop_has_no_runs(self) -> None:
        pages.put(self.page, "# Fingerprints\n\n" + table(COLUMNS))
        known = {"1": {"unsupported": "has no UDP"}, "2": {}}
        self.assertEqual(self.make("repeats", known, "--runs", "1"), 0, self.said)
        self.assertEqual(
            self.rows("# Repeated runs")["node-1"], ["Node 1", "0", "0", "-", "has no UDP"]
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
