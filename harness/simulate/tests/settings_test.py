"""The fingerprint's figures are the settings of whoever was made for it: settings_test.py EDGEWISE
SPECIMEN WORKERS [SEED].

For random budgets, queues and batches of the specimen (a loop on poll) and of echo-epoll-fair: the
starvation bound is the budget at the start and twice the budget less one at worst, the longest run
is the budget, the calls are what the batch makes them, and as many echoes are held as the queue is
long.  Of threads that share an epoll instance each may take one datagram of the endless socket
before the quiet one is taken.
"""

from __future__ import annotations

import os
import random
import sys
import unittest
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import simulated

SPECIMEN, WORKERS = sys.argv[2:4]
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 20
SETTINGS = 8
BURST = 100
# Side by side: nothing of what is asserted depends on time.
AT_ONCE = 2 * (os.cpu_count() or 1)
SCENARIOS = ("starvation", "burst", "cost", "blocked")


def fingerprint(*words: str, scenarios: Iterable[str] = SCENARIOS) -> dict[str, Any]:
    chosen = [word for name in scenarios for word in ("--scenario", name)]
    # The limits are for who hangs, and beside others these runs are slow.
    return simulated.fingerprint(*words, *chosen, "--timeout-scale", str(5 * simulated.SCALE))


def turns(budget: int) -> list[int]:
    """How many of a burst are received at each turn."""
    return [min(budget, BURST - at) for at in range(0, BURST, budget)]


def calls(taken: int, budget: int, batch: int) -> int:
    """Receives of one turn: full batches, what the budget leaves, and a look in vain when the
    socket runs dry before."""
    count, left = 0, budget
    while left > 0:
        count += 1
        got = min(left, batch, taken)
        if got == 0:
            break
        taken -= got
        left -= got
    return count


def side_by_side(
    run: Callable[..., dict[str, Any]], settings: Iterable[tuple[Any, ...]]
) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: run(*one), settings))


def of_the_specimen(budget: int, queue: int, batch: int) -> dict[str, Any]:
    command = f"{SPECIMEN} {{port}} {{sockets}} {budget} {queue} {batch}"
    return fingerprint("--exec", command, "--queue", str(queue))


def of_a_fair_server(name: str, budget: int, queue: int) -> dict[str, Any]:
    return fingerprint(name, "--budget", str(budget), "--queue", str(queue))


def of_threads(threads: int) -> dict[str, Any]:
    return fingerprint(
        "--exec", f"{WORKERS} {{port}} {{sockets}} {threads}", scenarios=["starvation"]
    )


class Settings(unittest.TestCase):
    def assert_bounds(self, found: dict[str, Any], budget: int) -> None:
        starvation = found["starvation"]
        self.assertEqual(starvation["first-start"]["received"], budget)
        self.assertEqual(starvation["first-worst"]["received"], 2 * budget - 1)
        self.assertEqual(found["burst"]["burst-100"]["longest_run"], min(budget, BURST))

    def assert_holds(self, found: dict[str, Any], queue: int) -> None:
        for name, run in found["blocked"].items():
            self.assertEqual(
                (run["held"], run["received"], run["disorder"]), (queue, run["queued"], 0), name
            )

    def test_of_the_specimen(self) -> None:
        chosen = random.Random(SEED)
        settings = [
            (chosen.randint(1, 90), chosen.randint(1, 100), chosen.randint(1, 64))
            for _ in range(SETTINGS)
        ]
        for (budget, queue, batch), found in zip(settings, side_by_side(of_the_specimen, settings)):
            with self.subTest(seed=SEED, budget=budget, queue=queue, batch=batch):
                self.assert_bounds(found, budget)
                self.assert_holds(found, queue)
                cost = found["cost"]["burst-100"]
                self.assertEqual(
                    cost["recvmmsg"], sum(calls(taken, budget, batch) for taken in turns(budget))
                )

    def test_of_the_fair_servers(self) -> None:
        chosen = random.Random(SEED + 1)
        settings = [
            (name, chosen.randint(1, 90), chosen.randint(1, 100))
            for name, count in (("echo-epoll-fair", SETTINGS), ("echo-tokio-fair", SETTINGS // 4))
            for _ in range(count)
        ]
        for (name, budget, queue), found in zip(settings, side_by_side(of_a_fair_server, settings)):
            with self.subTest(name=name, seed=SEED, budget=budget, queue=queue):
                self.assert_bounds(found, budget)
                self.assert_holds(found, queue)

    def test_of_threads_that_share_an_epoll_instance(self) -> None:
        counts = (1, 2, 3, 6)
        for threads, found in zip(counts, side_by_side(of_threads, [(count,) for count in counts])):
            for run, received, answered in (("start", 1, 1), ("worst", threads, threads + 1)):
                expected = {"received": received, "answered": answered} | (
                    {"in_turns": 1} if threads > 1 else {}
                )
                self.assertEqual(
                    found["starvation"][f"first-{run}"], expected, f"{threads} threads"
                )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
