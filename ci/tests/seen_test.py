"""What the action says of an earlier run's figures: seen_test.py."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "action"))

import seen

ROW = {"start": "1", "worst": "31", "held": "varies"}
BENCH = {"ratio": 1.2, "low": 1.1, "high": 1.3}


def of_mine(**parts: Any) -> dict[str, Any]:
    return {"targets": {"mine": parts}}


def told(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.about, one.fails) for one in seen.differences(old, new)]


class Fingerprints(unittest.TestCase):
    def compared(self, **cells: str) -> list[tuple[str, str, bool]]:
        return told(of_mine(fingerprint=ROW), of_mine(fingerprint=ROW | cells))

    def test_another_integer_fails(self) -> None:
        self.assertEqual(self.compared(worst="32"), [("error", "mine worst", True)])
        self.assertEqual(self.compared(), [])

    def test_what_varied_or_varies_now_is_no_difference(self) -> None:
        self.assertEqual(self.compared(held="7", worst="varies*"), [])

    def test_a_cell_that_one_of_both_lacks_is_not_compared(self) -> None:
        self.assertEqual(self.compared(errors="3"), [])


class Bench(unittest.TestCase):
    def compared(self, **figures: Any) -> list[tuple[str, str, bool]]:
        return told(of_mine(bench=BENCH), of_mine(bench=BENCH | figures))

    def test_intervals_that_meet_say_nothing(self) -> None:
        self.assertEqual(self.compared(ratio=1.4, low=1.3, high=1.5), [])
        self.assertEqual(self.compared(ratio=1.0, low=0.9, high=1.1), [])

    def test_those_that_do_not_are_told_and_do_not_fail(self) -> None:
        slower = self.compared(ratio=1.4, low=1.31, high=1.5)
        self.assertEqual(slower, [("warning", "mine slower", False)])
        faster = self.compared(ratio=1.0, low=0.9, high=1.09)
        self.assertEqual(faster, [("notice", "mine faster", False)])

    def test_a_baseline_without_figures_is_told(self) -> None:
        for old in ({}, BENCH | {"low": None}, BENCH | {"high": "wide"}):
            with self.subTest(old=old):
                found = told(of_mine(bench=old), of_mine(bench=BENCH))
                self.assertEqual(found, [("warning", "mine bench", False)])


class Targets(unittest.TestCase):
    def test_who_is_in_one_run_only_is_named(self) -> None:
        other: dict[str, Any] = {"targets": {"other": {"cases": {}}}}
        self.assertEqual(
            [(one.about, one.words) for one in seen.differences(of_mine(), other)],
            [
                ("mine", "is not in this run, and so not compared"),
                ("other", "is not in the baseline, and so not compared"),
            ],
        )

    def test_the_baseline_of_a_run_is_as_that_run(self) -> None:
        run = seen.Results(
            fingerprint={"result": {"fingerprints": [{"target": "mine", "row": ROW}]}},
            bench={
                "result": {"comparisons": [{"base": seen.BENCH_BASE, "name": "mine"} | BENCH]},
            },
        )
        kept = seen.baseline_of(run)
        self.assertEqual(kept["targets"], {"mine": {"fingerprint": ROW, "bench": BENCH}})
        self.assertEqual(told(kept, kept), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
