"""The papers are true as far as a program can tell: papers_test.py.

Every path that README.md, CONTRIBUTING.md and docs/ name is there; a word in capitals stands for a
name that one chooses, and then the folder is.  A recipe of CONTRIBUTING.md lists as many places as
its title says.
"""

from __future__ import annotations

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"]
PAPERS += sorted((ROOT / "docs").rglob("*.md"))
ROOMS = ("bench", "ci", "docs", "harness", "man", "servers")
PATH = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./-]+)[^`]*`")


def chosen(path: str) -> list[str]:
    """What must be there: all of it, or the part before a name of the reader's."""
    parts = path.rstrip("/").split("/")
    named = next(
        (i for i, part in enumerate(parts) if re.match(r"[A-Z]+(\.\w+)?$", part)), len(parts)
    )
    whole = named == len(parts) or (ROOT / path).exists()
    return parts if whole else parts[:named]


class Papers(unittest.TestCase):
    def test_every_path_is_there(self) -> None:
        named = [(paper.name, path) for paper in PAPERS for path in PATH.findall(paper.read_text())]
        self.assertGreater(len(named), 40)
        for paper, path in named:
            with self.subTest(paper=paper, path=path):
                self.assertTrue(ROOT.joinpath(*chosen(path)).exists())

    def test_every_link_leads_somewhere(self) -> None:
        for paper in PAPERS:
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text()):
                with self.subTest(paper=paper.name, link=link):
                    self.assertTrue((paper.parent / link).exists())

    def test_a_recipe_has_as_many_places_as_it_says(self) -> None:
        recipes = re.findall(
            r"^### (.+?): (.+)\n((?:.*\n)+?)(?=^##)",
            (ROOT / "CONTRIBUTING.md").read_text(),
            re.MULTILINE,
        )
        self.assertEqual(len(recipes), 12)
        for title, promised, text in recipes:
            with self.subTest(recipe=title):
                numbers = re.findall(r"^(\d)\. ", text, re.MULTILINE)
                self.assertEqual(len(numbers), sum(map(int, re.findall(r"\d", promised))))


if __name__ == "__main__":
    unittest.main()
