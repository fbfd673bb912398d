"""What a paper asks its reader to save and to type, for who tries it."""

from __future__ import annotations

import re
from pathlib import Path

EXAMPLE = re.compile(r"^<!-- example: (\S+) -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples_of(paper: Path) -> dict[str, str]:
    """Name and content of each file."""
    return dict(EXAMPLE.findall(paper.read_text(encoding="utf-8")))


def commands_of(paper: Path) -> list[tuple[str, list[str]]]:
    """Each command, and the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for block in CONSOLE.findall(paper.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found
