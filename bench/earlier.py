"""Where bench/RESULTS.md differs from what was measured before it, and why."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import first_measurements
import survey_of_loops
from figures import COLUMNS, IN_TURNS

Figures = dict[str, str]


@dataclass(frozen=True)
class Earlier:
    """`then` is by target and version; `words` what stands above the table, with places for how
    many rows are the same, of how many."""

    words: str
    then: dict[tuple[str, str], Figures]
    why: dict[str, str]


EARLIER = (
    Earlier(first_measurements.WORDS, first_measurements.THEN, first_measurements.WHY),
    Earlier(survey_of_loops.WORDS, survey_of_loops.THEN, survey_of_loops.WHY),
)
HEAD = """
| target | then -> now | why |
|---|---|---|
"""


def changed(then: Figures, now: Figures) -> str:
    """Nothing, if nothing is."""
    return "; ".join(
        f"{name}: {was} -> {now[name]}"
        for name, was in then.items()
        if was not in ("", now[name].removesuffix(IN_TURNS))
    )


def differences_from(earlier: Earlier, rows: list[list[str]]) -> str:
    lines, compared = [], 0
    for cells in rows:
        target, version = cells[:2]
        then = earlier.then.get((target, version))
        # Who has no figures now says why in its row.
        if then is None or not any(cells[3:]):
            continue
        compared += 1
        found = changed(then, dict(zip(COLUMNS, cells)))
        if found and target not in earlier.why:
            sys.exit(f"bench/results: {target} was another one before ({found}): say why in WHY")
        if found:
            lines.append(f"| {target}, {version} | {found} | {earlier.why[target]} |")
    words = earlier.words.format(same=compared - len(lines), all=compared)
    return words + HEAD + "\n".join(lines) + "\n"


def differences(rows: list[list[str]]) -> str:
    """What is different now, for the rows whose version is the same."""
    return "".join(differences_from(earlier, rows) for earlier in EARLIER)
