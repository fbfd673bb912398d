"""The timelines of bench/TIMELINES.md: which release of a loop changed which figure."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pages
from figures import COLUMNS, KINDS
from releases import in_order

# A row is what bench/timelines/NAME.json has of a release: {"release", "version", "figures",
# "changed", "missing"}; why it has no figures is in "missing", why not all in "lacks".
Row = dict[str, Any]

ERRORS = "one error"
FIGURES = [*COLUMNS[2:], *KINDS]
# Too wide for a table; what changes in them is told below it.
LEFT_OUT = (ERRORS, "remarks")
INTRODUCTION = """# Timelines

What releases of the same loop do, with the same peer of `bench/peers`: made by \
`bench/timeline` on Linux {kernel}, which fetches each
release from npm, with `edgewise fingerprint`, twice each. What the columns mean stands in \
[RESULTS.md](RESULTS.md); `timer` to `stream` are
those of "What starves" there. Each figure is compared with that of the last release before it \
here that has one; what varies in one of them is not
compared. The same as data, with what one error does and the remarks: `bench/timelines`.

"""


def effects(cell: str) -> dict[str, str]:
    """What the cell about errors says of each call that fails: "loses one: send-EPERM, ..."."""
    found: dict[str, str] = {}
    for part in cell.split("; "):
        effect, _, calls = part.partition(": ")
        found |= {call: effect for call in calls.split(", ") if calls}
    return found


def changed_effects(before: str, now: str) -> list[str]:
    one, other = effects(before), effects(now)
    groups: dict[tuple[str, str], list[str]] = {}
    for call in dict.fromkeys([*one, *other]):
        pair = one.get(call, "goes on"), other.get(call, "goes on")
        if pair[0] != pair[1]:
            groups.setdefault(pair, []).append(call)
    return [f"{ERRORS}: {a} -> {b} ({', '.join(calls)})" for (a, b), calls in groups.items()]


def differs(a: str, b: str) -> bool:
    """By parts, as bounds and the calls for an echo have them; what varies in one does not."""
    one, other = re.split(r" / |\+", a), re.split(r" / |\+", b)
    if len(one) != len(other):
        return "varies" not in (a, b)
    return any(x != y and "varies" not in x + y for x, y in zip(one, other))


def changes(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Of the figures that both have; what has varied in one of them is no change."""
    found = []
    for name in [name for name in before if name in now]:
        a, b = before[name], now[name]
        if name == ERRORS:
            found += changed_effects(a, b)
        elif differs(a, b):
            found.append(f"{name}: {a} -> {b}")
    return found


def compared(rows: list[Row]) -> list[Row]:
    """In the order of releases, each with what it changed."""
    before: dict[str, str] = {}
    found = []
    for row in sorted(rows, key=lambda row: in_order(row["release"])):
        found.append(row | {"changed": changes(before, row["figures"])})
        before = before | row["figures"]
    return found


def text_of(timeline: dict[str, Any]) -> str:
    """The part of the page about one loop; its "note" says what its rows do not."""
    rows = timeline["rows"]
    had = {name for row in rows for name in row["figures"]}
    shown = [name for name in FIGURES if name in had and name not in LEFT_OUT]
    shown += [name for name in rows[0]["figures"] if name not in FIGURES]
    head = ["release", "version", *shown]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [row["figures"].get(name, "") for name in shown]
        if not row["figures"]:
            cells[:1] = [row["missing"].replace("|", "/")]
        lines.append("| " + " | ".join([row["release"], row["version"], *cells]) + " |")
    told = [
        f"- **{row['release']}**: {'; '.join(row['changed'])}" for row in rows if row["changed"]
    ]
    told += [
        f"- **{row['release']}** lacks figures: {row['lacks']}" for row in rows if row.get("lacks")
    ]
    made = (
        f"Not measured here: {timeline['source']}"
        if timeline["source"]
        else (f"Made by `{timeline['measured_by']}`.")
    )
    parts = [f"# {timeline['title']}", made, timeline["note"], "\n".join(lines)]
    parts += ["What changed:\n\n" + "\n".join(told) if told else "None of them changed a figure."]
    return "\n\n".join(part for part in parts if part) + "\n"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"rows": []}
    return found


def write(path: Path, timeline: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(timeline, indent=2) + "\n")


def write_page(page: Path, folder: Path) -> int:
    """Of all timelines; how many there are.  What is not measured here comes last."""
    text = INTRODUCTION.format(kernel=os.uname().release.split("-")[0])
    pages.put(page, text)
    found = sorted(map(read, folder.glob("*.json")), key=lambda one: bool(one["source"]))
    for timeline in found:
        pages.put(page, text_of(timeline))
    return len(found)
