"""bench/ratios on benches whose figures are known: ratios_test.py EDGEWISE RATIOS."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from typing import Any

from made_results import ResultFiles, bench, noisy, put

EDGEWISE, RATIOS = sys.argv[1:3]
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


def made(base: float, other: float, **of: Any) -> dict[str, Any]:
    return bench({"libuv-recvmmsg": noisy(base), "echo-mmsg": noisy(other)}, **of)


def wide(base: float, other: float, seed: int) -> dict[str, Any]:
    """An interval that decides nothing."""
    found = made(base, other, seed=seed)
    (one,) = found["result"]["comparisons"]
    one["low"], one["high"], one["relation"] = 0.9, 1.1, "cannot tell"
    return found


class Ratios(ResultFiles):
    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [RATIOS, "--edgewise", EDGEWISE, "--folder", str(self.folder), *words],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )

    def put(self, question: str, number: int, result: dict[str, Any]) -> None:
        (self.folder / question).mkdir(exist_ok=True)
        put(self.folder / question, f"{number}.json", result)

    def test_what_is_faster_is_not_slower(self) -> None:
        self.put("recvmmsg", 1, made(5000, 4900))
        done = self.ask("recvmmsg")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"recvmmsg \| echo-mmsg \| libuv-recvmmsg .* 0\.980 .* met")

    def test_what_is_slower_twice_is_missed(self) -> None:
        for number in (1, 2):
            self.put("recvmmsg", number, made(5000 + number, 6000 + 1.2 * number, seed=number))
        done = self.ask("--benches", "2", "recvmmsg")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"1\.200 .* \| 20 \| .* missed")

    def test_an_interval_that_is_too_wide_is_asked_for_more(self) -> None:
        self.put("recvmmsg", 1, wide(5000, 5000, 1))
        self.put("recvmmsg", 2, made(5000, 5000, seed=2))
        done = self.ask("--benches", "2", "recvmmsg")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"1\.000 .* \| 20 \| .* met")

    def test_and_decides_nothing_when_there_is_no_more(self) -> None:
        self.put("recvmmsg", 1, wide(5000, 5000, 1))
        done = self.ask("--benches", "1", "recvmmsg")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("cannot tell", done.stdout)

    def test_a_ratio_that_is_above_what_is_wanted_is_missed(self) -> None:
        for number in (1, 2):
            costs = {"echo-epoll-edge": noisy(5000 + number), "echo-gso": noisy(500)}
            self.put("gso", number, bench(costs, seed=number))
        done = self.ask("gso")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"at most 0\.05 \| 0\.100 .* missed")

    def test_what_nobody_asks_is_refused(self) -> None:
        done = self.ask("nonesuch")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing is called nonesuch", done.stderr)

    def test_all_that_is_wanted_can_be_asked(self) -> None:
        listed = self.ask("--list").stdout.split()
        for name in ("goals-echo-epoll-edge", "recvmmsg", "gso", "best-lockstep", "same"):
            self.assertIn(name, listed)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
