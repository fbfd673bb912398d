"""What is on the page: the results of all files, by their kinds."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benches import BENCH, COMPARE, bench_section, compare_section
from measured import (
    FINGERPRINT,
    FLOOD,
    FLOODED,
    FROM,
    LATENCY,
    SEARCHED,
    fingerprint_section,
    flood_name,
    flood_section,
    search_section,
)
from model import CHECK, Checks, checks_of
from reading import BadInput, File, check_shape, read
from sections import Section

KINDS: dict[str, Any] = {
    "check": CHECK,
    "bench": BENCH,
    "compare": COMPARE,
    "flood": FLOOD,
    "fingerprint": FINGERPRINT,
}


@dataclass
class Report:
    checks: Checks | None
    sections: list[Section]
    partial: bool
    notes: list[str] = field(default_factory=list)

    @property
    def has_plots(self) -> bool:
        return any(section.plots for section in self.sections)


def compared(files: list[File], edgewise: str) -> Section:
    """What edgewise compare says of the two; why it does not, where it refuses them."""
    section = Section(f"Comparison: {Path(files[1].path).name} by {Path(files[0].path).name}")
    words = [edgewise, "compare", "--partial", "--json", "-", "--", *(file.path for file in files)]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
        found = json.loads(done.stdout)
        if found["error"]:
            section.notes.append(f"not compared: {found['error']}")
            return section
        check_shape(found, COMPARE, "it")
    except (OSError, ValueError, KeyError, TypeError) as error:
        section.notes.append(f"not compared: edgewise compare did not answer ({error})")
        return section
    return compare_section(File(files[1].path, found))


def floods_of(files: list[File]) -> list[Section]:
    """Those for so long in one section, side by side; a search is one of its own."""
    floods: list[File] = []
    searches: list[File] = []
    for file in files:
        is_search = "trials" in file.result
        try:
            check_shape(file.result, SEARCHED if is_search else FLOODED, "it.result")
            for key in FROM:
                if file.result.get(key) is not None:
                    check_shape(file.result[key], LATENCY, f"it.result.{key}")
        except ValueError as error:
            raise BadInput(f"{file.path}: not as edgewise flood writes it: {error}") from error
        (searches if is_search else floods).append(file)
    sections = [flood_section(floods)] if floods else []
    return sections + [search_section(file, flood_name(file, searches)) for file in searches]


def report_of(paths: list[str], take_partial: bool, edgewise: str | None = None) -> Report:
    """`edgewise` compares two benches; None: they stand side by side, and nobody says more."""
    files = [read(path, take_partial, KINDS) for path in paths]
    of = {kind: [file for file in files if file.kind == kind] for kind in KINDS}
    sections = [compare_section(file) for file in of["compare"]]
    if len(of["bench"]) == 2 and edgewise:
        sections.append(compared(of["bench"], edgewise))
    sections += [bench_section(file) for file in of["bench"]]
    sections += floods_of(of["flood"])
    sections += [fingerprint_section(file) for file in of["fingerprint"]]
    return Report(
        checks_of(of["check"]) if of["check"] else None,
        sections,
        any(file.found["partial"] for file in files),
    )
