"""How the tests of the report run edgewise and read its pages: TEST EDGEWISE ..."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

EDGEWISE = sys.argv[1]
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
SKIPPED = 77


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [EDGEWISE, *words], capture_output=True, text=True, timeout=DEADLINE_S, **more
    )


class Elements(HTMLParser):
    """Every element that the page opens, as its name and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [values[attribute] or "" for _, values in self.found if attribute in values]


def skip_without_jinja2() -> None:
    empty = Path(tempfile.mkdtemp()) / "none.json"
    empty.write_text("{}")
    said = run("report", str(empty)).stderr
    empty.unlink()
    empty.parent.rmdir()
    if "jinja2" in said or "python3" in said:
        print(f"skipped: {said.strip()}")
        sys.exit(SKIPPED)
