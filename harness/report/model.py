"""What the page shows: results of `edgewise check`, read from JSON and put in the order of targets
and cases."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
# The first of several rounds' verdicts that occurs is the cell's.
WORST_FIRST = ["FAIL", "INVALID", "WEAK", "UNSUPPORTED", "PASS"]
WORDS = {
    "PASS": "passed",
    "FAIL": "failed",
    "WEAK": "weak",
    "INVALID": "invalid",
    "UNSUPPORTED": "unsupported",
}
MARKS = {"PASS": "✓", "FAIL": "✗", "WEAK": "~", "INVALID": "?", "UNSUPPORTED": "–"}


# What edgewise check writes, as far as the page uses it.  A key with a question mark may be
# missing.
Shape = Any
TEXT_OR_NULL = (str, type(None))
CASE = {"id": str, "chapter": str, "title": str, "statement": str}
ROUND = {
    "case": str,
    "verdict": set(WORDS),
    "expected": TEXT_OR_NULL,
    "seen": TEXT_OR_NULL,
    "reason": TEXT_OR_NULL,
    "again": str,
    "known?": str,
    "as_known?": bool,
}
TARGET = {"name": str, "summary": str, "missing?": str, "error?": str, "cases": [ROUND]}
FILE = {
    "edgewise": str,
    "seed": int,
    "partial": bool,
    "result": {"scale": str, "targets": [TARGET], "catalogue": [CASE]},
}


class BadInput(Exception):
    """What is wrong with a file, in one line that says how to mend it."""


@dataclass
class Case:
    id: str
    chapter: str
    title: str
    sent: str
    why: str
    good: str
    source: str

    @property
    def short(self) -> str:
        return self.id.removeprefix(self.chapter + "-")


@dataclass
class Cell:
    """A target's rounds of a case; none: it was not tried."""

    case: Case
    rounds: list[dict[str, Any]]

    @property
    def worst(self) -> dict[str, Any]:
        return min(
            self.rounds,
            key=lambda row: (row.get("as_known", True), WORST_FIRST.index(row["verdict"])),
        )

    @property
    def verdict(self) -> str:
        return str(self.worst["verdict"]) if self.rounds else ""

    @property
    def standing(self) -> str:
        """Whether the target's file knows of the result: "known", "changed", or "" where it says
        nothing."""
        if (
            not self.rounds
            or "as_known" not in self.worst
            or self.verdict in ("UNSUPPORTED", "INVALID")
        ):
            return ""
        if not self.worst["as_known"]:
            return "changed"
        return "known" if self.verdict in ("FAIL", "WEAK") else ""

    @property
    def mark(self) -> str:
        return MARKS.get(self.verdict, "")

    @property
    def words(self) -> str:
        verdict = self.verdict or "not tried"
        return verdict + {"known": " as known", "changed": " not as known"}.get(self.standing, "")

    @property
    def is_finding(self) -> bool:
        return self.verdict in ("FAIL", "WEAK", "INVALID") or self.standing == "changed"

    @property
    def expected(self) -> str:
        return (self.worst.get("expected") if self.rounds else None) or self.case.good

    @property
    def seen(self) -> str:
        if not self.rounds:
            return "This case was not tried on this target."
        said = self.worst.get("seen") or self.worst.get("reason") or "that"
        seen = "what was expected" if said == "that" else said
        more = len(self.rounds)
        return seen if more == 1 else f"{seen} (the worst of {more} rounds: {self.tally})"

    @property
    def tally(self) -> str:
        counts = {
            word: sum(row["verdict"] == verdict for row in self.rounds)
            for verdict, word in WORDS.items()
        }
        return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


@dataclass
class Target:
    name: str
    summary: str
    origin: str
    trouble: str  # why it could not be judged; "": it was
    chapters: list[tuple[str, list[Cell]]] = field(default_factory=list)

    @property
    def cells(self) -> list[Cell]:
        return [cell for _, cells in self.chapters for cell in cells]

    @property
    def findings(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_finding]

    @property
    def counts(self) -> dict[str, int]:
        found = {verdict: sum(cell.verdict == verdict for cell in self.cells) for verdict in MARKS}
        return {verdict: count for verdict, count in found.items() if count}


@dataclass
class Report:
    targets: list[Target]
    chapters: list[tuple[str, list[Case]]]
    facts: list[str]
    partial: bool

    @property
    def counts(self) -> dict[str, int]:
        """Of each verdict that occurs; FAIL always, so that none is said and not left out."""
        found = {
            verdict: sum(target.counts.get(verdict, 0) for target in self.targets)
            for verdict in MARKS
        }
        return {verdict: count for verdict, count in found.items() if count or verdict == "FAIL"}

    @property
    def standings(self) -> dict[str, int]:
        cells = [cell for target in self.targets for cell in target.cells]
        return {name: sum(cell.standing == name for cell in cells) for name in ("known", "changed")}


# ---- reading ----


def refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number that JSON knows")


