"""The page of edgewise report as a browser shows it: report_page_test.py EDGEWISE FOLDER.
Screenshots stay there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import chromium
from made_results import bench, noisy, put
from result_json import parsed

EDGEWISE, FOLDER = sys.argv[1], Path(sys.argv[2])
TARGETS = 5
VERDICTS = ["PASS"] * 11 + ["FAIL", "WEAK", "UNSUPPORTED", "INVALID"]
WORDS = (
    "a long account of what was seen, with"
    " a_name_that_has_no_place_to_break_it_and_goes_on_and_on_and_on_and_on_and_on "
)
OPEN_EACH = """(rows => {
    const wrong = [];
    for (const button of document.querySelectorAll(rows + ' .cells button')) {
        const detail = document.getElementById(button.getAttribute('popovertarget'));
        button.click();
        const box = detail.getBoundingClientRect();
        if (!detail.matches(':popover-open') || box.height < 100
                || box.left < 0 || box.right > innerWidth)
            wrong.push(button.ariaLabel + ' does not open');
        for (const term of ['Sent', 'Expected', 'Seen', 'Again'])
            if (![...detail.querySelectorAll('dt')].some(
                    one => one.textContent === term && one.nextElementSibling.textContent.trim()))
                wrong.push(button.ariaLabel + ' lacks ' + term);
        detail.querySelector('.close').click();
        if (detail.matches(':popover-open'))
            wrong.push(button.ariaLabel + ' does not close');
    }
    return wrong;
})"""


def result() -> dict[str, Any]:
    """A result with every case of the catalogue and every verdict, of as many targets as a real
    comparison has."""
    said = subprocess.run(
        [EDGEWISE, "check", "--list", "--json", "-"], capture_output=True, text=True, check=True
    ).stdout
    envelope: dict[str, Any] = parsed(said)
    catalogue = envelope["result"]["cases"]
    targets = []
    for i in range(TARGETS):
        rows = []
        for j, case in enumerate(catalogue):
            verdict = VERDICTS[(i * 7 + j) % len(VERDICTS)]
            known = (
                {"known": "FAIL: " + WORDS, "as_known": j % 2 == 0}
                if verdict == "FAIL" and i % 2
                else {}
            )
            rows.append(
                {
                    "case": case["id"],
                    "verdict": verdict,
                    "seconds": 0.1,
                    "expected": None,
                    "seen": None,
                    "reason": None if verdict == "PASS" else WORDS * 3,
                    "seed": 1,
                    "again": (
                        f"edgewise check some/folder/target-{i}.json --case {case['id']} --seed 1"
                    ),
                }
                | known
            )
        name = f"target-{i}"
        targets.append(
            {"name": name, "word": name, "summary": "what this target does, " * 3, "cases": rows}
        )
    targets.append(
        {
            "name": "absent",
            "word": "absent",
            "summary": "",
            "cases": [],
            "missing": "needs another machine",
        }
    )
    return envelope | {"result": {"scale": "quick", "targets": targets, "catalogue": catalogue}}


class Shown(chromium.Shown):
    file: Path

    def shown(self, width: int, picture: str, media: str = "", scheme: str = "light") -> None:
        self.page.show(self.file, width, 844, media, scheme)
        self.page.screenshot(FOLDER / picture, whole=True)
        self.assertLessEqual(self.page.value("document.documentElement.scrollWidth"), width)

    def tearDown(self) -> None:
        self.assertEqual(self.page.complaints(), [])
        self.assertEqual(
            self.page.requests(), [self.file.resolve().as_uri()], "the page asks for something"
        )


class Matrix(Shown):
    file = FOLDER / "report.html"

    def test_on_a_phone_nothing_is_wider_than_the_screen_and_each_cell_opens(self) -> None:
        self.shown(390, "report-390.png")
        self.assertEqual(self.page.value(OPEN_EACH + "('td')"), [])
        self.assertEqual(self.page.value("document.documentElement.scrollWidth"), 390)

    def test_on_a_wide_screen_there_is_a_column_for_each_case_and_a_detail_opens(self) -> None:
        self.shown(1600, "report-1600.png")
        self.assertEqual(self.page.value(OPEN_EACH + "('tr:nth-child(2) td')"), [])
        ragged = """[...document.querySelectorAll('tr[data-target]')]
            .map(row => [...row.querySelectorAll('.cells button')]
            .map(one => Math.round(one.getBoundingClientRect().x)).join()).filter(Boolean)"""
        self.assertEqual(len(set(self.page.value(ragged))), 1, "the columns are not straight")

    def test_there_is_one_row_for_each_target(self) -> None:
        self.shown(800, "report-800.png")
        names = self.page.value(
            "[...document.querySelectorAll('tr[data-target]')].map(row => row.dataset.target)"
        )
        self.assertEqual(names, [f"target-{i}" for i in range(TARGETS)] + ["absent"])

    def test_in_the_dark_it_is_dark_and_on_paper_it_is_not(self) -> None:
        background = "getComputedStyle(document.body).backgroundColor"
        self.shown(1200, "report-dark.png", scheme="dark")
        self.assertNotEqual(self.page.value(background), "rgb(255, 255, 255)")
        self.shown(1123, "report-paper.png", media="print", scheme="dark")
        self.assertEqual(self.page.value(background), "rgb(255, 255, 255)")
        self.page.print(FOLDER / "report.pdf")


class Measured(Shown):
    file = FOLDER / "measured.html"

    def test_on_a_phone_plots_are_no_wider_than_the_screen_and_tables_scroll_by_themselves(
        self,
    ) -> None:
        self.shown(390, "measured-390.png")
        boxes = self.page.value(
            "[...document.querySelectorAll('svg')].map(one => one.getBoundingClientRect())"
            ".map(box => [box.left, box.right, box.height])"
        )
        self.assertEqual(len(boxes), 6)
        for left, right, height in boxes:
            self.assertTrue(0 <= left < right <= 390 and height > 50, (left, right, height))
        sizes = self.page.value(
            "[...document.querySelectorAll('svg text')].map("
            "one => one.getBoundingClientRect().height)"
        )
        self.assertGreater(min(sizes), 5, "words that nobody can read")

    def test_in_the_dark_plots_are_as_light_as_the_text(self) -> None:
        colours = """['--soft', '--ink', '--s1'].map(one => getComputedStyle(
            document.querySelector(`svg [style*="fill: var(${one})"]`)).fill)"""
        ink = "getComputedStyle(document.body).color"
        found = {}
        for scheme in ("light", "dark"):
            self.shown(1200, f"measured-{scheme}.png", scheme=scheme)
            found[scheme] = self.page.value(colours)
            self.assertEqual(found[scheme][1], self.page.value(ink))
        for light, dark in zip(found["light"], found["dark"]):
            self.assertNotEqual(light, dark)
        self.shown(1123, "measured-paper.png", media="print", scheme="dark")
        self.assertEqual(self.page.value(colours)[1:], ["rgb(0, 0, 0)", found["light"][2]])
        self.page.print(FOLDER / "measured.pdf")


def measured_files() -> list[str]:
    """Two benches, and a flood that need not have gone well."""
    costs = {
        f"target-{i} {WORDS if i == 2 else ''}".strip(): noisy(5000 + 300 * i) for i in range(5)
    }
    files = [put(FOLDER, "a.json", bench(costs))]
    files.append(put(FOLDER, "b.json", bench({name: noisy(5300) for name in costs})))
    flood = str(FOLDER / "flood.json")
    subprocess.run(
        [EDGEWISE, "flood", "echo-poll", "--count", "100", "--json", flood], capture_output=True
    )
    return [*files, flood]


def made(files: list[str], page: Path) -> None:
    words = [EDGEWISE, "report", *files, "--out", str(page)]
    done = subprocess.run(words, capture_output=True, text=True)
    missing = re.search("jinja2|python3|matplotlib", done.stderr)
    if missing and (done.returncode == 4 or "no plots" in done.stderr):
        print(f"skipped: {done.stderr.strip()}")
        sys.exit(chromium.SKIPPED)
    if done.returncode:
        sys.exit(done.stderr)


def main() -> None:
    program = chromium.needed()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "result.json").write_text(json.dumps(result()))
    made([str(FOLDER / "result.json")], Matrix.file)
    made(measured_files(), Measured.file)
    chromium.run_tests(program)


if __name__ == "__main__":
    main()
