"""What stands in a cell of bench/RESULTS.md: by what a column is sorted, and how it is shown."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

# In this order: numbers; bounds that are counted in something else, which no number of datagrams
# can be compared with; those that are none; what differs from run to run; words.
NUMBER, BYTES, TIME, NONE, VARIES, WORDS = range(6)
SHAPES = [
    (NUMBER, re.compile(r"(\d+(?:/\d+)?(?:\+\d+(?:/\d+)?)*)")),
    (BYTES, re.compile(r"(\d+)x\d+B")),
    (TIME, re.compile(r"(\d+) ms")),
    (NONE, re.compile(r"none")),
    (VARIES, re.compile(r"varies")),
]
NAMES = {
    NUMBER: "number",
    BYTES: "unit",
    TIME: "unit",
    NONE: "none",
    VARIES: "varies",
    WORDS: "words",
}
IN_TURNS = "*"
NOTHING = ("", "-")
# A bound that is none is more than so many datagrams.
MOST = 10_000

Key = tuple[tuple[int, Fraction], ...]


@dataclass
class Cell:
    text: str  # as the table of the page has it
    full: str  # as RESULTS.md has it
    kind: str  # of NAMES, or "nothing"
    rank: str = ""  # its place in the column; "": there is nothing to sort it by
    heat: float = 0.0  # of a bound, from 0 to 1, which is none


def part_key(part: str) -> tuple[int, Fraction]:
    """ "3+2+1+12/50" is a sum."""
    for kind, shape in SHAPES:
        found = shape.fullmatch(part)
        if found:
            numbers = found.group(1).split("+") if found.groups() else []
            return kind, sum(map(Fraction, numbers), Fraction(0))
    return WORDS, Fraction(0)


def key_of(text: str) -> Key:
    """Of a bound, received / answered, both; of nothing, nothing."""
    if text in NOTHING:
        return ()
    return tuple(part_key(part) for part in text.removesuffix(IN_TURNS).split(" / "))


def items(text: str) -> int:
    """Of "loses one: send-EPERM, send-ENOMEM; ends it: wait-ENOMEM", three; of "-", none."""
    return 0 if text in NOTHING else len(re.split(r"[,;] ", text))


def counted(text: str) -> str:
    """The same as "loses one 2, ends it 1", for a column that is no wider than others."""
    parts = [part.partition(": ") for part in text.split("; ")]
    return (
        "–"
        if text in NOTHING
        else ", ".join(f"{name} {items(these)}" if these else name for name, _, these in parts)
    )


def heat_of(key: Key) -> float:
    if not key or key[0][0] in (TIME, VARIES, WORDS):
        return 0.0
    kind, value = key[0]
    return 1.0 if kind == NONE else min(1.0, math.log1p(value) / math.log1p(MOST))


def cell_of(text: str, listed: bool, bound: bool) -> tuple[Cell, Key]:
    """`listed`: what stands there is a list, by whose length it is sorted."""
    if listed and text:
        return Cell(counted(text), text, "words" if items(text) else "number"), (
            (NUMBER, Fraction(items(text))),
        )
    key = key_of(text)
    kind = NAMES[max(kind for kind, _ in key)] if key else "nothing"
    return (
        Cell(
            "–" if text in NOTHING else text,
            text,
            kind,
            heat=round(heat_of(key), 2) if bound else 0.0,
        ),
        key,
    )


def column(texts: Iterable[str], listed: bool = False, bound: bool = False) -> list[Cell]:
    """Of all rows; equal ones have the same rank."""
    found = [cell_of(text, listed, bound) for text in texts]
    ranks = {key: str(i) for i, key in enumerate(sorted({key for _, key in found if key}))}
    for cell, key in found:
        cell.rank = ranks.get(key, "")
    return [cell for cell, _ in found]
