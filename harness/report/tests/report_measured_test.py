"""edgewise report on benches, floods and fingerprints: report_measured_test.py EDGEWISE."""

from __future__ import annotations

import copy
import json
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from made_results import ResultFiles, bench, noisy, put
from reporting import Elements, run, skip_without_jinja2
from result_json import parsed

LINUX = sys.platform == "linux"


def svgs(page: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", page, re.DOTALL)


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of all tables of the section of that title, row by row."""
    section = next(one for one in page.split("<section")[1:] if f"<h2>{title}" in one)
    return [
        [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", row)]
        for row in re.findall("<tr>(.*?)</tr>", section)
    ]


class Case(ResultFiles):
    def page(self, *words: str, said: str = "", **more: Any) -> str:
        done = run("report", *words, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, f"^{said}$" if said else "^$")
        return done.stdout

    written: dict[tuple[str, ...], str] = {}

    def measured(self, command: str, *words: str) -> str:
        """What the command writes; it need not be valid on a busy machine, and is a result all the
        same.  The same words are run once only."""
        path = self.folder / f"{command}.json"
        if words not in self.written:
            run(command, *words, "--json", str(path))
            self.written[words] = path.read_text()
            self.assertIsNotNone(parsed(self.written[words])["result"])
        path.write_text(self.written[words])
        return str(path)


FINGERPRINTED = ("echo-poll", "echo-epoll-edge", "--scenario", "starvation")
BEFORE = {"base": noisy(5000), "moved": noisy(6000), "gone": noisy(3000)}
AFTER = {"base": noisy(5000), "moved": noisy(7500)}


class Benches(Case):
    def test_two_benches_are_shown_and_compared_as_edgewise_compare_does(self) -> None:
        a, b = self.file("a.json", bench(BEFORE)), self.file("b.json", bench(AFTER, seed=2))
        page = self.page(a, b)
        compared = parsed(run("compare", a, b, "--json", "-").stdout)["result"]["comparisons"]
        self.assertEqual(
            rows(page, "Comparison: b.json by a.json")[1:],
            [
                [
                    one["name"],
                    f"{one['ratio']:.3f}",
                    f"{one['low']:.3f} to {one['high']:.3f}",
                    one["relation"],
                    "10 and 10",
                ]
                for one in compared
            ],
        )
        self.assertEqual([one["relation"] for one in compared], ["cannot tell", "slower"])
        self.assertIn("gone: only in a.json", page)
        self.assertIn(
            ["base", "5000", "4950 to 5050", "200000", "10 of 10"], rows(page, "Bench: a")
        )

    def test_each_plot_has_words_that_say_what_is_in_it(self) -> None:
        page = self.page(self.file("a.json", bench(BEFORE)), self.file("b.json", bench(AFTER)))
        plots = [values for tag, values in Elements(page).found if tag == "svg"]
        self.assertEqual(len(plots), 5, "one of the comparison, two of each bench")
        self.assertEqual({plot["role"] for plot in plots}, {"img"})
        labels = [str(plot["aria-label"]) for plot in plots]
        self.assertRegex(labels[0], r"moved 1\.250 \(1\.\d+ to 1\.\d+\)")
        self.assertRegex(labels[1], r"gone 3000 \(2970 to 3030\); base 5000 .*; moved 6000")
        self.assertRegex(labels[2], r"moved 1\.200 \(1\.188 to 1\.212\); gone 0\.600")

    def test_a_plot_has_a_dot_for_each_sample_and_a_whisker_for_each_interval(self) -> None:
        """A marker is a <use>: ten samples and a median, or both ends and a median."""
        page = self.page(self.file("a.json", bench({"base": noisy(5000), "moved": noisy(6000)})))
        samples, ratios = svgs(page)

        def uses(svg: str, colour: str) -> int:
            return len(re.findall(rf'<use [^>]*style="fill: var\(--{colour}\)', svg))

        self.assertEqual((uses(samples, "s1"), uses(samples, "ink")), (20, 2))
        self.assertEqual((uses(ratios, "s1"), uses(ratios, "ink")), (2, 1))

    def test_what_does_not_go_together_is_shown_and_not_compared(self) -> None:
        a = self.file("a.json", bench(BEFORE))
        b = self.file("b.json", bench(AFTER, machine={"kernel": "Linux 7.0"}))
        page = self.page(a, b)
        self.assertRegex(page, "not compared: .* kernel: Linux 6.1.0 and Linux 7.0")
        self.assertEqual(len(svgs(page)), 4)
        page = self.page(a, b, self.file("c.json", bench(AFTER)))
        self.assertNotIn("ompar", re.sub("compared with", "", page.partition("<body>")[2]))

    def test_what_compare_and_merge_wrote_is_taken(self) -> None:
        a, b = self.file("a.json", bench(BEFORE)), self.file("b.json", bench(AFTER))
        forced, joined = str(self.folder / "forced.json"), str(self.folder / "joined.json")
        other = self.file("c.json", bench(AFTER, config={"size": 1400}))
        run("compare", a, other, "--force", "--json", forced)
        run("merge", a, b, "--json", joined)
        page = self.page(forced, joined)
        self.assertIn("they differ in size: 64 and 1400", page)
        self.assertIn("20 of 20", {row[-1] for row in rows(page, "Bench: joined")})
        self.assertIn("2 runs", page)
        check = str(self.folder / "check.json")
        for case in ("order-fifo", "integrity-bytes"):
            run("check", "echo-poll", "--case", case, "--json", str(self.folder / case))
        run(
            "merge",
            *(str(self.folder / c) for c in ("order-fifo", "integrity-bytes")),
            "--json",
            check,
        )
        self.assertIn("1 target, 2 cases", self.page(check))

    def test_who_has_no_valid_sample_and_who_is_missing_has_a_place(self) -> None:
        result = bench({"base": noisy(5000), "none": [None] * 10})
        result["result"]["missing"] = [{"name": "far", "missing": "needs another machine"}]
        page = self.page(self.file("a.json", result))
        self.assertIn(["none", "INVALID", "", "", "0 of 10"], rows(page, "Bench: a"))
        self.assertIn("far is missing: needs another machine", page)
        nothing = bench({"none": [None] * 10})
        self.assertEqual(svgs(self.page(self.file("b.json", nothing))), [])

    def test_names_are_text_in_tables_and_in_plots(self) -> None:
        name = "<b>$\\frac{1}</b>\x07|\nend"
        page = self.page(self.file("a.json", bench({name: noisy(5000), "x" * 90: noisy(6000)})))
        self.assertNotIn("<b>$", page)
        self.assertIn("&lt;b&gt;$\\frac{1}&lt;/b&gt;?|?end", svgs(page)[0])
        self.assertIn("x" * 43 + "…", svgs(page)[0])
        text = self.page("--format", "markdown", self.file("a.json", bench({name: noisy(5000)})))
        self.assertRegex(text, r"(?m)^\| \\<b\\>\$\\\\frac.*\\\| end \| 5000 \|")


class Floods(Case):
    def test_floods_are_side_by_side_with_their_latencies(self) -> None:
        path = self.measured("flood", "echo-poll", "--count", "200")
        other = str(self.folder / "other.json")
        Path(other).write_text(Path(path).read_text())
        result = parsed(Path(path).read_text())["result"]
        page = self.page(path, other)
        table = rows(page, "Floods")
        names = ["echo-poll (flood)", "echo-poll (other)"]
        self.assertEqual([row[0] for row in table[1:3]], names)
        self.assertEqual(
            table[1][2:5], ["200", str(result["counts"]["echoed"]), str(result["counts"]["lost"])]
        )
        p50 = f"{result['latency_corrected_ns']['p50'] / 1000:.1f}"
        self.assertIn([names[0], "due", p50], [row[:3] for row in table])
        (plot,) = svgs(page)
        for name in names:
            self.assertIn(name, plot)

    def test_a_search_has_its_trials(self) -> None:
        path = self.measured("flood", "echo-poll", "--count", "50")
        result = parsed(Path(path).read_text())
        trial = {"asked": 1000, "achieved": 999, "longer": True, "outcome": "clean"}
        result["result"] = {
            "highest_rate": 1000,
            "bound": "target",
            "settled": False,
            "trials": [trial],
        }
        page = self.page(self.file("search.json", result))
        self.assertIn(["1000", "999", "yes", "clean"], rows(page, "Highest rate without loss"))
        self.assertIn(
            "1000 datagrams/s; bound by the target; the search did not come to its end", page
        )


@unittest.skipUnless(LINUX, "fingerprints are taken on Linux")
class Fingerprints(Case):
    def test_figures_are_a_table_and_those_that_differ_are_bars(self) -> None:
        path = self.measured("fingerprint", *FINGERPRINTED)
        found = parsed(Path(path).read_text())["result"]["fingerprints"]
        page = self.page(path)
        table = rows(page, "Fingerprints: fingerprint")
        for one in found:
            row = dict(one["row"])
            self.assertIn([row.pop("target"), *row.values()], table)
        (plot,) = svgs(page)
        self.assertIn("echo-epoll-edge: no bound", plot)
        self.assertIn("echo-poll: 1", plot)


class Pages(Case):
    def files(self) -> list[str]:
        return [
            self.file("a.json", bench(BEFORE)),
            self.file("b.json", bench(AFTER)),
            self.measured("flood", "echo-poll", "--count", "100"),
            *([self.measured("fingerprint", *FINGERPRINTED)] if LINUX else []),
            self.measured("check", "echo-poll", "--case", "order-fifo"),
        ]

    def test_all_kinds_are_on_one_page_that_asks_for_nothing(self) -> None:
        page = self.page(*self.files())
        self.assertIn("<h1>What edgewise saw</h1>", page)
        self.assertIn('data-target="echo-poll"', page)
        self.assertEqual(len(svgs(page)), 6 + LINUX)
        elements = Elements(page)
        for tag, values in elements.found:
            self.assertNotIn(tag, ("script", "img", "iframe", "object"))
            for name in ("src", "href"):
                self.assertIn(values.get(name), (None, "data:,"))
            self.assertRegex(values.get("xlink:href") or "#", "^#")
        ids = elements.values("id")
        self.assertEqual(len(ids), len(set(ids)), "two things have one id")
        for wanted in re.findall(r'(?:xlink:href="#|url\(#)([^")]*)', page):
            self.assertIn(wanted, ids)

    def test_plots_have_no_colours_but_those_of_the_page(self) -> None:
        page = self.page(*self.files()[:3])
        for svg in svgs(page):
            colours = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", svg))
            self.assertEqual({one for one in colours if not re.match(r"var\(--|none$", one)}, set())
            for variable in set(re.findall(r"var\((--\w+)\)", svg)):
                self.assertGreaterEqual(len(re.findall(f"{variable}: #", page)), 3)

    def test_the_same_files_make_the_same_page(self) -> None:
        files = self.files()[1:3]
        self.assertEqual(self.page(*files), self.page(*files))

    def test_markdown_has_the_tables(self) -> None:
        text = self.page("--format", "markdown", *self.files())
        self.assertIn("## Comparison: b.json by a.json", text)
        lines = text.splitlines()
        for at, line in enumerate(lines):
            if line.startswith("|---"):
                self.assertEqual(lines[at - 1].count("|"), line.count("|"))
                self.assertRegex(lines[at + 1], r"^\|")
        self.assertRegex(
            text, r"(?m)^\| moved \| 1\.250 \| 1\.\d+ to 1\.\d+ \| slower \| 10 and 10 \|$"
        )

    def test_without_matplotlib_there_are_the_tables_and_a_line_that_says_how_to_get_it(
        self,
    ) -> None:
        (self.folder / "matplotlib.py").write_text("raise ImportError('not here')")
        env = os.environ | {"PYTHONPATH": str(self.folder)}
        files = [self.file("a.json", bench(BEFORE)), self.file("b.json", bench(AFTER))]
        page = self.page(*files, env=env, said="edgewise report: no plots, .*apt-get install .*\n?")
        self.assertEqual(svgs(page), [])
        self.assertIn("matplotlib is missing; ci/setup", page)
        self.assertEqual(len(rows(page, "Comparison: b.json by a.json")), 3)
        check = self.measured("check", "echo-poll", "--case", "order-fifo")
        self.page(check, env=env)
        self.page("--format", "markdown", *files, env=env)


class BadInput(Case):
    def test_what_is_not_as_it_should_be_is_refused_in_words(self) -> None:
        good = bench(BEFORE)
        flood = parsed(Path(self.measured("flood", "echo-poll", "--count", "20")).read_text())
        changes: list[tuple[Any, Any, str]] = [
            (good, lambda r: r["ranking"][0].update(name=3), r"ranking\[0\].name is a int"),
            (
                good,
                lambda r: r["ranking"][0]["samples"][1].update(cpu_ns_per_echo=-1),
                "is no number",
            ),
            (good, lambda r: r["comparisons"][0].update(low=10**400), "low is no number from 0"),
            (good, lambda r: r.pop("noise_floor"), "noise_floor is missing"),
            (flood, lambda r: r.pop("counts"), "counts is missing"),
            (flood, lambda r: r["latency_raw_ns"].update(p50=None), "p50 is a NoneType"),
        ]
        for result, change, words in changes:
            with self.subTest(words=words):
                wrong = copy.deepcopy(result)
                change(wrong["result"])
                path = self.folder / "wrong.json"
                path.write_text(json.dumps(wrong))
                done = run("report", str(path))
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(
                    done.stderr, f"not as edgewise {wrong['command']} writes it: .*{words}"
                )
                self.assertEqual(len(done.stderr.splitlines()), 1)


def can_plot() -> bool:
    """Asked of the report itself: it may find matplotlib in another Python than this one."""
    with tempfile.TemporaryDirectory() as folder:
        path = put(Path(folder), "a.json", bench({"one": noisy(5000)}))
        said = run("report", path, "--out", str(Path(folder) / "page.html")).stderr
    if said:
        print(f"skipped: {said.strip()}")
    return not said


if __name__ == "__main__":
    skip_without_jinja2()
    if not can_plot():
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
