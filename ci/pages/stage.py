#!/usr/bin/env python3
"""Lays the papers out for MkDocs as they lie in the tree: stage.py PAGES.

A line <!-- picture: NAME | WORDS --> becomes that picture, where it was made; who reads the paper
in the tree has the words around it, and no picture that could be out of date.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "ci/pages/mkdocs.yml"
PICTURE = re.compile(r"^<!-- picture: (\S+) \| (.+) -->$", re.MULTILINE)
# What a link of a paper may lead to beside a paper; a page's link to a folder, or to source, is the
# repository's to show.
ASSETS = ["ci/pages/site.css", "LICENSE-APACHE", "LICENSE-MIT"]


def pages() -> list[str]:
    """Those that the navigation names, but for what is made."""
    named = re.findall(r": ([\w./-]+\.md)$", CONFIGURATION.read_text(), re.MULTILINE)
    return [name for name in named if not name.startswith("made/")]


def with_pictures(text: str, name: str, out: Path) -> str:
    def figure(found: re.Match[str]) -> str:
        picture, words = found.groups()
        if not (out / "made" / picture).exists():
            return ""
        where = os.path.relpath(f"made/{picture}", Path(name).parent)
        return f"![{html.escape(words)}]({where})"

    return PICTURE.sub(figure, text)


def stage(name: str, out: Path) -> None:
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    text = (ROOT / name).read_text(encoding="utf-8")
    (out / name).write_text(with_pictures(text, name, out), encoding="utf-8")
    for link in re.findall(r"!\[[^]]*\]\(([^):]+)\)", text):
        picture = os.path.normpath(Path(name).parent / link)
        (out / picture).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / picture, out / picture)


def main() -> None:
    out = Path(sys.argv[1])
    for name in pages():
        stage(name, out)
    for name in ASSETS:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, out / name)


if __name__ == "__main__":
    main()
