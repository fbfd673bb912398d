"""bench/same on benches whose figures are known, and once on one that is run: same_test.py EDGEWISE
SAME."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from made_results import bench, noisy, put

EDGEWISE, SAME = sys.argv[1:3]
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


class Same(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def same(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SAME, "--edgewise", EDGEWISE, "--folder", str(self.folder), *words],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )

    def put_pair(self, number: int, a: float, b: float) -> None:
        for half, cost in (("a", a), ("b", b)):
            put(self.folder, f"{number:04}-{half}.json", bench({"one": noisy(cost)}))

    def test_it_counts_the_pairs_that_were_told_apart(self) -> None:
        for number in range(1, 21):
            self.put_pair(number, 5000, 5000)
        done = self.same("--pairs", "20")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cannot tell in 20 of 20 pairs, 100.0 % (0 faster, 0 slower", done.stdout)
        self.put_pair(3, 5000, 6000)
        self.assertEqual(self.same("--pairs", "20").returncode, 0)
        self.put_pair(4, 6000, 5000)
        done = self.same("--pairs", "20")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot tell in 18 of 20 pairs, 90.0 % (1 faster, 1 slower", done.stdout)

    def test_pairs_without_valid_samples_do_not_count(self) -> None:
        self.put_pair(1, 5000, 5000)
        put(self.folder, "0001-b.json", bench({"one": [None] * 10}))
        done = self.same("--pairs", "1")
        self.assertEqual((done.returncode, done.stdout), (3, "no pair has valid samples\n"))

    def test_it_goes_on_where_it_was(self) -> None:
        words = ("--rounds", "2", "--sample-ms", "10", "echo-poll")
        self.assertIn(self.same("--pairs", "1", *words).returncode, (0, 3))
        first = {file: file.read_bytes() for file in self.folder.iterdir()}
        self.assertEqual(sorted(file.name for file in first), ["0001-a.json", "0001-b.json"])
        self.assertIn(self.same("--pairs", "2", *words).returncode, (0, 3))
        self.assertEqual(len(list(self.folder.iterdir())), 4)
        self.assertEqual(first, {file: file.read_bytes() for file in first})

    def test_what_is_of_another_machine_is_told(self) -> None:
        self.put_pair(1, 5000, 5000)
        put(self.folder, "0001-b.json", bench({"one": noisy(5000)}, machine={"cpus": 64}))
        done = self.same("--pairs", "1")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertRegex(done.stderr, "processors: 2 and 64.*; remove .* to begin anew")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
