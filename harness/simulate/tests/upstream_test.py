"""Forwarders and their upstream: upstream_test.py EDGEWISE FORWARDER

A forwarder of ours whose budget is known has the figures that follow from it, on both carriers,
whatever it speaks; what cannot be answered as an upstream does leaves no figure; and the same
forwarder is judged and flooded on real sockets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from typing import Any

import simulated
from result_json import parsed

FORWARDER = sys.argv[2]
CARRIERS = ("preload", "supervise")
SPOKEN = ("echo", "dns:zone=test.,rd")


def command(budget: int, *further: str) -> str:
    return " ".join([FORWARDER, "{port} {sockets}", str(budget), "{upstream}", *further])


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.argv[1], *words], capture_output=True, text=True, timeout=120 * simulated.SCALE
    )


def carriers() -> tuple[str, ...]:
    """A supervisor needs what not every machine allows (harness/simulate/README.md)."""
    done = run(
        "fingerprint", "echo-poll", "--scenario", "burst", "--carrier", "supervise", "--json", "-"
    )
    found = parsed(done.stdout)["result"]["fingerprints"][0]
    if "unsupported" in found:
        print(f"not tried: supervise: {found['scenarios']}")
        return CARRIERS[:1]
    return CARRIERS


def fingerprints(budget: int, *words: str) -> list[dict[str, Any]]:
    return [
        simulated.fingerprint("--exec", command(budget), *words, "--carrier", carrier)
        for carrier in carriers()
    ]


class Simulated(unittest.TestCase):
    def test_what_waits_for_the_upstream_shows_in_the_bounds(self) -> None:
        """The flooded port's budget is passed on, then the quiet port's one, then the answers come
        in that order.  Answers are found in every other round, those of two rounds at once; at
        worst the quiet port has just been passed over in a round that finds some: two budgets,
        and one more before its own in the next such round."""
        for speaks, budget in zip(SPOKEN, (1, 7)):
            for found in fingerprints(budget, "--speaks", speaks, "--scenario", "starvation"):
                of = found["starvation"]
                start = {"received": budget, "answered": budget}
                worst = {"received": 2 * budget - 1, "answered": 3 * budget}
                self.assertEqual((of["first-start"], of["first-worst"]), (start, worst), speaks)

    def test_a_question_to_it_is_two_calls_more(self) -> None:
        for found in fingerprints(1, "--scenario", "cost"):
            calls = found["cost"]["lock-step"]
            self.assertEqual(
                {name: calls[name] for name in ("echoes", "poll", "recvfrom", "sendto", "other")},
                {"echoes": 50, "poll": 100, "recvfrom": 50, "sendto": 50, "other": 100},
            )

    def test_refused_answers_do_not_hold_up_questions(self) -> None:
        for found in fingerprints(100, "--scenario", "blocked"):
            if "unsupported" in found["blocked"]["after-5"]:
                print("not tried:", found["blocked"]["after-5"]["unsupported"])
                continue
            self.assertEqual(found["blocked"]["after-5"]["received"], 40)

    def test_no_request_to_it_leaves_no_figure(self) -> None:
        for carrier in carriers():
            words = ["--exec", command(7, "5"), "--speaks", "dns", "--scenario", "burst"]
            done = run("fingerprint", *words, "--carrier", carrier, "--json", "-")
            (found,) = parsed(done.stdout)["result"]["fingerprints"]
            self.assertIn("request", found["scenarios"]["burst"]["burst-100"]["unsupported"], found)

    def test_who_is_no_upstream_is_told(self) -> None:
        done = run("fingerprint", "--exec", command(1), "--speaks", "ntp")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("cannot be one that speaks ntp", done.stderr)


class Live(unittest.TestCase):
    def test_a_flood_is_answered_by_way_of_it(self) -> None:
        for speaks in SPOKEN:
            # Also with those that it has given up for late so few are under way that the
            # buffers hold them.
            words = ["--exec", command(8), "--speaks", speaks, "--count", "5000", "--window", "8"]
            done = run("flood", *words, "--json", "-")
            counts = parsed(done.stdout)["result"]["counts"]
            self.assertEqual((done.returncode, counts["echoed"]), (0, 5000), done.stderr)

    def test_it_is_judged(self) -> None:
        # Not what overflows the upstream: it takes for granted that each question is answered.
        cases = ("integrity-hundred", "order-fifo", "lifecycle-restart", "lifecycle-sigterm")
        words = [word for case in cases for word in ("--case", case)]
        for speaks in SPOKEN:
            done = run("check", "--exec", command(8), "--speaks", speaks, *words, "--json", "-")
            (found,) = parsed(done.stdout)["result"]["targets"]
            verdicts = {one["case"]: one["verdict"] for one in found["cases"]}
            self.assertEqual(verdicts, dict.fromkeys(cases, "PASS"), done.stdout)


if __name__ == "__main__":
    os.environ.pop("EDGEWISE_TEST_CARRIER", None)
    unittest.main(argv=sys.argv[:1])
