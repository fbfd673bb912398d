"""What `edgewise trace` shows is what the fingerprint counts: trace_target_test.py EDGEWISE.

The pictures in docs/traces are those that docs/traces/make makes."""

from __future__ import annotations

import collections
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from result_json import parsed

EDGEWISE = Path(sys.argv.pop(1))
PICTURES = Path(__file__).resolve().parents[3] / "docs" / "traces"
DEADLINE_S = 30 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
# Each has a bound, and another kind of loop.
SERVERS = ("echo-select", "echo-epoll-level", "echo-epoll-fair", "echo-tokio-fair")
SVG = "{http://www.w3.org/2000/svg}"
WIDTH = 390
# Of DejaVu Sans, a wide face, in parts of the size: no letter of these texts is wider on average.
LETTER = 0.62


def edgewise(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [EDGEWISE, *words], capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )


def trace(*words: str) -> dict[str, Any]:
    done = edgewise("trace", *words, "--json", "-")
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = parsed(done.stdout)["result"]
    return result


def picture(*words: str) -> ElementTree.Element:
    done = edgewise("trace", *words, "--svg", "-")
    assert done.returncode == 0, done.stderr
    return ElementTree.fromstring(done.stdout)


def after_start(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """From the scenario's first turn to its last."""
    turns = [i for i, event in enumerate(events) if event["kind"] == "quiet"]
    return events[turns[0] : turns[-1]]


class Trace(unittest.TestCase):
    def test_its_figures_are_the_fingerprints(self) -> None:
        for name in (*SERVERS, "echo-mio-edge"):
            done = edgewise("fingerprint", name, "--scenario=starvation", "--json=-")
            runs = parsed(done.stdout)["result"]["fingerprints"][0]["scenarios"]["starvation"]
            for run in ("first-start", "last-start"):
                with self.subTest(name=name, run=run):
                    found = trace(name, "--scenario", f"starvation.{run}")
                    self.assertEqual(found["figures"], runs[run])

    def test_a_bound_can_be_counted_in_it(self) -> None:
        for name in SERVERS:
            for run, endless in (("first-start", 0), ("last-start", 1)):
                with self.subTest(name=name, run=run):
                    found = trace(name, "--scenario", f"starvation.{run}")
                    self.check_bound(found, endless)
        endless_edge = trace("echo-epoll-edge")
        self.assertEqual(endless_edge["figures"]["received"], "none")
        self.assertGreater(endless_edge["total"], len(endless_edge["events"]))

    def check_bound(self, found: dict[str, Any], endless: int) -> None:
        """Up to the quiet datagram's receipt, and up to its answer."""
        counts: collections.Counter[str] = collections.Counter()
        for event in found["events"]:
            if event.get("socket") == 1 - endless and event["kind"] in ("received", "sent"):
                figure = "received" if event["kind"] == "received" else "answered"
                self.assertEqual(counts[event["kind"]], found["figures"][figure])
                if figure == "answered":
                    return
            elif event.get("socket") == endless:
                counts[event["kind"]] += 1
        self.fail("the quiet datagram has no answer")

    def test_every_call_that_is_counted_is_told(self) -> None:
        for words in (["echo-poll"], ["echo-epoll-edge"], ["echo-tokio", "--awakener=2017"]):
            with self.subTest(words=words):
                found = trace(*words, "--scenario=cost.lock-step")
                told: collections.Counter[str] = collections.Counter()
                for event in after_start(found["events"]):
                    told[event.get("call", "")] += event.get("value", 1)
                figures = found["figures"]
                for call in ("recvfrom", "sendto", "poll", "epoll_wait", "other"):
                    self.assertEqual(told[call], figures.get(call, 0), call)

    def test_both_carriers_tell_the_same(self) -> None:
        """But the calls beside the network: of those that are made before all ports are bound only
        the supervisor knows."""
        if edgewise("trace", "echo-poll", "--carrier=supervise").returncode == 3:
            self.skipTest("there is no supervisor here")
        for scenario in ("starvation.first-start", "blocked.after-5", "errors.receive-EINTR"):
            told = []
            for carrier in ("preload", "supervise"):
                found = trace("echo-epoll-fair", "--carrier", carrier, "--scenario", scenario)
                told.append([e for e in after_start(found["events"]) if e["kind"] != "other"])
            self.assertEqual(told[0], told[1], scenario)

    def test_text_tells_what_repeats_itself_once(self) -> None:
        done = edgewise("trace", "echo-epoll-fair", "--budget=16")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^echo-epoll-fair, starvation\.first-start: received 16, ")
        self.assertRegex(done.stdout, r"\n +\d+  16 times:\n( +\|  .*\n){3} +\d+  #1 recvfrom")

    def test_the_picture_is_well_formed_and_fits_a_telephone(self) -> None:
        wanted = [(name, "starvation.first-start") for name in SERVERS]
        wanted += [
            ("echo-epoll-edge", "blocked.after-5"),
            ("tokio-multisocket-join", "polls.start"),
        ]
        for name, scenario in wanted:
            with self.subTest(name=name, scenario=scenario):
                drawn = picture(name, "--scenario", scenario)
                self.assertEqual(drawn.get("width"), str(WIDTH))
                self.assertEqual(drawn.get("viewBox"), f"0 0 {WIDTH} {drawn.get('height')}")
                self.check_texts(drawn)

    def check_texts(self, drawn: ElementTree.Element) -> None:
        """Each lies within the picture, and its letters are no smaller than one can read."""
        for text in drawn.iter(f"{SVG}text"):
            size = float(text.get("font-size", "12"))
            width = len(text.text or "") * LETTER * size
            start = float(text.get("x", "0"))
            start -= {"end": width, "middle": width / 2}.get(text.get("text-anchor", ""), 0)
            self.assertGreaterEqual(size, 12)
            self.assertGreaterEqual(start, 0, text.text)
            self.assertLessEqual(start + width, WIDTH, text.text)

    def test_the_picture_shows_the_same_numbers(self) -> None:
        for name in SERVERS:
            with self.subTest(name=name):
                figures = trace(name)["figures"]
                shown = " ".join(text.text or "" for text in picture(name).iter(f"{SVG}text"))
                for figure, value in figures.items():
                    self.assertIn(f"{figure} {value}", shown)

    def test_the_pictures_of_the_docs_are_of_today(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [PICTURES / "make", EDGEWISE.parent, folder],
                capture_output=True,
                text=True,
                timeout=DEADLINE_S,
                check=False,
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            made = sorted(path.name for path in Path(folder).iterdir())
            self.assertGreaterEqual(len(made), 5)
            for name in made:
                with self.subTest(name=name):
                    self.assertEqual(
                        (Path(folder) / name).read_text(), (PICTURES / name).read_text()
                    )

    def test_bad_usage_says_what_there_is(self) -> None:
        wrong: list[tuple[list[str], int, str]] = [
            (["nope"], 2, "edgewise list"),
            (["echo-poll", "--scenario=nope"], 2, "fingerprint --list"),
            (["echo-poll", "--scenario=starvation.nope"], 2, "first-start, first-worst"),
            (["echo-poll", "echo-select"], 2, "one target at a time"),
            (["echo-poll", "--carrier=both"], 2, "preload or supervise"),
            (["echo-poll", "--svg=-", "--json=-"], 2, "standard output"),
            ([], 2, ""),
            (["echo-poll", "--svg=/nonexistent/picture.svg"], 4, "cannot write"),
        ]
        for words, status, text in wrong:
            with self.subTest(words=words):
                done = edgewise("trace", *words)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(text, done.stderr)

    def test_what_cannot_run_says_why_and_is_drawn_empty(self) -> None:
        done = edgewise("trace", "echo-poll", "--scenario=polls", "--svg=-")
        self.assertEqual(done.returncode, 3)
        self.assertTrue(re.search("it counts no polls", done.stdout), done.stdout)
        ElementTree.fromstring(done.stdout)


if __name__ == "__main__":
    unittest.main()
