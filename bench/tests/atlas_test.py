"""What bench/atlas reads and remakes: atlas_test.py EDGEWISE."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
sys.path.insert(0, str(BENCH))

import atlas_model as model
import atlas_plots as plots
import pages
from atlas_cells import column
from reading import BadInput

EDGEWISE = sys.argv[1]
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
SKIPPED = 77
TABLES = """# Fingerprints

Made by hand on Linux 6.1.2 for a test.

- **start, worst**: received / answered. *none*: more than 10,000.
- **run**: the most. **per echo**: waits + receives +
  sends; **one error**: what it does.
- *varies*: differs.

| target | version | start | worst | run | per echo | one error |
|---|---|---|---|---|---|---|
| b | B 2.0 | 1 / 1 | none / none | 100 | 1+2+1+0 | - |
| a | A 1.0 | 32 / 1* | 63 / 33 | 32 | 51/50+2+1+12/50 | loses one: c, d; ends it: e |
| c | C 3.0 | varies | varies / 1 | 1 | 1+1+1+0 | ends it: e |
| d | D 4.0 | no fingerprint within 300 s |  |  |  |  |

# What starves

Made by hand, too.

Of the flood. **timer**: its deadline; **pipe**: it is readable. *none*: more than 10,000.

| target | version | timer | pipe |
|---|---|---|---|
| a | A 1.0 | 188x1400B / 188x1400B | - |
"""


def texts_by_rank(texts: list[str], **more: bool) -> list[str]:
    cells = column(texts, **more)
    return [cell.full for cell in sorted(cells, key=lambda one: int(one.rank or len(texts)))]


class Cells(unittest.TestCase):
    def test_bounds_are_sorted_by_what_is_received_then_answered_and_none_after_all_numbers(
        self,
    ) -> None:
        right = ["0 / 1", "1 / 2", "31 / 32", "63 / 33", "63 / 64", "375x1400B / 376x1400B"]
        right += ["11 ms / 11 ms", "none / none", "varies / 1", "words", "-"]
        self.assertEqual(texts_by_rank(right[::-1]), right)

    def test_figures_of_several_threads_and_of_one_have_the_same_place(self) -> None:
        one, several, other = column(["1 / 1", "1 / 1*", "2 / 2"])
        self.assertEqual((one.rank, several.rank, other.rank), ("0", "0", "1"))

    def test_calls_are_sorted_by_their_sum(self) -> None:
        right = ["99/50+1+1+0", "1+1+1+1", "51/50+2+1+12/50", "6+2+1+0", "varies"]
        self.assertEqual(texts_by_rank(right[::-1]), right)

    def test_lists_are_counted_and_sorted_by_how_long_they_are(self) -> None:
        texts = ["ends it: b", "-", "loses one: a, b; ends it: c", ""]
        cells = column(texts, listed=True)
        self.assertEqual([cell.rank for cell in cells], ["1", "0", "2", ""])
        self.assertEqual(
            [cell.text for cell in cells], ["ends it 1", "–", "loses one 2, ends it 1", "–"]
        )
        self.assertEqual([cell.full for cell in cells], texts)

    def test_a_bound_is_the_warmer_the_larger_it_is(self) -> None:
        texts = ["0 / 0", "1 / 1", "63 / 64", "375x1400B / 1", "none / none", "varies", "-"]
        heats = [cell.heat for cell in column(texts, bound=True)]
        self.assertEqual(heats[:5], sorted(heats[:5]))
        self.assertEqual((heats[0], heats[4:]), (0.0, [1.0, 0.0, 0.0]))
        kinds = ["number", "number", "number", "unit", "none", "varies", "nothing"]
        self.assertEqual([cell.kind for cell in column(texts)], kinds)


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, content: str, name: str) -> Path:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(content)
        return self.folder / name

    def atlas(self, tables: str = TABLES) -> model.Atlas:
        return model.atlas_of(EDGEWISE, self.file(tables, "R.md"), self.folder / "timelines")


class Tables(Case):
    def test_rows_have_their_release_and_their_figures(self) -> None:
        atlas = self.atlas()
        self.assertEqual(
            [(loop.name, loop.release) for loop in atlas.loops],
            [("b", "B 2.0"), ("a", "A 1.0"), ("c", "C 3.0"), ("d", "D 4.0")],
        )
        self.assertEqual([loop.name for loop in atlas.rows(atlas.starves)], ["a"])
        self.assertEqual(
            [cell.text for cell in atlas.fingerprints.cells["a"]],
            ["32 / 1*", "63 / 33", "32", "51/50+2+1+12/50", "loses one 2, ends it 1"],
        )
        self.assertEqual(atlas.kernel, "Linux 6.1.2")
        self.assertEqual([loop.name_rank for loop in atlas.loops], [1, 0, 2, 3])

    def test_who_could_not_be_judged_has_the_reason_and_no_figure_that_is_sorted(self) -> None:
        atlas = self.atlas()
        self.assertEqual(atlas.loops[3].trouble, "no fingerprint within 300 s")
        self.assertEqual({cell.rank for cell in atlas.fingerprints.cells["d"]}, {""})

    def test_what_a_figure_means_is_what_stands_above_the_table(self) -> None:
        atlas = self.atlas()
        self.assertEqual(
            [(one.name, one.means, one.scenario) for one in atlas.fingerprints.figures],
            [
                ("start", "received / answered.", "starvation"),
                ("worst", "received / answered.", "starvation"),
                ("run", "the most.", "burst"),
                ("per echo", "waits + receives + sends.", "cost"),
                ("one error", "what it does.", "errors"),
            ],
        )
        self.assertEqual(
            atlas.fingerprints.notes, ["*none*: more than 10,000.", "*varies*: differs."]
        )
        self.assertEqual(atlas.starves.figures[1].means, "Of the flood. it is readable.")
        self.assertEqual(
            model.inline("*a* <b> `*c*` [d](e.md)"), "<i>a</i> &lt;b&gt; <code>*c*</code> d"
        )

    def test_a_table_that_is_not_as_it_should_be_is_told_with_its_row(self) -> None:
        for before, after, says in (
            ("| c | C 3.0 | varies |", "| c | C 3.0 |", "the row of c .* has 6 cells"),
            ("| c | C 3.0 |", "| c |  |", "the row of c names no release"),
            ("| run |", "| speed |", "the column speed is not explained"),
            ("# What starves", "# What else", "no table below '# What starves'"),
        ):
            with self.subTest(says=says), self.assertRaisesRegex(BadInput, says):
                self.atlas(TABLES.replace(before, after))

    def test_every_column_and_every_loop_of_the_committed_tables_is_known(self) -> None:
        atlas = model.atlas_of(EDGEWISE)
        figures = atlas.fingerprints.figures + atlas.starves.figures
        scenarios = {figure.scenario for figure in figures if figure.scenario}
        self.assertEqual(scenarios, set(atlas.scenarios))
        for table, title in (
            (atlas.fingerprints, model.FINGERPRINTS),
            (atlas.starves, model.STARVES),
        ):
            self.assertEqual(len(table.cells), len(pages.rows(pages.parts(model.TABLE)[title])))
        for loop in atlas.loops:
            with self.subTest(loop=loop.name):
                self.assertTrue(loop.release and loop.language and loop.summary)


class Timelines(Case):
    ROWS: list[dict[str, Any]] = [
        {"release": "v12.0", "figures": {"worst": "63 / 64", "new": "1"}, "changed": []},
        {
            "release": "v12.1",
            "figures": {"start": "1 / 1", "worst": "1 / 2"},
            "changed": ["worst: 63 / 64 -> 1 / 2"],
        },
        {"release": "v12.2", "figures": {}, "changed": [], "missing": "not to be had"},
    ]

    def timeline(self, **more: Any) -> model.Timeline:
        found = {
            "loop": "node",
            "measured_by": "bench/timeline node",
            "source": None,
            "rows": self.ROWS,
        }
        self.file(json.dumps(found | more), "timelines/node.json")
        return self.atlas().timelines[0]

    def test_releases_have_the_figures_in_the_order_of_the_table_and_what_they_changed(
        self,
    ) -> None:
        found = self.timeline()
        self.assertEqual(
            (found.title, found.is_measured, found.made), ("node", True, "bench/timeline node")
        )
        self.assertEqual(found.figures, ["start", "worst", "new"])
        self.assertEqual(
            [row["cells"] for row in found.rows],
            [["–", "63 / 64", "1"], ["1 / 1", "1 / 2", "–"], ["–"] * 3],
        )
        self.assertEqual([row["changed_names"] for row in found.rows], [[], ["worst"], []])
        self.assertEqual(found.rows[2]["missing"], "not to be had")

    def test_what_was_not_measured_here_is_told_with_its_source(self) -> None:
        found = self.timeline(measured_by=None, source="the changelog")
        self.assertEqual((found.is_measured, found.made), (False, "the changelog"))

    def test_what_is_no_timeline_is_told_with_its_file(self) -> None:
        bad: list[dict[str, Any]] = [{"rows": 7}, {"rows": [{"release": "1"}]}, {"source": 1}]
        for more in bad:
            with self.subTest(more=more), self.assertRaisesRegex(
                BadInput, "node.json: no timeline"
            ):
                self.timeline(**more)


class Plots(Case):
    def test_loops_at_the_same_place_are_one_point_and_what_varies_is_named(self) -> None:
        found = plots.scatter(
            self.atlas(
                TABLES.replace(
                    "| c |", "| e | E 5 | 9 / 9 | none / none | 100 | 1+2+1+0 | - |\n| c |"
                )
            ),
            "worst",
            [1, 100],
            [0, 100],
        )
        self.assertEqual(
            [(point.words, point.names) for point in found.points],
            [("run 100, worst none", ["b", "e"]), ("run 32, worst 63", ["a"])],
        )
        self.assertEqual(found.left_out, ["c", "d"])
        self.assertLess(found.points[0].y, found.points[1].y)

    def test_bars_are_as_long_as_the_calls_are_many(self) -> None:
        bars, without = plots.bars(self.atlas())
        self.assertEqual([bar.words for bar in bars], ["1+1+1+0", "1+2+1+0", "51/50+2+1+12/50"])
        ends = [(bar.parts[-1][1] + bar.parts[-1][2]) / plots.PER_CALL for bar in bars]
        self.assertEqual([round(end, 2) for end in ends], [3, 4, 4.26])
        self.assertEqual(without, ["d"])

    def test_a_series_is_what_fingerprints_have_and_equal_ones_share_a_line(self) -> None:
        path = self.folder / "f.json"
        words = [EDGEWISE, "fingerprint", "echo-poll", "echo-select", "--scenario", "cost"]
        subprocess.run(
            [*words, "--json", path], check=True, capture_output=True, timeout=DEADLINE_S
        )
        lines = plots.series([path]).lines
        self.assertEqual([line.names for line in lines], [["echo-poll", "echo-select"]])
        self.assertRegex(lines[0].words, "^3 when 1 come at once; ")
        self.assertEqual(plots.series([]).lines, [])

    def test_what_is_no_fingerprint_is_refused(self) -> None:
        for content in ("", "[]", '{"format": 1}'):
            with self.subTest(content=content), self.assertRaisesRegex(BadInput, "no fingerprints"):
                plots.series([self.file(content, "f.json")])


class Command(Case):
    """In a copy of bench, whose results and starves are programs of the test."""

    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(
            ROOT / "harness/report", self.folder / "harness/report", ignore=lambda *_: ["tests"]
        )
        (self.folder / "bench").mkdir()
        for path in [*BENCH.glob("atlas*"), *BENCH.glob("*.py"), BENCH / "RESULTS.md"]:
            shutil.copy(path, self.folder / "bench")
        for name in ("results", "starves"):
            self.step(name, "exit 0")

    def step(self, name: str, does: str) -> None:
        path = self.file(f'#!/bin/sh\necho "called {name} $*"\n{does}\n', f"bench/{name}")
        path.chmod(0o755)

    def run_atlas(self, *words: str) -> subprocess.CompletedProcess[str]:
        words = (str(self.folder / "bench/atlas"), "--edgewise", EDGEWISE, *words)
        return subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S)

    def calls(self, *words: str) -> tuple[int, list[str]]:
        done = self.run_atlas(*words)
        return done.returncode, re.findall(r"^called (\w+)", done.stderr, re.MULTILINE)

    def test_without_words_it_remakes_both_tables_of_what_is_here_and_then_the_page(self) -> None:
        done = self.run_atlas()
        self.assertEqual(done.returncode, 0, done.stderr)
        called = re.findall(r"^called (\w+) --edgewise \S+ *(.*)", done.stderr, re.MULTILINE)
        self.assertEqual(called, [("results", ""), ("starves", "")])
        self.assertTrue(
            (self.folder / "build/atlas.html").read_text().startswith("<!DOCTYPE html>")
        )

    def test_it_goes_on_where_it_failed(self) -> None:
        self.step("starves", "exit 1")
        self.assertEqual(self.calls(), (4, ["results", "starves"]))
        self.step("starves", "exit 77")
        self.assertEqual(self.calls(), (0, ["starves"]))
        self.assertEqual(self.calls(), (0, ["results", "starves"]))

    def test_a_signal_ends_it_and_the_step(self) -> None:
        # A shell that is told to end just before it waits would wait for ever.
        waits = (
            "import signal, sys\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
            "print('ready', file=sys.stderr, flush=True)\n"
            "signal.sigwait([signal.SIGTERM])\n"
            "print('ended', file=sys.stderr)\n"
        )
        self.step("results", f'exec "{sys.executable}" -c "{waits}"')
        words = [str(self.folder / "bench/atlas"), "--edgewise", EDGEWISE]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as atlas:
            assert atlas.stderr
            while atlas.stderr.readline() != "ready\n":
                self.assertIsNone(atlas.poll())
            atlas.send_signal(signal.SIGTERM)
            said = atlas.stderr.read()
        self.assertEqual(atlas.returncode, 143, said)
        self.assertIn("ended\n", said)
        self.assertIn("goes on where it was", said)

    def test_the_page_alone_goes_where_it_is_wanted_and_is_the_same_each_time(self) -> None:
        first, second = self.run_atlas("--page", "--out", "-"), self.run_atlas(
            "--page", "--out", "-"
        )
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        self.assertEqual(first.stdout, second.stdout)
        self.assertNotIn(str(self.folder), first.stdout)

    def test_what_it_cannot_do_is_told_with_a_status(self) -> None:
        bad = self.file("{}", "bad.json")
        for words, status, says in (
            (["--pages"], 2, "unrecognized"),
            (["--page", "--data", str(bad)], 2, "bad.json: no fingerprints"),
            (["--page", "--edgewise", "/nonexistent"], 4, "/nonexistent is no program"),
            (["--page", "--out", "/proc/page.html"], 4, "cannot write /proc/page.html"),
        ):
            with self.subTest(words=words):
                done = self.run_atlas(*words)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(says, done.stderr)


if __name__ == "__main__":
    try:
        import jinja2
    except ImportError:
        print("skipped: Python's jinja2 is not here; ci/setup brings it")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])
