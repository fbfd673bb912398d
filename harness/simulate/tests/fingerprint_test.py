"""What is known of servers, and the fingerprint must find: fingerprint_test.py EDGEWISE
[SWAPPING_PLUGIN]"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import unittest
from typing import Any

from result_json import parsed
from simulated import edgewise, fingerprint

EDGEWISE = sys.argv[1]
SWAPPING = sys.argv[2] if len(sys.argv) > 2 else None  # the mutants have no sanitizer of their own


def bounds(scenarios: dict[str, Any], run: str) -> tuple[Any, Any]:
    found = scenarios["starvation"][run]
    return found["received"], found["answered"]


class Starvation(unittest.TestCase):
    def test_who_serves_each_ready_socket_once_has_a_bound_of_one(self) -> None:
        for name in ("echo-epoll-level", "echo-poll", "echo-select", "echo-mio-level"):
            found = fingerprint(name, "--scenario", "starvation")
            self.assertEqual(bounds(found, "first-start"), (1, 1), name)
            self.assertEqual(bounds(found, "first-worst"), (1, 2), name)

    def test_who_drains_until_eagain_has_none(self) -> None:
        for name in ("echo-epoll-edge", "echo-mio-edge", "echo-bare"):
            found = fingerprint(name, "--scenario", "starvation")
            for run in ("first-start", "first-worst", "last-worst"):
                self.assertEqual(bounds(found, run), ("none", "none"), name)

    def test_a_thread_for_each_socket_is_served_whenever_it_is_its_turn(self) -> None:
        found = fingerprint("echo-blocking", "--scenario", "starvation")["starvation"]
        bounds = {
            "first-start": (1, 1),
            "first-worst": (1, 1),
            "last-start": (0, 0),
            "last-worst": (0, 1),
        }
        self.assertEqual(
            found,
            {
                run: {"in_turns": 1, "received": received, "answered": answered}
                for run, (received, answered) in bounds.items()
            },
        )


class Polls(unittest.TestCase):
    """The table of the originals: futures 0.1.17 on tokio-core 0.1.11, and N = 20 datagrams."""

    # Polls of the future that gets the datagrams, of each other, of the main one; receives that
    # ended with EAGAIN.
    TEN = {
        "tokio-multisocket-join": {
            "start": (1, 1, 1, 0),
            "lock-step": (21, 21, 21, 20),
            "queued-one": (2, 2, 2, 1),
            "queued-all": (2, 2, 2, 10),
        },
        "tokio-multisocket-spawn": {
            "start": (1, 1, 1, 0),
            "lock-step": (21, 1, 1, 20),
            "queued-one": (1, 1, 1, 1),
            "queued-all": (1, 1, 1, 10),
        },
        "tokio-multisocket-futuresunordered": {
            "start": (1, 1, 1, 0),
            "lock-step": (21, 1, 21, 20),
            "queued-one": (2, 1, 2, 1),
            "queued-all": (2, 2, 2, 10),
        },
    }
    # The same of one socket, whose future is the main one.
    ALONE = {
        "echo-tokio": {
            "alone-start": (1, 1, 0),
            "alone-lock-step": (21, 21, 20),
            "alone-queued": (2, 2, 1),
        },
        "echo-tokio-mpsc": {
            "alone-start": (1, 1, 0),
            "alone-lock-step": (81, 81, 20),
            "alone-queued": (43, 43, 2),
        },
    }

    def test_of_ten_sockets_are_those_of_the_originals(self) -> None:
        for name, expected in self.TEN.items():
            found = fingerprint(name, "--scenario", "polls")["polls"]
            for run, figures in expected.items():
                seen = found[run]
                self.assertEqual(seen["others_least"], seen["others_most"], f"{name} {run}")
                self.assertEqual(
                    (seen["chosen"], seen["others_most"], seen["main"], seen["empty_receives"]),
                    figures,
                    f"{name} {run}",
                )

    def test_of_one_socket_are_those_of_the_originals(self) -> None:
        for name, expected in self.ALONE.items():
            found = fingerprint(name, "--scenario", "polls")["polls"]
            for run, figures in expected.items():
                seen = found[run]
                self.assertEqual(
                    (seen["chosen"], seen["main"], seen["empty_receives"]), figures, f"{name} {run}"
                )

    def test_people_see_them_too(self) -> None:
        lines = edgewise(
            "tokio-multisocket-join", "echo-tokio-mpsc", "echo-poll", "--scenario", "polls"
        ).stdout.splitlines()
        shown = [
            line.split()
            for line in lines[[line.startswith("polls ") for line in lines].index(True) + 1 :]
        ]
        self.assertEqual(
            shown[:3],
            [
                ["tokio-multisocket-join", "1/1/1", "21/21/21", "2/2/2", "2/2/2", "21/21", "2/2"],
                ["echo-tokio-mpsc", "1/1/0", "81/1/0", "42/1/0", "42/42/0", "81/81", "43/43"],
                [],
            ],
            "who counts none has no line",
        )

    def test_who_counts_none_is_said_to(self) -> None:
        done = edgewise("echo-poll", "--scenario", "polls")
        self.assertEqual(done.returncode, 3)
        self.assertIn("UNSUPPORTED echo-poll polls: it counts no polls", done.stdout)


class Tables(unittest.TestCase):
    TARGETS = ("echo-epoll-edge", "echo-epoll-fair", "echo-flipflop")

    def rows(self, *more: str) -> list[list[str]]:
        """The cells of the first table, and of its legend below the empty line."""
        text = edgewise(*self.TARGETS, *more).stdout
        return [re.split("  +", line) for line in text.splitlines()]

    def test_a_newcomer_sees_what_one_asks_first_and_what_it_means(self) -> None:
        heading, *rows = self.rows()
        self.assertEqual(
            [row[:4] for row in rows[:3]],
            [
                ["echo-epoll-edge", "for ever", "100", "4"],
                ["echo-epoll-fair", "31", "16", "4"],
                ["echo-flipflop", "1", "1", "3"],
            ],
        )
        self.assertEqual(rows[3], [""])
        legend = rows[4 : 4 + len(heading) - 1]
        self.assertEqual([name for name, _ in legend], heading[1:])

    def test_wide_shows_all_figures(self) -> None:
        heading, *rows = self.rows("--wide")
        found = json.loads(edgewise(*self.TARGETS, "--wide", "--json", "-").stdout)["result"]
        for row, one in zip(rows, found["fingerprints"]):
            self.assertEqual(dict(zip(heading, row)), one["row"])

    def test_plain_is_a_sentence_for_each_figure(self) -> None:
        lines = edgewise(*self.TARGETS, "--plain").stdout.splitlines()
        self.assertIn("echo-epoll-edge, longest wait: for ever.", lines)
        self.assertIn("echo-flipflop, remarks: nothing.", lines)
        self.assertEqual([line for line in lines if not line.endswith(".")], [])
        self.assertEqual([line for line in lines if "  " in line or "\t" in line], [])


class Others(unittest.TestCase):
    def test_an_echo_costs_what_the_loop_says(self) -> None:
        found = fingerprint("echo-epoll-level", "--scenario", "cost")["cost"]["lock-step"]
        self.assertEqual(
            found,
            {
                "echoes": 50,
                "recvfrom": 50,
                "sendto": 50,
                "epoll_wait": 50,
                "empty_waits": 0,
                "empty_receives": 0,
            },
        )
        found = fingerprint("echo-epoll-edge", "--scenario", "cost")["cost"]["burst-100"]
        self.assertEqual((found["epoll_wait"], found["recvfrom"], found["sendto"]), (1, 101, 100))

    def test_our_mio_does_what_epoll_alone_does_and_makes_no_call_more(self) -> None:
        for trigger in ("level", "edge"):
            # Their last words when a wait fails name the server.
            ours, raw = (
                json.dumps(fingerprint(name), indent=1).replace(name, "it")
                for name in (f"echo-mio-{trigger}", f"echo-epoll-{trigger}")
            )
            self.assertEqual(ours, raw)

    def test_nobody_of_ours_asks_for_writability_for_nothing(self) -> None:
        for name in ("echo-poll", "echo-select", "echo-epoll-edge"):
            self.assertEqual(
                fingerprint(name, "--scenario", "interest")["interest"]["lock-step"]["write_waits"],
                0,
                name,
            )

    def test_order_is_kept(self) -> None:
        self.assertEqual(
            fingerprint("echo-epoll-fair", "--scenario", "order")["order"]["interleaved"],
            {"queued": 200, "answered": 200, "disorder": 0, "misrouted": 0},
        )

    def test_an_error_is_one_datagrams_affair(self) -> None:
        found = fingerprint("echo-epoll-level", "--scenario", "errors")["errors"]
        self.assertEqual(found["send-EPERM"]["answered"], 19)
        for error in ("EINTR", "EAGAIN", "ENOBUFS", "ENOMEM", "EPERM", "ECONNREFUSED", "EMSGSIZE"):
            self.assertEqual(found[f"receive-{error}"], {"answered": 20, "late": 0}, error)
            lost = error in (
                "ENOBUFS",
                "ENOMEM",
                "EPERM",
                "EMSGSIZE",
            )  # it cannot be sent: not tried for ever
            self.assertEqual(found[f"send-{error}"]["answered"], 20 - lost, error)
        self.assertEqual(found["wait-EINTR"], {"answered": 20, "late": 0})
        self.assertIn("exit status 4", found["wait-ENOMEM"]["ended"])

    def test_both_families_and_wildcards(self) -> None:
        for address in ("::1", "0.0.0.0", "::"):
            found = fingerprint("echo-poll", "--scenario", "order", "--address", address)["order"][
                "interleaved"
            ]
            self.assertEqual((found["answered"], found["misrouted"]), (200, 0), address)

    def test_answers_out_of_order_are_a_finding(self) -> None:
        if not SWAPPING:
            self.skipTest("the mutants have no sanitizer of their own")
        done = edgewise(SWAPPING, "--scenario", "order")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("answers out of order", done.stdout)

    def test_valgrind_changes_nothing(self) -> None:
        if not shutil.which("valgrind") or not SWAPPING:
            self.skipTest("no valgrind, or it would meet a sanitizer")
        program = os.path.join(os.path.dirname(EDGEWISE), "echo-epoll-fair")
        words = f"{program} --port {{port}} --sockets {{sockets}} --quiet"
        texts = {
            json.dumps(fingerprint("--exec", command, "--scenario", "order"))
            for command in (words, f"valgrind -q {words}")
        }
        self.assertEqual(len(texts), 1, texts)

    def test_the_list_names_all_scenarios(self) -> None:
        listed = edgewise("--list", "--json", "-")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        ids = {one["id"] for one in parsed(listed.stdout)["result"]["scenarios"]}
        self.assertEqual(ids - {"beside"}, set(fingerprint("echo-tokio")))  # that is on request

    def test_words_that_mean_nothing(self) -> None:
        nonsense: list[list[str]] = [["--scenario", "nonesuch", "echo-poll"], ["nonesuch"], []]
        for words in nonsense:
            self.assertEqual(edgewise(*words).returncode, 2, words)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
