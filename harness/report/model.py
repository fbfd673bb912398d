"""What the page shows of results of `edgewise check`, in the order of targets and cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reading import TEXT_OR_NULL, BadInput, File

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


# What edgewise check writes, as far as the page uses it.
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
CHECK = {
    "edgewise": str,
    "seed": int,
    "partial": bool,
    "result": {"scale": str, "targets": [TARGET], "catalogue": [CASE]},
}


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
class Checks:
    targets: list[Target]
    chapters: list[tuple[str, list[Case]]]
    facts: list[str]

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


def chapters_of(files: list[File]) -> list[tuple[str, list[Case]]]:
    """All cases of all files, each once, those of a chapter together, in the order in which they
    are met."""
    chapters: dict[str, dict[str, Case]] = {}
    for file in files:
        for row in file.result["catalogue"]:
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


def checks_of(files: list[File]) -> Checks:
    paths = ", ".join(file.path for file in files)
    try:
        chapters = chapters_of(files)
        targets = [
            target_of(entry, file.stem, chapters)
            for file in files
            for entry in file.result["targets"]
        ]
        facts = sorted(
            {f"edgewise {file.found['edgewise']}, {file.result['scale']} scale" for file in files}
        )
        facts += ["seed " + ", ".join(dict.fromkeys(str(file.found["seed"]) for file in files))]
        checks = Checks(targets, chapters, facts)
        # What is not as it should be shows here, not in the middle of the page.
        checks.counts, checks.standings
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInput(
            f"{paths}: not as edgewise check writes it ({type(error).__name__}: {error})"
        ) from error
    if not targets:
        raise BadInput(f"{paths}: no target in it")
    return checks
