"""Servers of the kinds that were once misread: kinds_test.py EDGEWISE KINDS RING_ECHO

Each gets the figures that it was made to have, or a reason why it has none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import unittest
from typing import Any

from result_json import parsed
from simulated import edgewise, fingerprint

KINDS, RING_ECHO = sys.argv[2:4]
PLAIN = {"answered": 20, "late": 0}


def words(command: str, *scenarios: str) -> list[str]:
    return ["--exec", command, *(word for one in scenarios for word in ("--scenario", one))]


def command_of(kind: str) -> str:
    return f"{KINDS} {kind} {{port}} {{sockets}}"


def figures(kind: str, *scenarios: str) -> dict[str, Any]:
    return fingerprint(*words(command_of(kind), *scenarios))


def whole_of(
    command: str, *scenarios: str, carrier: str | None = None
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    chosen = ["--carrier", carrier] if carrier else []
    done = edgewise(*words(command, *scenarios), *chosen, "--json", "-")
    return done, parsed(done.stdout)["result"]["fingerprints"][0]


def whole(
    kind: str, *scenarios: str, carrier: str | None = None
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    return whole_of(command_of(kind), *scenarios, carrier=carrier)


def reasons(done: subprocess.CompletedProcess[str]) -> set[str]:
    return {case["reason"] for case in parsed(done.stdout)["cases"] if case["reason"]}


class Waits(unittest.TestCase):
    def assert_level(self, kind: str) -> None:
        found = figures(kind, "starvation", "order")
        start, worst = found["starvation"]["first-start"], found["starvation"]["first-worst"]
        self.assertEqual((start["received"], worst["received"]), (1, 1), found)
        self.assertEqual(found["order"]["interleaved"]["answered"], 200)

    def test_an_epoll_inside_an_epoll(self) -> None:
        self.assert_level("nested")

    def test_an_epoll_that_is_polled(self) -> None:
        self.assert_level("polled")

    def test_a_socket_that_is_added_to_what_a_thread_waits_on(self) -> None:
        self.assert_level("late")

    def test_one_past_libc_is_named(self) -> None:
        done, found = whole("raw", "burst", carrier="preload")
        if done.returncode == 4:
            self.skipTest("no system call by hand on this machine")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertEqual(found["unsupported"], "not interposable")
        self.assertEqual(
            reasons(done),
            {"not interposable: it waits by a system call that goes past libc (poll)"},
        )


class Receives(unittest.TestCase):
    def test_a_look_takes_an_error_as_a_receive_does(self) -> None:
        found = figures("looks", "errors")["errors"]
        for error in ("EINTR", "ENOBUFS", "ENOMEM", "EPERM", "ECONNREFUSED", "EMSGSIZE"):
            self.assertEqual(found[f"receive-{error}"], PLAIN, error)

    def test_a_budget_in_bytes_is_told_from_one_in_datagrams(self) -> None:
        found = figures("bytes", "starvation")["starvation"]
        least = -(-8192 // 1400)
        self.assertEqual(
            found["first-start-large"], {"received": least, "answered": least, "size": 1400}
        )
        self.assertEqual(found["first-worst-large"]["received"], 2 * least - 1)

    def test_a_socket_that_is_closed_is_a_finding(self) -> None:
        self.assert_closes("closes")

    def test_so_it_is_where_timers_go_on(self) -> None:
        self.assert_closes("closed")

    def assert_closes(self, kind: str) -> None:
        done, found = whole(kind, "errors")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(reasons(done), {"closes its socket, and sleeps"})
        self.assertIn("closes its socket: receive-EINTR", found["row"]["errors"])
        self.assertIn("closes its socket", found["row"]["remarks"])

    def test_what_never_answers_is_said_to(self) -> None:
        done, found = whole("silent", "blocked", "cost", "errors")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(reasons(done), {"never answers"})
        self.assertEqual(
            found["scenarios"]["blocked"]["after-5"],
            {
                "queued": 40,
                "received": 40,
                "refused": 0,
                "held": 0,
                "dropped": 40,
                "unread": 0,
                "answered": 0,
                "disorder": 0,
                "silent": 1,
            },
        )
        self.assertEqual(found["row"]["remarks"], "never answers")

    def test_two_answers_to_one_datagram_are_a_finding(self) -> None:
        done, found = whole("twice", "order")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(found["scenarios"]["order"]["interleaved"]["repeated"], 200)
        self.assertIn("answers a datagram more than once", reasons(done))


class Chance(unittest.TestCase):
    def test_what_is_another_figure_each_time_is_none(self) -> None:
        _, found = whole("chance", "starvation")
        worst = found["scenarios"]["starvation"]["first-worst"]
        self.assertEqual(
            (worst["received"], found["row"]["worst"]), ("varies", "varies/varies"), found
        )
        least, most = worst["varied"]["received"]
        self.assertLess(least, most)

    def test_what_the_kernel_draws_is_the_same_each_time(self) -> None:
        told = {json.dumps(figures("drawn", "starvation")) for _ in range(3)}
        self.assertEqual(len(told), 1, told)
        self.assertNotIn("varies", told.pop())


class Sends(unittest.TestCase):
    def test_a_train_is_cut_into_datagrams(self) -> None:
        found = figures("trains", "burst", "cost", "blocked")
        self.assertEqual(found["cost"]["burst-10"]["echoes"], 50)
        self.assertEqual(found["cost"]["burst-10"]["sendto"], 5)
        # Five sends leave with sixteen datagrams each: nothing waits.
        self.assertEqual(
            (found["blocked"]["after-5"]["answered"], found["blocked"]["after-5"]["held"]), (40, 0)
        )

    def test_a_child_for_each_datagram(self) -> None:
        found = figures("forks", "order", "cost", "blocked")
        self.assertEqual(
            found["order"]["interleaved"],
            {"queued": 200, "answered": 200, "disorder": 0, "misrouted": 0},
        )
        self.assertEqual(found["blocked"]["after-5"]["dropped"], 35)

    def test_a_thread_for_each_datagram(self) -> None:
        found = figures("threads", "order", "cost", "blocked")
        self.assertEqual(
            found["order"]["interleaved"],
            {"queued": 200, "answered": 200, "disorder": 0, "misrouted": 0},
        )
        self.assertEqual(found["blocked"]["after-5"]["dropped"], 35)


class Others(unittest.TestCase):
    def test_one_struct_for_a_sleep_and_its_rest(self) -> None:
        self.assertEqual(figures("naps", "errors")["errors"]["receive-EPERM"], PLAIN)

    def test_an_error_queue_is_named_where_it_matters(self) -> None:
        done, found = whole("queued-errors", "errors")
        self.assertEqual(reasons(done), {"its error queue (IP_RECVERR) is not simulated"})
        self.assertEqual(found["scenarios"]["errors"]["receive-EPERM"], PLAIN)
        self.assertIn(
            "not simulated: receive-ECONNREFUSED, receive-EMSGSIZE", found["row"]["errors"]
        )

    def test_what_wakes_a_loop_is_counted_too(self) -> None:
        _, found = whole("wakes", "cost")
        self.assertEqual(found["scenarios"]["cost"]["lock-step"]["other"], 100)
        self.assertEqual((found["row"]["per echo"], found["row"]["other"]), ("1+1+1+0", "2"))

    def test_a_ring_is_denied_and_said_to_be(self) -> None:
        done, found = whole("ring", "order")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(
            (found["denied"], found["row"]["remarks"]), ("io_uring", "io_uring denied")
        )


class Rings(unittest.TestCase):
    """Of who cannot do without io_uring."""

    def ring(self, how: str, *scenarios: str, carrier: str | None = None) -> Any:
        done, found = whole_of(
            f"{RING_ECHO} {{port}} {{sockets}} {how}", *scenarios, carrier=carrier
        )
        if done.returncode == 4:
            self.skipTest(f"no io_uring on this machine: {done.stderr}")
        return done, found

    def test_its_figures_are_those_of_one_operation_for_each_socket(self) -> None:
        done, found = self.ring("", "starvation", "order", "cost", "blocked", "burst")
        self.assertEqual((done.returncode, found["carrier"]), (0, "supervise"), done.stdout)
        row = found["row"]
        self.assertEqual(
            [row[bound] for bound in ("start", "worst", "start, last", "worst, last")],
            ["1/1"] * 4,
        )
        self.assertEqual((row["per echo"], row["held"], row["dropped"]), ("2+0+0+0", "1", "0"))
        self.assertEqual(found["scenarios"]["cost"]["burst-100"]["io_uring_enter"], 200)
        self.assertEqual(found["scenarios"]["order"]["interleaved"]["answered"], 200)

    def test_an_error_in_a_receives_place_is_not_simulated(self) -> None:
        _, found = self.ring("", "errors")
        self.assertIn("not simulated: receive-EINTR", found["row"]["errors"])
        self.assertEqual(found["scenarios"]["errors"]["wait-EINTR"], PLAIN)

    def test_no_library_sees_it(self) -> None:
        done, _ = self.ring("", "burst", carrier="preload")
        self.assertIn("when io_uring was denied to it", " ".join(reasons(done)))

    def test_a_receive_that_goes_on_takes_as_many_as_it_has_buffers(self) -> None:
        for how in ("many", "many defers table"):
            all_of_them = ("starvation", "order", "cost", "burst")
            done, found = self.ring(how, *all_of_them, carrier="supervise")
            self.assertEqual(done.returncode, 0, done.stdout)
            bounds = [found["row"][bound] for bound in ("start", "worst", "start, last")]
            self.assertEqual((how, bounds), (how, ["8/8"] * 3))
            scenarios = found["scenarios"]
            self.assertEqual(scenarios["order"]["interleaved"]["answered"], 200)
            self.assertEqual(scenarios["burst"]["burst-100"]["longest_run"], 8)
            self.assertEqual(scenarios["cost"]["lock-step"]["io_uring_enter"], 100)

    def test_it_lets_others_go_first_when_its_turn_is_over(self) -> None:
        for how in ("many deep", "many deep defers"):
            _, found = self.ring(how, "starvation", carrier="supervise")
            bounds = [found["row"][bound] for bound in ("start", "worst", "start, last")]
            self.assertEqual((how, bounds), (how, ["33/33", "33/64", "33/33"]))

    def test_of_sends_that_do_not_wait_the_first_pass(self) -> None:
        done, found = self.ring("many tries", "blocked", carrier="supervise")
        self.assertEqual(done.returncode, 0, done.stdout)
        blocked = found["scenarios"]["blocked"]
        self.assertEqual(
            [blocked[run]["answered"] for run in ("after-5", "after-0", "by-threes")], [5, 0, 1]
        )
        self.assertEqual(blocked["after-5"]["refused"], 35)

    def test_sends_that_wait_together_are_not_simulated(self) -> None:
        done, _ = self.ring("many", "blocked", carrier="supervise")
        self.assertIn("more sends together than are to pass", " ".join(reasons(done)))

    def test_what_cannot_be_foreseen_is_named(self) -> None:
        for how, reason in (("many bundles", "several buffers at once"), ("polls", "by itself")):
            done, _ = self.ring(how, "burst", carrier="supervise")
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertIn(reason, " ".join(reasons(done)))


class Carriers(unittest.TestCase):
    """What holds system calls finds in these what stands before libc does."""

    def test_they_find_the_same(self) -> None:
        for kind in ("nested", "polled", "looks", "closes", "silent", "twice", "wakes", "ring"):
            done, found = whole(kind, "order", "cost", "burst", carrier="both")
            self.assertNotIn("differs", found, kind)
            self.assertIn("lock-step", found["scenarios"]["cost"], kind)

    def test_what_goes_past_libc_is_held(self) -> None:
        done, found = whole("raw", "order")
        self.assertEqual((done.returncode, found.get("carrier")), (0, "supervise"), done.stdout)
        self.assertEqual(found["scenarios"]["order"]["interleaved"]["answered"], 200)

    def test_an_error_queue_is_the_kernels_own(self) -> None:
        done, found = whole("queued-errors", "errors", carrier="supervise")
        self.assertEqual(reasons(done), set())
        self.assertEqual(found["scenarios"]["errors"]["receive-ECONNREFUSED"], PLAIN)

    def test_a_thread_for_each_datagram(self) -> None:
        done, found = whole("threads", "starvation", carrier="supervise")
        self.assertEqual(found["scenarios"]["starvation"]["first-worst"]["received"], 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
