"""The record of the two carriers, and how bench/carriers makes one: carriers_test.py EDGEWISE

The record names every server and peer, and what differed has its reason.  That a run is kept, that
a difference without a reason is told, and that what cannot be preloaded is no comparison, is tried
with an edgewise that says what a file says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parents[1]
EDGEWISE = sys.argv[1]
sys.path.insert(0, str(BENCH))

import pages

TITLE = "# Two carriers"
FAKE = """#!/bin/sh
folder=$(dirname "$0")
[ "$1" != fingerprint ] || echo "$2" >>"$folder/log"
cat "$folder/$1.json"
"""


def rows(page: Path) -> dict[str, list[str]]:
    return {row[0]: row for row in pages.rows(pages.parts(page)[TITLE])}


class Record(unittest.TestCase):
    rows = rows(BENCH / "CARRIERS.md")

    def test_it_names_every_server_and_every_peer(self) -> None:
        words = [EDGEWISE, "list", "--json", "-"]
        said = subprocess.run(words, capture_output=True, text=True, check=True)
        names = {row["name"] for row in json.loads(said.stdout)["result"]["servers"]}
        self.assertTrue(names)
        self.assertEqual(names - set(self.rows), set())

    def test_what_differed_has_its_reason(self) -> None:
        reasons = json.loads((BENCH / "carriers.json").read_text())
        text = (BENCH / "CARRIERS.md").read_text()
        for name, row in self.rows.items():
            for one in re.findall(r"[\w-]+\.[\w-]+", row[5]):
                self.assertIn(f"- {name}, {one}: {reasons.get(name, {}).get(one)}.", text)

    def test_who_did_not_agree_each_time_differed_in_something(self) -> None:
        for name, row in self.rows.items():
            counts = [re.match(r"(\d+) of (\d+) ", cell) for cell in row[3:5]]
            agreed = all(found[1] == found[2] for found in counts if found)
            self.assertEqual(agreed, row[5] == "-", name)


class Made(unittest.TestCase):
    """In a house of its own: the page and what is kept lie beside the command."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for path in ("bench/carriers", "bench/kept.py", "bench/pages.py", "bench/versions.py"):
            self.copy(path)
        self.copy("ci/load.py")
        (self.root / "harness/simulate").mkdir(parents=True)
        self.edgewise = self.root / "bin" / "edgewise"
        self.edgewise.parent.mkdir()
        self.edgewise.write_text(FAKE)
        self.edgewise.chmod(0o755)
        self.say({"target": "echo-one", "scenarios": {"cost": {}, "burst": {"run": {}}}})
        self.explain({})

    def copy(self, path: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BENCH.parent / path, self.root / path)

    def say(self, found: dict[str, Any]) -> None:
        servers = [
            {"name": "echo-one", "group": "echo", "missing": None},
            {"name": "elsewhere", "group": "peers", "missing": "not here"},
        ]
        said = {
            "list": {"edgewise": "9.9", "result": {"servers": servers}},
            "fingerprint": {"error": None, "result": {"fingerprints": [found]}},
        }
        for command, result in said.items():
            (self.edgewise.parent / f"{command}.json").write_text(json.dumps(result))

    def explain(self, reasons: dict[str, Any]) -> None:
        (self.root / "bench/carriers.json").write_text(json.dumps(reasons))

    def make(self, *words: str) -> tuple[int, list[str]]:
        command = [str(self.root / "bench/carriers"), *words, "--edgewise", str(self.edgewise)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.returncode, rows(self.root / "bench/CARRIERS.md")["echo-one"]

    def runs(self) -> int:
        return len((self.edgewise.parent / "log").read_text().splitlines())

    def test_a_run_is_made_once(self) -> None:
        self.assertRegex(self.make("idle", "--runs", "2")[1][3], r"^2 of 2 \(\d+ to \d+\)$")
        status, row = self.make("idle", "--runs", "3")
        self.assertEqual((status, self.runs(), row[4:]), (0, 3, ["-", "-"]))
        self.assertRegex(row[3], r"^3 of 3 ")
        (self.root / "harness/simulate/carrier.c").write_text("another")
        self.make("loaded", "--load", "0", "--runs", "1")
        self.assertEqual(self.runs(), 4)

    def test_servers_of_ours_have_twenty(self) -> None:
        self.assertRegex(self.make("idle")[1][3], r"^20 of 20 ")

    def test_a_difference_wants_a_reason(self) -> None:
        self.say({"scenarios": {"cost": {"x": {}}}, "differs": {"cost.x": "1 and 2"}})
        status, row = self.make("idle", "--runs", "2")
        self.assertEqual((status, row[5]), (1, "cost.x 2"))
        self.assertRegex(row[3], r"^0 of 2 ")
        self.explain({"echo-one": {"cost.x": "threads race"}})
        self.assertEqual(self.make("idle", "--runs", "2")[0], 0)
        text = (self.root / "bench/CARRIERS.md").read_text()
        self.assertIn("- echo-one, cost.x: threads race.", text)

    def test_who_cannot_be_preloaded_is_not_compared(self) -> None:
        self.say({"scenarios": {"cost": {"x": {}}}, "carrier": "supervise"})
        self.assertIn("cannot be preloaded", self.make("idle")[1][3])
        self.assertEqual(self.runs(), 1)

    def test_who_is_not_here_has_a_row(self) -> None:
        self.make("idle", "--runs", "1")
        self.assertEqual(rows(self.root / "bench/CARRIERS.md")["elsewhere"][1:], ["-"] * 5)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
