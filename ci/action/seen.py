"""What edgewise wrote, as the action needs it: verdicts, what differs from an earlier run's, and
the badge."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from github import Trouble

FORMAT = 1
JUDGED = ("PASS", "WEAK", "FAIL")  # from better to worse; the others say nothing of the server
BENCH_BASE = "echo-bare"


@dataclass
class Remark:
    """One annotation: kind, what it is about, and its words; `fails` the run or not."""

    kind: str
    about: str
    words: str
    fails: bool = False


@dataclass
class Results:
    """The envelopes of what was run; None: it was not, or wrote nothing."""

    check: dict[str, Any] | None = None
    fingerprint: dict[str, Any] | None = None
    bench: dict[str, Any] | None = None
    remarks: list[Remark] = field(default_factory=list)

    def targets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ((self.check or {}).get("result") or {}).get("targets", [])
        return found

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for target in self.targets():
            for row in target["cases"]:
                yield target["name"], row

    def counts(self) -> Counter[str]:
        return Counter(row["verdict"] for _, row in self.rows())


# ---- an earlier run ----


def baseline_of(results: Results) -> dict[str, Any]:
    """Small, sorted and a line for each fact, so that its changes are read in a repository."""
    targets: dict[str, dict[str, Any]] = {}
    for name, row in results.rows():
        if row["verdict"] in JUDGED:
            target = targets.setdefault(name, {})
            target.setdefault("cases", {})[row["case"]] = row["verdict"]
    for found in ((results.fingerprint or {}).get("result") or {}).get("fingerprints", []):
        if "row" in found:
            cells = {key: cell for key, cell in found["row"].items() if key != "target"}
            targets.setdefault(found["target"], {})["fingerprint"] = cells
    for found in ((results.bench or {}).get("result") or {}).get("comparisons", []):
        if found["base"] == BENCH_BASE:
            figures = {key: round(found[key], 3) for key in ("ratio", "low", "high")}
            targets.setdefault(found["name"], {})["bench"] = figures
    version = (results.check or {}).get("edgewise")
    return {"format": FORMAT, "edgewise": version, "targets": targets}


def read_baseline(path: Path) -> dict[str, Any]:
    make = "this run's baseline.json, among its artifacts, is one to commit"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Trouble(2, f"baseline: {path}: {error.strerror}; {make}") from error
    except (ValueError, RecursionError) as error:
        raise Trouble(2, f"baseline: {path} is no JSON ({error}); {make}") from error
    well = isinstance(found, dict) and isinstance(found.get("targets"), dict)
    if not well or found.get("format") != FORMAT:
        raise Trouble(2, f"baseline: {path} is not what this action writes; {make}")
    for target in found["targets"].values():
        parts = target.values() if isinstance(target, dict) else [None]
        if not all(isinstance(part, dict) for part in parts):
            raise Trouble(2, f"baseline: {path} is not what this action writes; {make}")
    return found


def differing_cases(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Remark]:
    for case in sorted(old.keys() & new.keys()):
        if old[case] == new[case] or old[case] not in JUDGED:
            continue
        worse = JUDGED.index(new[case]) > JUDGED.index(old[case])
        words = f"was {old[case]} in the baseline, is {new[case]} now"
        kind = "error" if worse else "notice"
        yield Remark(kind, f"{name} {case}", words, fails=worse)


def differing_cells(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Remark]:
    """Integers that are the same on every run: a difference is one of the server or its kernel."""
    for cell in sorted(old.keys() & new.keys()):
        before, now = str(old[cell]), str(new[cell])
        if before != now and "varies" not in before + now:
            words = f"fingerprint: was {before} in the baseline, is {now} now"
            yield Remark("error", f"{name} {cell}", words, fails=True)


def differing_figures(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Remark]:
    """Told when the intervals do not meet, and never a failure: it is a measurement."""
    try:
        before, now = ([float(one[key]) for key in ("ratio", "low", "high")] for one in (old, new))
    except (KeyError, TypeError, ValueError):
        yield Remark("warning", f"{name} bench", "the baseline has no figures of bench")
        return
    if now[1] <= before[2] and before[1] <= now[2]:
        return
    word, kind = ("slower", "warning") if now[0] > before[0] else ("faster", "notice")
    figures = [f"{ratio:.2f} ({low:.2f} to {high:.2f})" for ratio, low, high in (before, now)]
    words = f"CPU an echo, of {BENCH_BASE}'s: was {figures[0]}, is {figures[1]} now"
    yield Remark(kind, f"{name} {word}", words)


COMPARED = {
    "cases": differing_cases,
    "fingerprint": differing_cells,
    "bench": differing_figures,
}


def differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Remark]:
    """What was asked for then and not now, or the other way round, is not compared."""
    for name in sorted(old["targets"].keys() | new["targets"].keys()):
        before, now = old["targets"].get(name), new["targets"].get(name)
        if before is None or now is None:
            where = "the baseline" if before is None else "this run"
            yield Remark("warning", name, f"is not in {where}, and so not compared")
            continue
        for part, compare in COMPARED.items():
            if part in before and part in now:
                yield from compare(name, before[part], now[part])


# ---- verdicts ----


def row_remark(name: str, row: dict[str, Any], known: dict[str, Any]) -> Remark | None:
    """As edgewise counts it: what is as known is told and does not fail; a change of what is known
    fails."""
    verdict, about = row["verdict"], f"{name} {row['case']}"
    if "as_known" in row and not row["as_known"]:
        return Remark("error", about, f"{verdict}, and known was: {row['known']}", fails=True)
    if verdict not in ("FAIL", "WEAK", "INVALID"):
        return None
    words = f"{verdict}: {row.get('reason') or ''}"
    if row.get("expected"):
        words = f"{verdict}\nexpected: {row['expected']}\nseen: {row['seen']}"
    words += f"\nagain: {row['again']}"
    as_before = known.get(name, {}).get("cases", {}).get(row["case"]) == verdict
    if row.get("as_known") or as_before:
        why = f"known: {row['known']}" if row.get("as_known") else "as in the baseline"
        return Remark("notice", about, f"{words}\n{why}")
    kind = "error" if verdict == "FAIL" else "warning"
    return Remark(kind, about, words, fails=verdict == "FAIL")


def fingerprint_remarks(results: Results, known: dict[str, Any]) -> Iterator[Remark]:
    """Where the baseline has a fingerprint, what differs from it is all that counts."""
    for row in (results.fingerprint or {}).get("cases") or []:
        if row["verdict"] != "FAIL":
            continue
        before = "fingerprint" in known.get(row["target"], {})
        kind = "notice" if before else "error"
        about = f"{row['target']} fingerprint {row['case']}"
        yield Remark(kind, about, f"FAIL: {row['reason']}", fails=not before)


def verdict_remarks(results: Results, baseline: dict[str, Any] | None) -> Iterator[Remark]:
    known = baseline["targets"] if baseline else {}
    yield from fingerprint_remarks(results, known)
    for target in results.targets():
        if "missing" in target:
            yield Remark("warning", target["name"], f"cannot run here: {target['missing']}")
        if "error" in target:
            yield Remark("error", target["name"], target["error"], fails=True)
    for name, row in results.rows():
        remark = row_remark(name, row, known)
        if remark:
            yield remark


def verdict_of(status: int, counts: Counter[str]) -> str:
    if status == 0:
        return "WEAK" if counts["WEAK"] else "PASS"
    return {1: "FAIL", 3: "INVALID"}.get(status, "ERROR")


def badge_of(verdict: str, counts: Counter[str]) -> dict[str, Any]:
    """As shields.io's endpoint takes it."""
    told = [
        f"{counts[one]} {word}"
        for one, word in (
            ("PASS", "passed"),
            ("FAIL", "failed"),
            ("WEAK", "weak"),
            ("INVALID", "invalid"),
        )
        if counts[one]
    ]
    colours = {"PASS": "brightgreen", "WEAK": "yellow", "FAIL": "red"}
    message = ", ".join(told) if verdict != "ERROR" and told else "could not run"
    return {
        "schemaVersion": 1,
        "label": "edgewise",
        "message": message,
        "color": colours.get(verdict, "lightgrey"),
    }
