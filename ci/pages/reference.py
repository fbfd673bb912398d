#!/usr/bin/env python3
"""Makes the pages of the reference of what edgewise says of itself: reference.py EDGEWISE OUT."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness/report"))

import escaped

OPTION = re.compile(r"^  (-h, --help|--[\w-]+(?: (?:[A-Z]|\S*\|)\S*)?)\s+(\S.*)$")
MADE = "Made of what edgewise says of itself: `{}`.\n"


def ask(edgewise: Path, *words: str) -> str:
    return subprocess.run(
        [edgewise, *words], stdin=subprocess.DEVNULL, check=True, capture_output=True, text=True
    ).stdout


def ask_json(edgewise: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(edgewise, *words, "--json", "-"))["result"]
    return found


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines) + "\n"


def code(words: str) -> str:
    """In a table a bar ends the cell, even in a code span."""
    return f"<code>{words.replace('&', '&amp;').replace('<', '&lt;').replace('|', '&#124;')}</code>"


# ---- commands ----


def option_rows(lines: list[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in lines:
        found = OPTION.match(line)
        if found:
            rows.append([code(found.group(1)), escaped.text(found.group(2))])
        else:
            rows[-1][1] += " " + escaped.text(line.strip())
    return rows


def command_part(help_text: str, name: str) -> str:
    """Paragraphs stay paragraphs; a heading with options below it becomes a table."""
    usage, *blocks = help_text.strip().split("\n\n")
    page = f"## edgewise {name}\n\n```\n{usage.removeprefix('usage: ')}\n```\n\n"
    for block in blocks:
        head, *lines = block.splitlines()
        if lines and OPTION.match(lines[0]):
            page += f"### {escaped.text(head.rstrip(':'))}\n\n"
            page += table(["option", "what it says"], option_rows(lines))
        else:
            page += f"{escaped.text(block)}\n\n"
    return page


def commands(edgewise: Path) -> str:
    overview = ask(edgewise, "help")
    names = re.findall(r"^  ([a-z]+)\s{2,}", overview, re.MULTILINE)
    page = "# Commands and their options\n\n" + MADE.format("edgewise help") + "\n"
    statuses = re.search(r"Exit status: (.*)", overview)
    assert names and statuses
    page += f"## Exit status\n\n{escaped.text(statuses.group(1))}\n\n"
    return page + "".join(command_part(ask(edgewise, "help", name), name) for name in names)


# ---- words ----


def entries(edgewise: Path, *kinds: str) -> list[dict[str, str]]:
    found = ask_json(edgewise, "explain", "--list")["entries"]
    return [one for one in found if one["kind"] in kinds]


def words(edgewise: Path, title: str, *kinds: str) -> str:
    page = f"# {title}\n\n" + MADE.format("edgewise explain --list") + "\n"
    for kind in kinds:
        if len(kinds) > 1:
            page += f"## {kind.capitalize()}\n\n"
        rows = entries(edgewise, kind)
        short = [one for one in rows if not one.get("details")]
        if short:
            page += table(
                ["name", "what it means"],
                [[code(one["id"]), escaped.text(one["summary"])] for one in short],
            )
        for one in rows:
            if one.get("details"):
                page += f"### {escaped.text(one['id'])}\n\n{escaped.text(one['summary'])}.\n\n"
                page += f"{escaped.text(one['details'])}\n\n"
    return page


def servers(edgewise: Path) -> str:
    page = "# Servers\n\n" + MADE.format("edgewise list") + "\n"
    found = ask_json(edgewise, "list")["servers"]
    for group in dict.fromkeys(one["group"] for one in found):
        rows = [
            [code(one["name"]), escaped.text(one["summary"]), escaped.text(one["needs"] or "")]
            for one in found
            if one["group"] == group
        ]
        page += f"## {escaped.text(group)}\n\n" + table(["name", "mechanism", "needs"], rows)
    return page


def main() -> None:
    edgewise, out = Path(sys.argv[1]), Path(sys.argv[2])
    made = {
        "commands": commands(edgewise),
        "counters": words(edgewise, "Counters", "counter", "ledger", "floor", "capability"),
        "protocols": words(edgewise, "Protocols", "protocol"),
        "scenarios": words(edgewise, "Scenarios", "scenario"),
        "servers": servers(edgewise),
    }
    for name, page in made.items():
        (out / f"{name}.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
