"""What bench/atlas shows: loops, their figures and what these mean, of what is committed and of
what a build of edgewise says of itself."""

from __future__ import annotations

import functools
import html
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pages
from atlas_cells import Cell, column, counted

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "harness/report"))

from reading import BadInput, check_shape

TABLE = ROOT / "bench" / "RESULTS.md"
TIMELINES = ROOT / "bench" / "timelines"
FINGERPRINTS, STARVES = "# Fingerprints", "# What starves"
# Which scenario a column is of; who reads a cell is told how it came about by that one's words.
SCENARIO_OF = {
    "start": "starvation",
    "worst": "starvation",
    "run": "burst",
    "per echo": "cost",
    "other": "cost",
    "held": "blocked",
    "dropped": "blocked",
    "read": "blocked",
    "order": "order",
    "one error": "errors",
    "remarks": "",
    **dict.fromkeys(("timer", "signal", "pipe", "accept", "stream"), "beside"),
}
BOUNDS = ("starvation", "beside")
LISTED = ("one error", "remarks")
# The second form of a column has no words of its own.
LAST = ", last"
# Ours have none in a target file, for they are plug-ins.
OUR_LANGUAGE = "C"

TIMELINE = {
    "loop": str,
    "title?": str,
    "note?": (str, type(None)),
    "measured_by": (str, type(None)),
    "source": (str, type(None)),
    "rows": [{"release": str, "figures": dict, "changed": [str], "missing?": (str, type(None))}],
}


@dataclass
class Figure:
    name: str
    slug: str
    means: str  # as RESULTS.md says it, in Markdown
    scenario: str  # its id; "": it is of all

    @property
    def is_bound(self) -> bool:
        return self.scenario in BOUNDS


@dataclass
class Table:
    figures: list[Figure]
    notes: list[str]  # how all its cells are to be read
    releases: dict[str, str]  # by loop, as are
    cells: dict[str, list[Cell]]


@dataclass
class Loop:
    name: str
    release: str
    language: str = ""
    summary: str = ""
    trouble: str = ""  # why there are no figures; "": there are
    name_rank: int = 0
    language_rank: int = 0
    known: list[tuple[str, str, str]] = field(default_factory=list)  # verdict, cases, reason

    @property
    def found_by(self) -> str:
        """What the filter looks through."""
        return " ".join((self.name, self.release, self.language, self.summary)).lower()


@dataclass
class Timeline:
    title: str
    made: str  # by which command, or where it is said
    is_measured: bool
    note: str
    figures: list[str]
    rows: list[dict[str, Any]]


@dataclass
class Atlas:
    edgewise: str
    kernel: str
    loops: list[Loop]
    fingerprints: Table
    starves: Table
    scenarios: dict[str, dict[str, str]]  # by id
    unmeasured: list[dict[str, Any]]
    timelines: list[Timeline]

    @property
    def languages(self) -> list[str]:
        return sorted({loop.language for loop in self.loops if loop.language}, key=str.lower)

    def rows(self, table: Table) -> list[Loop]:
        return [loop for loop in self.loops if loop.name in table.cells]


# ---- words ----


def slug_of(name: str) -> str:
    return re.sub(r"\W+", "-", name.lower()).strip("-")


def inline(text: str) -> str:
    """Markdown within a line, as HTML: `code`, **strong**, *emphasis*; of a link its words,
    for what it leads to does not lie beside the page."""
    parts = re.split(r"(`[^`]+`)", text)
    for i, part in enumerate(parts):
        found = html.escape(part)
        if i % 2:
            parts[i] = f"<code>{html.escape(part[1:-1])}</code>"
            continue
        found = re.sub(r"\[(.+?)\]\(.+?\)", r"\1", found)
        found = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", found)
        parts[i] = re.sub(r"\*(.+?)\*", r"<i>\1</i>", found)
    return "".join(parts)


def legend(blocks: list[str]) -> tuple[dict[str, str], list[str]]:
    """The meaning of each column, of words such as "**held, dropped**: meaning", and what is said
    of all cells: *none* and the like, and blocks about no column."""
    means: dict[str, str] = {}
    notes = []
    for block in blocks:
        before, *named = re.split(r"\*\*(.+?)\*\*: ", block)
        if before and not named:
            notes.append(before)
        for names, said in zip(named[::2], named[1::2]):
            said, mark, rest = said.partition("*none*: ")
            if mark:
                notes.append(mark + rest)
            meaning = f"{before.strip()} {said.strip().rstrip(';.')}.".strip()
            means |= dict.fromkeys(names.split(", "), meaning)
    return means, notes


def figure_of(name: str, means: dict[str, str]) -> Figure:
    of = name.removesuffix(LAST)
    if of not in means or of not in SCENARIO_OF:
        raise BadInput(
            f"{TABLE.name}: the column {name} is not explained above its table, or SCENARIO_OF in"
            f" bench/{Path(__file__).name} does not say which scenario it is of"
        )
    return Figure(name, slug_of(name), means[of], SCENARIO_OF[of])


# ---- tables ----


def checked_rows(part: str, title: str) -> list[list[str]]:
    heads, rows = pages.head(part), pages.rows(part)
    if not rows:
        raise BadInput(f"{TABLE.name}: there is no table below '{title}'")
    for row in rows:
        if len(row) != len(heads):
            raise BadInput(
                f"{TABLE.name}: the row of {row[0]} below '{title}' has {len(row)} cells, and its"
                f" head {len(heads)}"
            )
        if not row[1]:
            raise BadInput(f"{TABLE.name}: the row of {row[0]} names no release")
    return rows


