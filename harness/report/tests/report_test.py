"""edgewise report on results that check writes, and on what is none: report_test.py EDGEWISE
MUTANT."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from reporting import EDGEWISE, Elements, run, skip_without_jinja2
from result_json import parsed

MUTANT = sys.argv[2]
CASES = ["--case", "order-freeze", "--case", "integrity-empty", "--case", "integrity-bytes"]


class Case(unittest.TestCase):
    results: dict[tuple[str, ...], str] = {}

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, content: str, name: str = "result.json") -> str:
        (self.folder / name).write_text(content)
        return str(self.folder / name)

    def checked(self, *words: str, name: str = "result.json") -> str:
        """A file with what check writes; the same words are run once only."""
        if words not in self.results:
            run("check", *words, *CASES, "--json", str(self.folder / name))
            self.results[words] = (self.folder / name).read_text()
        return self.file(self.results[words], name)


class Pages(Case):
    def test_several_files_make_one_matrix_with_a_row_for_each_target(self) -> None:
        first = self.checked("echo-poll", MUTANT, "echo-kqueue-edge")
        served = f"{EDGEWISE} serve echo-poll --port {{port}}"
        second = self.checked("--exec", served, "--exec", "false {port}", name="other.json")
        done = run("report", first, second)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        page = Elements(done.stdout)
        self.assertEqual(
            page.values("data-target"),
            ["echo-poll", "swaps", "echo-kqueue-edge", "edgewise", "false"],
        )
        self.assertIn("could not run: ", done.stdout)
        self.assertEqual(
            len(page.values("aria-label")),
            3 * 3 * 2,
            "of three targets' three cases, a mark and what closes it",
        )
        self.assertEqual(set(page.values("popovertarget")), {name for name in page.values("id")})

    def test_a_cell_tells_what_was_sent_expected_and_seen_and_the_command_that_repeats_it(
        self,
    ) -> None:
        result = self.checked(MUTANT)
        (target,) = parsed(Path(result).read_text())["result"]["targets"]
        row = next(row for row in target["cases"] if row["case"] == "order-freeze")
        page = re.sub(r"&#\d+;|&\w+;", "'", run("report", result).stdout)
        detail = next(
            text for text in page.split("<div popover")[1:] if "order-freeze</h3>" in text
        )
        self.assertRegex(detail, "Sent</dt><dd>Stops the target")
        self.assertIn(f"Expected</dt><dd>{row['expected']}", detail)
        self.assertIn(f"Seen</dt><dd>{row['seen']}", detail)
        self.assertIn(row["again"], detail)

    def test_the_page_asks_for_nothing_and_runs_nothing(self) -> None:
        page = Elements(run("report", self.checked("echo-poll")).stdout)
        for tag, values in page.found:
            self.assertNotIn(tag, ("script", "img", "iframe", "object"))
            for name in ("src", "href"):
                self.assertIn(values.get(name), (None, "data:,"))

    def test_what_a_target_says_is_text_and_not_markup(self) -> None:
        target = self.file(
            json.dumps({"name": "<b>bold</b>", "summary": "a|b", "command": ["false", "{port}"]}),
            "t.json",
        )
        result = self.checked(target)
        self.assertNotIn("<b>bold</b>", run("report", result).stdout)
        self.assertIn("&lt;b&gt;bold", run("report", result).stdout)

    def test_rounds_of_a_case_are_one_cell_which_tells_of_all(self) -> None:
        page = run("report", self.checked("echo-poll", "--repeat", "2")).stdout
        self.assertIn("the worst of 2 rounds: 2 passed", page)

    def test_what_is_known_shows(self) -> None:
        command = [EDGEWISE, "serve", MUTANT, "--port", "{port}"]
        known = {
            "order-freeze": "FAIL: reads once per edge",
            "integrity-bytes": "FAIL: once upon a time",
        }
        result = self.checked(
            self.file(
                json.dumps({"name": "mine", "command": command, "expect": known}), "mine.json"
            )
        )
        page = run("report", result).stdout
        self.assertIn("mine, order-freeze: FAIL as known", page)
        self.assertIn("mine, integrity-bytes: PASS not as known", page)
        text = run("report", "--format", "markdown", result).stdout
        self.assertIn("**FAIL as known** `order-freeze`", text)
        self.assertIn("1 as known; 1 **not as known**", text)

    def test_markdown_has_a_row_for_each_target_of_as_many_cells_as_there_are_chapters(
        self,
    ) -> None:
        done = run(
            "report", "--format", "markdown", self.checked("echo-poll", MUTANT, "echo-kqueue-edge")
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
        self.assertEqual(rows[0], "| target | integrity | order |")
        self.assertEqual(len(rows), 2 + 3)
        self.assertEqual({row.count("|") for row in rows}, {4})
        self.assertIn("| echo-poll | ✓ 2 | ✓ 1 |", rows)
        self.assertIn("`edgewise check", done.stdout)

    def test_the_page_goes_where_it_is_wanted(self) -> None:
        result, page = self.checked("echo-poll"), self.folder / "page.html"
        done = run("report", result, "--out", str(page), "--json", "-")
        self.assertEqual((done.returncode, parsed(done.stdout)["status"]), (0, 0))
        self.assertTrue(page.read_text().startswith("<!DOCTYPE html>"))


class BadInput(Case):
    def refused(self, words: list[str], status: int, says: str, **more: Any) -> None:
        with self.subTest(words=words):
            done = run("report", *words, **more)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertRegex(done.stderr, f"^edgewise report: .*{says}")
            self.assertEqual((len(done.stderr.splitlines()), done.stdout), (1, ""))

    def test_what_is_no_result_is_refused_in_words(self) -> None:
        good = parsed(Path(self.checked("echo-poll")).read_text())
        for content, says in (
            ("", "no JSON, or not all of it"),
            ('{"format": 1, "comm', "no JSON, or not all of it"),
            ('{"format": NaN}', "no JSON"),
            ("[]", "no result of edgewise"),
            ("{}", "no result of edgewise"),
            (json.dumps(good | {"format": 2}), "format 2, and this edgewise reads 1"),
            (json.dumps(good | {"command": "torture"}), "edgewise torture; pages are made of"),
            (json.dumps(good | {"command": "flood"}), "not as edgewise flood writes it"),
            (json.dumps(good | {"partial": True}), "--partial"),
            (
                json.dumps(good | {"result": None, "error": "no server 'x'"}),
                "nothing was run: no server 'x'",
            ),
            (
                json.dumps(good | {"result": {"scale": "quick", "targets": []}}),
                "catalogue is missing; run it again",
            ),
            (
                json.dumps(good | {"result": {"scale": "quick", "targets": [], "catalogue": []}}),
                "no target",
            ),
            (
                json.dumps(good | {"result": {"scale": "quick", "targets": 7, "catalogue": [{}]}}),
                "not as edgewise check",
            ),
            (json.dumps(good).replace('"PASS"', '"PERHAPS"'), "not as edgewise check writes it"),
        ):
            self.refused([self.file(content, "bad.json")], 2, says)

    def test_a_partial_result_shows_when_asked_for_and_is_called_so(self) -> None:
        good = parsed(Path(self.checked("echo-poll")).read_text())
        done = run("report", "--partial", self.file(json.dumps(good | {"partial": True})))
        self.assertEqual(done.returncode, 0)
        self.assertIn("An interrupted run", done.stdout)

    def test_usage(self) -> None:
        self.refused([], 2, "which results")
        self.refused(["/nonexistent/result.json"], 2, "No such file")
        self.refused(["--format", "pdf", "x"], 2, "html or markdown")

    def test_what_cannot_be_written_or_made_is_told(self) -> None:
        result = self.checked("echo-poll")
        self.refused(
            [result, "--out", "/nonexistent/page.html"], 4, "cannot write /nonexistent/page.html"
        )
        self.refused([result], 4, "cannot run python3", env=os.environ | {"PATH": "/nonexistent"})

    def test_a_python_without_jinja2_is_told_how_to_get_it(self) -> None:
        (self.folder / "jinja2.py").write_text("raise ImportError('not here')")
        env = os.environ | {"PYTHONPATH": str(self.folder)}
        self.refused([self.checked("echo-poll")], 4, "jinja2 is missing; ci/setup", env=env)


if __name__ == "__main__":
    skip_without_jinja2()
    unittest.main(argv=sys.argv[:1])
