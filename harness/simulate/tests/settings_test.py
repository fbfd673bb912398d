"""The fingerprint's figures are the settings of whoever was made for it: specimen_test.py EDGEWISE SPECIMEN WORKERS [SEED].

For random budgets, queues and batches of the specimen (a loop on poll) and of echo-epoll-fair: the starvation bound is the budget
at the start and twice the budget less one at worst, the longest run is the budget, the calls are what the batch makes them, and
as many echoes are held as the queue is long.  Of threads that share an epoll instance each may take one datagram of the endless
socket before the quiet one is taken.
"""

from __future__ import annotations

import random
import sys
import unittest
from typing import Any

import simulated

SPECIMEN, WORKERS = sys.argv[2:4]
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 20
SETTINGS = 20
BURST = 100
SCENARIOS = [word for name in ("starvation", "burst", "cost", "blocked") for word in ("--scenario", name)]


def fingerprint(*words: str) -> dict[str, Any]:
    return simulated.fingerprint(*words, *SCENARIOS)


def turns(budget: int) -> list[int]:
    """How many of a burst are received at each turn."""
    return [min(budget, BURST - at) for at in range(0, BURST, budget)]


def calls(taken: int, budget: int, batch: int) -> int:
    """Receives of one turn: full batches, what the budget leaves, and a look in vain when the socket runs dry before."""
    count, left = 0, budget
    while left > 0:
        count += 1
        got = min(left, batch, taken)
        if got == 0:
            break
        taken -= got
        left -= got
    return count


class Settings(unittest.TestCase):
    def assert_bounds(self, found: dict[str, Any], budget: int) -> None:
        starvation = found["starvation"]
        self.assertEqual(starvation["first-start"]["received"], budget)
        self.assertEqual(starvation["first-worst"]["received"], 2 * budget - 1)
        self.assertEqual(found["burst"]["burst-100"]["longest_run"], min(budget, BURST))

    def assert_holds(self, found: dict[str, Any], queue: int) -> None:
        for name, run in found["blocked"].items():
            self.assertEqual((run["held"], run["received"], run["disorder"]), (queue, run["queued"], 0), name)

    def test_of_the_specimen(self) -> None:
        chosen = random.Random(SEED)
        for _ in range(SETTINGS):
            budget, queue, batch = chosen.randint(1, 90), chosen.randint(1, 100), chosen.randint(1, 64)
            with self.subTest(seed=SEED, budget=budget, queue=queue, batch=batch):
                found = fingerprint("--exec", f"{SPECIMEN} {{port}} {{sockets}} {budget} {queue} {batch}", "--queue", str(queue))
                self.assert_bounds(found, budget)
                self.assert_holds(found, queue)
                cost = found["cost"]["burst-100"]
                self.assertEqual(cost["recvmmsg"], sum(calls(taken, budget, batch) for taken in turns(budget)))

    def test_of_the_fair_servers(self) -> None:
        chosen = random.Random(SEED + 1)
        for name, settings in (("echo-epoll-fair", SETTINGS), ("echo-tokio-fair", SETTINGS // 4)):
            for _ in range(settings):
                budget, queue = chosen.randint(1, 90), chosen.randint(1, 100)
                with self.subTest(name=name, seed=SEED, budget=budget, queue=queue):
                    found = fingerprint(name, "--budget", str(budget), "--queue", str(queue))
                    self.assert_bounds(found, budget)
                    self.assert_holds(found, queue)

    def test_of_threads_that_share_an_epoll_instance(self) -> None:
        for threads in range(1, 9):
            found = simulated.fingerprint("--exec", f"{WORKERS} {{port}} {{sockets}} {threads}", "--scenario", "starvation")
            for run, received, answered in (("start", 1, 1), ("worst", threads, threads + 1)):
                expected = {"received": received, "answered": answered} | ({"in_turns": 1} if threads > 1 else {})
                self.assertEqual(found["starvation"][f"first-{run}"], expected, f"{threads} threads")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
