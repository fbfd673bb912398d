"""The page of bench/atlas as a browser shows it: atlas_page_test.py EDGEWISE FOLDER.  Screenshots
stay there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "harness/report/tests"), str(ROOT / "bench")]

import atlas_model as model
import chromium
import pages

EDGEWISE, FOLDER = sys.argv[1], Path(sys.argv[2])
PHONE, WIDE = 360, 1500
HEADS = "document.querySelectorAll('#table th[aria-sort]')"
SHOWN = """[...document.querySelectorAll('#table tbody tr')].filter(row => row.offsetParent)
    .map(row => row.dataset.loop)"""
RANKS = """[...document.querySelectorAll('#table tbody [data-f=FIGURE]')]
    .map(cell => cell.dataset.rank === '' ? null : Number(cell.dataset.rank))"""
# Each kind of cell in each column: the first that has it.
OPEN_KINDS = """(() => {
    const wrong = [], seen = new Set(), dialog = document.getElementById('cell');
    for (const button of document.querySelectorAll('table[data-cells] td button')) {
        const cell = button.closest('td'), kind = cell.dataset.f + cell.className;
        if (seen.has(kind))
            continue;
        seen.add(kind);
        button.click();
        const box = dialog.getBoundingClientRect();
        if (!dialog.open || box.height < 100 || box.left < 0 || box.right > innerWidth)
            wrong.push(kind + ' does not open');
        for (const id of ['title', 'release', 'value', 'means', 'again'])
            if (!document.getElementById('cell-' + id).textContent.trim())
                wrong.push(kind + ' has no ' + id);
        dialog.querySelector('form button').click();
        if (dialog.open)
            wrong.push(kind + ' does not close');
    }
    return seen.size < 30 ? ['only ' + seen.size] : wrong;
})()"""
SET = """{{
    const one = document.getElementById('{}');
    one.value = '{}';
    one.dispatchEvent(new Event('{}'));
}}"""
COUNT_EACH = """[...document.querySelectorAll('#plots figure')]
    .map(one => one.querySelectorAll('{}').length)"""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
WHITE = "rgb(255, 255, 255)"


def words_of(id: str) -> str:
    return f"document.getElementById('cell-{id}').textContent"


class AtlasPage(chromium.Shown):
    file = FOLDER / "atlas.html"

    def shown(self, width: int, picture: str = "", media: str = "", scheme: str = "light") -> None:
        self.page.show(self.file, width, 844, media, scheme)
        if picture:
            self.page.screenshot(FOLDER / picture, whole=True)
        self.assertLessEqual(self.page.value("document.documentElement.scrollWidth"), width)

    def value(self, script: str) -> Any:
        return self.page.value(script)

    def press(self, key: str) -> None:
        """With what a keyboard says besides: Enter clicks only where it has its text."""
        text = {"text": "\r"} if key == "Enter" else {}
        codes = {"Enter": 13, "ArrowRight": 39, "ArrowDown": 40, "Escape": 27}
        values = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
        self.page.ask("Input.dispatchKeyEvent", type="keyDown", **values, **text)
        self.page.ask("Input.dispatchKeyEvent", type="keyUp", **values)

    def tearDown(self) -> None:
        self.assertEqual(self.page.complaints(), [])
        self.assertEqual(
            self.page.requests(), [self.file.resolve().as_uri()], "the page asks for something"
        )

    def test_there_is_a_row_for_each_loop_with_its_release_beside_it(self) -> None:
        self.shown(WIDE)
        rows = pages.rows(pages.parts(model.TABLE)[model.FINGERPRINTS])
        found = self.value(
            """[...document.querySelectorAll('#table tbody th[scope=row]')]
            .map(head => [...head.children].map(one => one.textContent))"""
        )
        self.assertEqual(found, [row[:2] for row in rows])

    def test_a_column_is_sorted_by_a_click_both_ways_and_who_has_no_figure_is_last(self) -> None:
        self.shown(WIDE)
        ranks = RANKS.replace("FIGURE", "worst")
        click = "document.querySelector('#table th[data-f=worst] button').click()"
        for direction in ("ascending", "descending"):
            self.value(click)
            found = self.value(ranks)
            numbers = [rank for rank in found if rank is not None]
            self.assertEqual(numbers, sorted(numbers, reverse=direction == "descending"))
            self.assertGreater(len(set(numbers)), 5)
            self.assertEqual(found[: len(numbers)], numbers)
            sorted_by = self.value(f"[...{HEADS}].map(head => head.getAttribute('aria-sort'))")
            self.assertEqual([one for one in sorted_by if one != "none"], [direction])

    def test_a_keyboard_sorts_moves_and_opens(self) -> None:
        self.shown(WIDE)
        self.value("document.querySelector('#table th[data-f=loop] button').focus()")
        self.press("Enter")
        names = self.value(SHOWN)
        self.assertEqual(names, sorted(names, key=str.lower))
        self.value("document.querySelector('#table td button').focus()")
        for key in ("ArrowRight", "ArrowDown", "Enter"):
            self.press(key)
        self.assertTrue(self.value("document.getElementById('cell').open"))
        self.assertEqual(self.value(words_of("title")), f"{names[1]}: worst")
        self.press("Escape")
        self.assertFalse(self.value("document.getElementById('cell').open"))
        self.assertEqual(self.value("document.activeElement.closest('tr').dataset.loop"), names[1])
        reached = (
            "[...document.querySelectorAll('#table td button')].filter(one => one.tabIndex == 0)"
        )
        self.assertEqual(self.value(f"{reached}.length"), 1)

    def test_it_is_filtered_by_language_and_by_text(self) -> None:
        self.shown(WIDE)
        loops = {loop.name: loop for loop in model.atlas_of(EDGEWISE).loops}
        self.value(SET.format("language", "Rust", "change"))
        found = self.value(SHOWN)
        self.assertEqual(found, [name for name in loops if loops[name].language == "Rust"])
        self.assertEqual(
            self.value("document.getElementById('count').value"),
            f"{len(found)} of {len(loops)} loops",
        )
        self.value(SET.format("find", "TOKIO join", "input"))
        self.assertEqual(self.value(SHOWN), ["rust-tokio-join"])
        self.value("document.getElementById('all').click()")
        self.assertEqual(self.value(SHOWN), list(loops))

    def test_a_cell_tells_what_it_means_and_the_command_that_remakes_it(self) -> None:
        self.shown(WIDE)
        self.value("document.querySelector('[data-loop=libuv] [data-f=worst] button').click()")
        rows = pages.rows(pages.parts(model.TABLE)[model.FINGERPRINTS])
        row = next(row for row in rows if row[0] == "libuv")
        self.assertEqual(self.value(words_of("value")), row[3])
        self.assertEqual(self.value(words_of("release")), f"{row[1]}, C")
        self.assertIn("worst of 200 moments", self.value(words_of("means")))
        self.assertIn("a budget of b", self.value(words_of("done")))
        self.assertEqual(
            self.value(words_of("again")),
            "edgewise fingerprint libuv --scenario starvation --json -",
        )
        self.assertEqual(self.value(words_of("row")), "bench/results libuv")
        self.page.screenshot(FOLDER / "atlas-cell.png")

    def test_on_a_phone_nothing_is_wider_than_the_screen_and_cells_open(self) -> None:
        self.shown(PHONE, "atlas-phone.png")
        self.assertEqual(self.value("document.documentElement.scrollWidth"), PHONE)
        self.assertEqual(self.value(OPEN_KINDS), [])
        wider = "document.querySelector('.scroll').scrollWidth > innerWidth"
        self.assertTrue(self.value(wider), "the table does not scroll within itself")

    def test_a_loop_that_is_named_by_the_address_opens(self) -> None:
        self.shown(WIDE)
        self.value("document.querySelector('#table [data-loop=libuv] a').click()")
        self.value("new Promise(requestAnimationFrame)")
        self.assertTrue(self.value("document.getElementById('loop-libuv').open"))
        self.assertIn(
            "libuv issue 3129", self.value("document.getElementById('loop-libuv').innerText")
        )

    def test_in_the_dark_it_is_dark_and_on_paper_it_is_not(self) -> None:
        self.shown(WIDE, "atlas-light.png")
        self.assertEqual(self.value(BACKGROUND), WHITE)
        self.shown(WIDE, "atlas-dark.png", scheme="dark")
        self.assertNotEqual(self.value(BACKGROUND), WHITE)
        self.shown(1032, "atlas-paper.png", media="print", scheme="dark")
        self.assertEqual(self.value(BACKGROUND), WHITE)
        self.page.print(FOLDER / "atlas.pdf")

    def test_plots_have_their_points_in_words_and_a_series_its_lines(self) -> None:
        self.shown(WIDE)
        pictures, words = (
            self.value(COUNT_EACH.format(what)) for what in ("svg title", "details li")
        )
        self.assertEqual(pictures[:3], words[:3])
        self.assertEqual(words[3], 2)


def fingerprints() -> Path:
    """Of two loops that differ."""
    path = FOLDER / "fingerprints.json"
    words = [EDGEWISE, "fingerprint", "echo-poll", "echo-epoll-edge", "--scenario", "cost"]
    subprocess.run([*words, "--json", path], check=True, capture_output=True)
    assert len(json.loads(path.read_text())["result"]["fingerprints"]) == 2
    return path


def main() -> None:
    program = chromium.needed()
    FOLDER.mkdir(parents=True, exist_ok=True)
    words = [
        str(ROOT / "bench/atlas"),
        "--page",
        "--edgewise",
        EDGEWISE,
        "--data",
        str(fingerprints()),
    ]
    made = subprocess.run([*words, "--out", str(AtlasPage.file)], capture_output=True, text=True)
    if made.returncode == 4 and "jinja2" in made.stderr:
        print(f"skipped: {made.stderr.strip()}")
        sys.exit(chromium.SKIPPED)
    if made.returncode:
        sys.exit(made.stderr)
    chromium.run_tests(program)


if __name__ == "__main__":
    main()