def table_of(part: str, title: str) -> tuple[Table, list[list[str]]]:
    """The table, and its rows: name, release and the cells as they stand there."""
    rows = checked_rows(part, title)
    introduction, *blocks = pages.words(part)
    means, notes = legend(blocks)
    figures = [figure_of(name, means) for name in pages.head(part)[2:]]
    columns = [
        column((figures_of(row)[i] for row in rows), figure.name in LISTED, figure.is_bound)
        for i, figure in enumerate(figures)
    ]
    cells = {row[0]: list(these) for row, these in zip(rows, zip(*columns))}
    return Table(figures, notes, {row[0]: row[1] for row in rows}, cells), rows


def trouble_of(row: list[str]) -> str:
    """Who has nothing but a first cell has the reason there."""
    return "" if any(row[3:]) else row[2]


def figures_of(row: list[str]) -> list[str]:
    return [""] * (len(row) - 2) if trouble_of(row) else row[2:]


# ---- what a build says ----


@functools.lru_cache(maxsize=None)
def told(edgewise: str, *words: str) -> dict[str, Any]:
    """Asked once; nobody changes the answer."""
    done = subprocess.run(
        [edgewise, *words, "--json", "-"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout)
        found["result"].items()
    except (ValueError, KeyError, AttributeError) as error:
        said = done.stderr.strip().splitlines()
        raise BadInput(f"{edgewise} {' '.join(words)}: {said[-1] if said else error}") from error
    return found


def known_results(path: Path) -> list[tuple[str, str, str]]:
    """Those of a target file, cases of the same reason together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for case, expected in json.loads(path.read_text()).get("expect", {}).items():
        verdict, _, reason = expected.partition(": ")
        reasons.setdefault((verdict.replace("|", " or "), reason), []).append(case)
    return [(verdict, ", ".join(cases), reason) for (verdict, reason), cases in reasons.items()]


def add_what_is_listed(loop: Loop, server: dict[str, Any]) -> None:
    path = Path(server["path"])
    is_target_file = path.suffix == ".json"
    loop.language = server["language"] or ("" if is_target_file else OUR_LANGUAGE)
    loop.summary = server["summary"]
    loop.known = known_results(path) if is_target_file else []


def rank(loops: dict[str, Loop]) -> None:
    """By name and by language, whatever their case."""
    names = sorted(loops, key=str.lower)
    languages = sorted({loop.language.lower() for loop in loops.values()})
    for loop in loops.values():
        loop.name_rank = names.index(loop.name)
        loop.language_rank = languages.index(loop.language.lower())


# ---- timelines ----


def changed_names(changed: list[str]) -> list[str]:
    return [one.partition(": ")[0] for one in changed]


def shown(name: str, text: str) -> str:
    return counted(text) if name in LISTED else text or "–"


def timeline_of(path: Path, order: list[str]) -> Timeline:
    """One of bench/timeline; figures in the order of the tables', others after them."""
    try:
        found = json.loads(path.read_text())
        check_shape(found, TIMELINE, "it")
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: no timeline as bench/timeline writes it: {error}") from error
    had = dict.fromkeys(name for row in found["rows"] for name in row["figures"])
    names = [name for name in order if name in had] + [name for name in had if name not in order]
    rows = [
        row
        | {
            "missing": row.get("missing") or "",
            "changed_names": changed_names(row["changed"]),
            "cells": [shown(name, str(row["figures"].get(name, ""))) for name in names],
        }
        for row in found["rows"]
    ]
    made = found["source"] or found["measured_by"] or ""
    title = found.get("title", found["loop"])
    return Timeline(title, made, not found["source"], found.get("note") or "", names, rows)


# ---- all of it ----


def atlas_of(edgewise: str, table: Path = TABLE, timelines: Path = TIMELINES) -> Atlas:
    parts = pages.parts(table)
    fingerprints, rows = table_of(parts.get(FINGERPRINTS, ""), FINGERPRINTS)
    starves, beside = table_of(parts.get(STARVES, ""), STARVES)
    loops = {row[0]: Loop(row[0], row[1], trouble=trouble_of(row)) for row in rows}
    for name, release, *_ in beside:
        loops.setdefault(name, Loop(name, release))
    listed = told(edgewise, "list")
    servers = {server["name"]: server for server in listed["result"]["servers"]}
    for loop in loops.values():
        if loop.name in servers:
            add_what_is_listed(loop, servers[loop.name])
    rank(loops)
    order = [figure.name for figure in fingerprints.figures + starves.figures]
    kernel = re.search(r"on (Linux [\d.]+)", parts[FINGERPRINTS])
    used = {figure.scenario for figure in fingerprints.figures + starves.figures}
    entries = told(edgewise, "explain", "--list")["result"]["entries"]
    return Atlas(
        listed["edgewise"],
        kernel.group(1) if kernel else "Linux",
        list(loops.values()),
        fingerprints,
        starves,
        {one["id"]: one for one in entries if one["kind"] == "scenario" and one["id"] in used},
        [server for server in servers.values() if server["name"] not in loops],
        [timeline_of(path, order) for path in sorted(timelines.glob("*.json"))],
    )
