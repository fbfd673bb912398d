"""What all of our servers do while the kernel takes no replies, on the simulated network:
blocked_test.py EDGEWISE."""

from __future__ import annotations

import sys
import unittest

import live

EDGEWISE = sys.argv[1]
SERVERS = live.servers(EDGEWISE)
# They have one reply in hand and receive nothing until it is gone.
ONE_IN_HAND = {"echo-blocking", "echo-flipflop"}
# What is let pass is counted in sends, and a train of datagrams is one: nothing of the burst is
# refused to them unless everything is.
IN_TRAINS = {"echo-gso", "echo-mmsg"}


def blocked(names: list[str], *words: str) -> dict[str, dict[str, dict[str, int]]]:
    found = live.fingerprints(EDGEWISE, "blocked", *names, *words)
    for name in IN_TRAINS & set(names):
        found[name] = {"after-0": found[name]["after-0"]}
    return found


class Blocked(unittest.TestCase):
    def test_a_queue_holds_exactly_what_it_was_told(self) -> None:
        extra = {
            server.name: server.queue_extra for server in SERVERS if server.queue_extra is not None
        }
        self.assertGreater(len(extra), 10)
        for queue in (1, 2, 8, 100):
            for name, runs in blocked(list(extra), "--queue", str(queue)).items():
                for run, found in runs.items():
                    self.assertEqual(
                        found["held"], queue + extra[name], f"{name} {run} --queue {queue}"
                    )

    def test_nobody_of_ours_breaks_the_order_or_spins_or_forgets_what_is_unread(self) -> None:
        for name, runs in blocked([server.name for server in SERVERS]).items():
            for run, found in runs.items():
                self.assertEqual((found["disorder"], found["unread"]), (0, 0), f"{name} {run}")
                self.assertNotIn("spins", found, f"{name} {run}")

    def test_who_drops_goes_on_reading(self) -> None:
        names = [server.name for server in SERVERS if "queue" in server.capabilities]
        for name, runs in blocked(names, "--when-full", "drop").items():
            for run, found in runs.items():
                self.assertEqual(found["received"], found["queued"], f"{name} {run}")
                self.assertGreater(found["dropped"], 0, f"{name} {run}")
                self.assertLess(
                    found["refused"], 4, f"{name} {run}: tries again without being told that it may"
                )

    def test_a_server_that_has_no_queue_but_drops_goes_on_reading(self) -> None:
        for run, found in blocked(["echo-bare"])["echo-bare"].items():
            self.assertEqual((found["received"], found["held"]), (found["queued"], 0), run)

    def test_who_pauses_loses_nothing_and_needs_no_further_packet(self) -> None:
        extra = {
            server.name: server.queue_extra for server in SERVERS if "pause" in server.capabilities
        }
        for name, runs in blocked(list(extra), "--when-full", "pause").items():
            for run, found in runs.items():
                self.assertEqual(
                    (found["answered"], found["dropped"]), (found["queued"], 0), f"{name} {run}"
                )
                self.assertEqual(found["held"], 8 + (extra[name] or 0), f"{name} {run}")

    def test_who_has_one_in_hand_reads_nothing_meanwhile(self) -> None:
        for name, runs in blocked(sorted(ONE_IN_HAND)).items():
            found = runs["after-5"]
            self.assertEqual(
                (found["held"], found["received"], found["answered"]), (1, 6, found["queued"]), name
            )

    def test_newcomers_that_overtake_what_is_held_are_found(self) -> None:
        for run, found in live.fingerprint(EDGEWISE, "blocked", *live.OVERTAKING.known_as).items():
            self.assertGreater(found["disorder"], 0, run)
            self.assertEqual(found["answered"], found["queued"], run)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