def read(path: str, take_partial: bool) -> dict[str, Any]:
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=refuse_constant)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"{path}: no JSON, or not all of it: {error}; edgewise check --json FILE writes it"
        ) from error
    if not isinstance(found, dict) or "format" not in found or "command" not in found:
        raise BadInput(f"{path}: no result of edgewise; edgewise check --json FILE writes them")
    if found["format"] != FORMAT:
        raise BadInput(
            f"{path}: format {found['format']}, and this edgewise reads {FORMAT}; use the edgewise"
            " that wrote it"
        )
    if found["command"] != "check":
        raise BadInput(
            f"{path}: a result of edgewise {found['command']}; only those of edgewise check make a"
            " matrix"
        )
    if found.get("partial") and not take_partial:
        raise BadInput(
            f"{path}: partial, the run was interrupted; run it again, or show what there is with"
            " --partial"
        )
    if not found.get("result"):
        raise BadInput(f"{path}: nothing was run: {found.get('error') or 'the result is empty'}")
    if not isinstance(found["result"], dict) or "catalogue" not in found["result"]:
        raise BadInput(
            f"{path}: does not tell what its cases are; run edgewise"
            f" {found.get('edgewise', '')} check again"
        )
    return found


def check_shape(value: Any, shape: Shape, where: str) -> None:
    """ValueError for the first place that is not as it should be, so that it is not met in the
    middle of the page."""
    if isinstance(shape, dict) and isinstance(value, dict):
        for key, inner in shape.items():
            name = key.rstrip("?")
            if name in value:
                check_shape(value[name], inner, f"{where}.{name}")
            elif name == key:
                raise ValueError(f"{where}.{name} is missing")
    elif isinstance(shape, list) and isinstance(value, list):
        for i, one in enumerate(value):
            check_shape(one, shape[0], f"{where}[{i}]")
    elif isinstance(shape, set):
        if not isinstance(value, str) or value not in shape:
            raise ValueError(f"{where} is none of {', '.join(sorted(shape))}")
    elif isinstance(shape, (dict, list)) or not isinstance(value, shape):
        raise ValueError(f"{where} is a {type(value).__name__}")
    elif isinstance(value, str):
        value.encode()  # half of a surrogate pair is no text


def case_of(row: dict[str, Any]) -> Case:
    """The statement's paragraphs begin with their names; the first one, what is done, has none."""
    parts = {"Sent:": ""}
    name = "Sent:"
    for line in row["statement"].splitlines():
        word = line.split(" ", 1)[0]
        if word in ("Why:", "Good:", "Source:"):
            name, line = word, line[len(word) :]
        parts[name] = f"{parts.get(name, '')} {line.strip()}".strip()
    return Case(
        row["id"],
        row["chapter"],
        row["title"],
        parts["Sent:"],
        parts.get("Why:", ""),
        parts.get("Good:", ""),
        parts.get("Source:", ""),
    )


def chapters_of(files: list[dict[str, Any]]) -> list[tuple[str, list[Case]]]:
    """All cases of all files, each once, those of a chapter together, in the order in which they
    are met."""
    chapters: dict[str, dict[str, Case]] = {}
    for file in files:
        for row in file["result"]["catalogue"]:
            case = case_of(row)
            chapters.setdefault(case.chapter, {}).setdefault(case.id, case)
    return [(name, list(cases.values())) for name, cases in chapters.items()]


def target_of(entry: dict[str, Any], origin: str, chapters: list[tuple[str, list[Case]]]) -> Target:
    troubles = {"missing": "missing", "error": "could not run"}
    trouble = next(
        (f"{words}: {entry[key]}" for key, words in troubles.items() if key in entry), ""
    )
    target = Target(entry["name"], entry["summary"], origin, trouble)
    for name, cases in chapters:
        cells = [
            Cell(case, [row for row in entry["cases"] if row["case"] == case.id]) for case in cases
        ]
        target.chapters.append((name, cells))
    return target


def report_of(paths: list[str], take_partial: bool) -> Report:
    files = [read(path, take_partial) for path in paths]
    try:
        for file in files:
            check_shape(file, FILE, "it")
        chapters = chapters_of(files)
        targets = [
            target_of(entry, Path(path).stem, chapters)
            for path, file in zip(paths, files)
            for entry in file["result"]["targets"]
        ]
        facts = sorted(
            {f"edgewise {file['edgewise']}, {file['result']['scale']} scale" for file in files}
        )
        facts += ["seed " + ", ".join(dict.fromkeys(str(file["seed"]) for file in files))]
        report = Report(targets, chapters, facts, any(file["partial"] for file in files))
        # What is not as it should be shows here, not in the middle of the page.
        report.counts, report.standings
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInput(
            f"{', '.join(paths)}: not as edgewise check writes it ({type(error).__name__}: {error})"
        ) from error
    if not targets:
        raise BadInput(f"{', '.join(paths)}: no target in it")
    return report
