"""What an endless socket keeps waiting beside datagrams: beside_test.py EDGEWISE BESIDES
[STATIC_BESIDES]

A loop of ours that takes so many datagrams before it looks for anything else is found to do so,
whatever that is; one that never looks is found to have no bound.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from result_json import parsed
from simulated import edgewise

BESIDES = sys.argv[2]
STATIC = sys.argv[3] if len(sys.argv) > 3 else None  # where static programs can be linked
KINDS = ("timer", "signal", "pipe", "accept", "stream")


def whole(
    budget: str, *words: str, capabilities: tuple[str, ...] = KINDS, program: str = BESIDES
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    target = {
        "command": [program, budget, "{port}", "{sockets}"],
        "capabilities": ["echo", *capabilities],
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "besides.json")
        file.write_text(json.dumps(target), encoding="utf-8")
        done = edgewise(str(file), *words, "--scenario", "beside", "--json", "-")
    return done, parsed(done.stdout)["result"]["fingerprints"][0]


def runs(budget: str, *words: str, **further: Any) -> dict[str, Any]:
    done, found = whole(budget, *words, **further)
    assert done.returncode == 0, done.stderr + done.stdout
    scenario: dict[str, Any] = found["scenarios"]["beside"]
    return scenario


class Beside(unittest.TestCase):
    def test_a_budget_is_found_beside_each(self) -> None:
        for budget in (1, 7):
            found = runs(str(budget))
            expected = {"received": budget, "answered": budget}
            for kind in KINDS:
                self.assertEqual(found[f"{kind}-start"], expected, (kind, budget))
                self.assertEqual(found[f"{kind}-worst"], expected, (kind, budget))

    def test_a_loop_that_never_looks_has_no_bound(self) -> None:
        done, found = whole("0")
        self.assertEqual(done.returncode, 0, done.stdout)
        for kind in KINDS:
            self.assertEqual(
                found["scenarios"]["beside"][f"{kind}-worst"],
                {"received": "none", "answered": "none"},
                kind,
            )

    def test_who_answers_before_it_happens_is_told(self) -> None:
        self.assertEqual(runs("early", capabilities=("timer",))["timer-start"], {"early": 1})

    def test_who_never_answers_is_told(self) -> None:
        found = runs("deaf", capabilities=("pipe",))
        self.assertEqual(found["pipe-start"], {"unanswered": 1})

    def test_only_what_a_target_says_is_tried(self) -> None:
        self.assertEqual(set(runs("1", capabilities=("signal",))), {"signal-start", "signal-worst"})
        done, found = whole("1", capabilities=())
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("does not take part", found["scenarios"]["beside"]["unsupported"])

    def test_both_carriers_find_the_same(self) -> None:
        for budget in ("7", "masked", "early", "deaf"):
            done, found = whole(budget, "--carrier", "both")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertNotIn("differs", found, budget)

    def test_a_budget_in_bytes_is_found_after_one_that_has_no_end(self) -> None:
        done, found = whole("bytes", "--carrier", "both", capabilities=("pipe",))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        scenario = found["scenarios"]["beside"]
        self.assertEqual(scenario["pipe-worst"]["received"], "none")
        budget = -(-400000 // 1400)
        self.assertEqual(
            scenario["pipe-worst-large"],
            {"received": 2 * budget - 1, "answered": 2 * budget, "size": 1400},
        )

    def test_no_bound_is_doubted_where_a_thread_looks_on_by_the_clock(self) -> None:
        words = ("watched", "--carrier", "supervise")
        done, found = whole(*words, capabilities=("timer",))
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        reason = found["scenarios"]["beside"]["timer-start"]["unsupported"]
        self.assertIn("ends turns by the clock", reason)

    def test_a_timer_that_is_a_descriptor_is_let_be_due(self) -> None:
        for carrier in ("preload", "supervise"):
            words = ("descriptor", "--carrier", carrier)
            found = runs(*words, capabilities=("timer",))
            for run in ("timer-start", "timer-worst"):
                self.assertEqual(found[run], {"received": 1, "answered": 1}, (carrier, run))

    def test_a_signal_that_only_the_wait_lets_through_starves(self) -> None:
        """ppoll(2) looks for datagrams before it looks for signals."""
        endless = {"received": "none", "answered": "none"}
        self.assertEqual(runs("masked", capabilities=("signal",))["signal-start"], endless)

    def test_a_static_program_is_found_to_have_its_budget(self) -> None:
        if not STATIC:
            self.skipTest("no static program can be linked here")
        done, found = whole("5", program=STATIC)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(found["carrier"], "supervise")
        for run, figures in found["scenarios"]["beside"].items():
            self.assertEqual(figures, {"received": 5, "answered": 5}, run)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
