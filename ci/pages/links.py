#!/usr/bin/env python3
"""Looks at every link of the pages in a folder: links.py SITE [--list].

What leads to a page, a picture or a heading of ours must lead there.  A page may ask no other host
for anything: a style, a script, a font, a picture.  Links to others are listed and not tried.
Exit status: 0 all is well, 1 something is not, which is printed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?(?!data:)([^"')\s]+)""")


class Page(HTMLParser):
    """What a page links to, what it asks for, and the places in it that links can name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.asked: list[str] = []
        self.places: set[str] = set()
        self.wordless: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.places |= {values[key] for key in ("id", "name") if key in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") != "canonical" and "href" in values:
            self.asked.append(values["href"])
        if "src" in values:
            self.asked.append(values["src"])
        if tag == "img" and not values.get("alt"):
            self.wordless.append(values.get("src", ""))


def is_foreign(link: str) -> bool:
    found = urlparse(link)
    return bool(found.scheme or found.netloc) and found.scheme != "data"


def target_of(link: str, page: Path, site: Path) -> Path:
    path = unquote(urlparse(link).path)
    start = site if path.startswith("/") else page.parent
    target = start / path.lstrip("/") if path else page
    return target / "index.html" if target.is_dir() else target


def complaints(pages: dict[Path, Page], site: Path) -> Iterator[str]:
    for path, page in pages.items():
        where = path.relative_to(site)
        for link in page.wordless:
            yield f"{where}: the picture {link} has no words for who cannot see it"
        for link in page.asked:
            if is_foreign(link):
                yield f"{where}: asks another host for {link}"
        for link in page.links + page.asked:
            if is_foreign(link) or link.startswith(("data:", "javascript:")):
                continue
            target = target_of(link, path, site).resolve()
            place = unquote(urldefrag(link).fragment)
            if not target.exists():
                yield f"{where}: {link} leads nowhere"
            elif place and target in pages and place not in pages[target].places:
                yield f"{where}: {link}: there is no such place in the page"
    for style in sorted(site.rglob("*.css")):
        for link in IN_STYLE.findall(style.read_text(encoding="utf-8")):
            if is_foreign(link) or link.startswith("//"):
                yield f"{style.relative_to(site)}: asks another host for {link}"


def main() -> int:
    site = Path(sys.argv[1]).resolve()
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html"))}
    found = list(complaints(pages, site))
    for line in found:
        print(line)
    foreign = sorted({one for page in pages.values() for one in page.links if is_foreign(one)})
    if "--list" in sys.argv:
        print("\n".join(foreign))
    links = sum(len(page.links) for page in pages.values())
    print(f"{len(pages)} pages, {links} links, {len(found)} wrong; {len(foreign)} to others")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
