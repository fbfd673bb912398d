"""Words of others in Markdown: what a target said stays text, whatever it looks like."""

from __future__ import annotations

import re

SPECIAL = re.compile(r"[\\`*_~\[\]<>|&]")


def text(words: str) -> str:
    """On one line, and nothing in it means anything (CommonMark 0.30, 2.4: a backslash before
    punctuation)."""
    return SPECIAL.sub(lambda found: "\\" + found.group(), " ".join(words.split()))


def code(words: str) -> str:
    """A code span: between more backticks than any run of them within (CommonMark 0.30, 6.1)."""
    line = " ".join(words.split())
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    room = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{room}{line}{room}{fence}"
