"""The plots of bench/atlas: where in a picture each point lies.  The template draws them."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from atlas_cells import NONE, NUMBER, key_of
from atlas_model import ROOT, Atlas

sys.path.append(str(ROOT / "harness/report"))

from reading import FORMAT, BadInput, check_shape

# A picture's units; a phone shows it in about as many pixels.
WIDTH, HEIGHT = 360.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 14.0, 26.0, 40.0
PER_CALL = 22.0
ROW = 24.0
# Of the scenario cost: how many datagrams are there at once.
TOGETHER = {"lock-step": 1, "burst-10": 10, "burst-100": 100}
# What is no call among the figures of its runs, or none on a socket of the network.
NO_CALLS = ("echoes", "empty_waits", "empty_receives", "other")
KINDS = ("waits", "receives", "sends", "epoll_ctl")
DATA = {
    "format": int,
    "command": str,
    "edgewise": str,
    "result": {"fingerprints": [{"target": str, "scenarios": dict}]},
}

Scale = Callable[[float], float]


@dataclass
class Point:
    x: float
    y: float
    radius: float
    words: str  # "run 1, worst 1"
    names: list[str]


@dataclass
class Tick:
    at: float
    text: str


@dataclass
class Scatter:
    across: str
    points: list[Point]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    left_out: list[str]


@dataclass
class Bar:
    parts: list[tuple[str, float, float]]  # of which kind, from where, how long
    words: str
    y: float
    names: list[str]


@dataclass
class Line:
    points: list[tuple[float, float]]
    label: tuple[float, float]  # where its number stands, on its first part
    words: str
    names: list[str]


@dataclass
class Series:
    across: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]


# ---- of the table ----


def values_of(atlas: Atlas, figure: str) -> dict[str, float | None]:
    """Of each loop its number, the first one of a bound; None: no bound.  Others are left out."""
    i = [one.name for one in atlas.fingerprints.figures].index(figure)
    found: dict[str, float | None] = {}
    for name, cells in atlas.fingerprints.cells.items():
        kind, value = (key_of(cells[i].full) or ((-1, Fraction(0)),))[0]
        if kind in (NUMBER, NONE):
            found[name] = float(value) if kind == NUMBER else None
    return found


def log_scale(first: float, last: float, start: float, end: float) -> Scale:
    """Of numbers from 0: by the logarithm of one more."""
    low, high = math.log1p(first), math.log1p(last)
    return lambda value: start + (math.log1p(value) - low) / (high - low) * (end - start)


def scatter(atlas: Atlas, up: str, x_ticks: list[int], y_ticks: list[int]) -> Scatter:
    """That figure of each loop against its longest run.  Loops at the same place are one point, the
    larger the more there are."""
    across, values = values_of(atlas, "run"), values_of(atlas, up)
    places: dict[tuple[float, float | None], list[str]] = {}
    for name, x in across.items():
        if name in values and x is not None:
            places.setdefault((x, values[name]), []).append(name)
    bounded = [y for _, y in places if y is not None]
    has_none = None in [y for _, y in places]
    ceiling = TOP + 24 if has_none else TOP
    to_x = log_scale(
        1, max([x for x, _ in places] + [float(x) for x in x_ticks]), LEFT + 14, WIDTH - RIGHT - 14
    )
    to_y = log_scale(0, max([*bounded, *y_ticks]), HEIGHT - BOTTOM - 12, ceiling + 12)
    points = [
        Point(
            round(to_x(x), 1),
            round(TOP if y is None else to_y(y), 1),
            round(4 + 0.9 * math.sqrt(len(names)), 1),
            f"run {x:.0f}, {up} {'none' if y is None else f'{y:.0f}'}",
            names,
        )
        for (x, y), names in sorted(places.items(), key=lambda one: -len(one[1]))
    ]
    no_bound = [Tick(TOP, "none")] if has_none else []
    return Scatter(
        "run: datagrams read at one go of 100 that lie there",
        points,
        [Tick(round(to_x(x), 1), str(x)) for x in x_ticks],
        [Tick(round(to_y(y), 1), str(y)) for y in y_ticks] + no_bound,
        sorted({*atlas.fingerprints.cells} - {name for names in places.values() for name in names}),
    )


def bars(atlas: Atlas) -> tuple[list[Bar], list[str]]:
    """What an echo costs, the least first; loops with the same calls share a bar.  And who has no
    figure."""
    i = [one.name for one in atlas.fingerprints.figures].index("per echo")
    groups: dict[str, list[str]] = {}
    left_out: list[str] = []
    for name, cells in atlas.fingerprints.cells.items():
        text = cells[i].full
        is_number = [kind for kind, _ in key_of(text)] == [NUMBER]
        (groups.setdefault(text, []) if is_number else left_out).append(name)
    found = []
    for row, text in enumerate(sorted(groups, key=lambda one: (key_of(one), one))):
        at, parts = 0.0, []
        for kind, part in zip(KINDS, text.split("+")):
            long = float(Fraction(part)) * PER_CALL
            parts.append((kind, round(at, 1), round(long, 1)))
            at += long
        found.append(Bar(parts, text, row * ROW, groups[text]))
    return found, left_out


# ---- of fingerprints as JSON ----


def read_fingerprints(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text())
        check_shape(found, DATA, "it")
        if found["format"] != FORMAT or found["command"] != "fingerprint":
            raise ValueError(f"format {found['format']} of edgewise {found['command']}")
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path}: no fingerprints: {error}; edgewise fingerprint --json FILE writes them"
        ) from error
    fingerprints: list[dict[str, Any]] = found["result"]["fingerprints"]
    return fingerprints


def calls_of(fingerprint: dict[str, Any]) -> dict[int, Fraction]:
    """For each echo, by how many datagrams were there at once; without what has varied."""
    found = {}
    for name, run in fingerprint["scenarios"].get("cost", {}).items():
        calls = [run[key] for key in run if key not in NO_CALLS] if name in TOGETHER else []
        if calls and run.get("echoes") and all(isinstance(one, int) for one in calls):
            found[TOGETHER[name]] = Fraction(sum(calls), run["echoes"])
    return found


def between(a: tuple[float, float], b: tuple[float, float], share: float) -> tuple[float, float]:
    return round(a[0] + share * (b[0] - a[0]), 1), round(a[1] + share * (b[1] - a[1]), 1)


def series(paths: list[Path]) -> Series:
    """Calls for each echo against how many datagrams are there at once; equal ones are one line."""
    groups: dict[tuple[tuple[int, Fraction], ...], list[str]] = {}
    for fingerprint in [one for path in paths for one in read_fingerprints(path)]:
        calls = tuple(sorted(calls_of(fingerprint).items()))
        if len(calls) > 1:
            groups.setdefault(calls, []).append(fingerprint["target"])
    most = max([float(y) for calls in groups for _, y in calls] + [4.0])
    to_x = log_scale(1, 100, LEFT + 14, WIDTH - RIGHT - 14)
    to_y: Scale = lambda y: HEIGHT - BOTTOM - y / most * (HEIGHT - BOTTOM - TOP)
    found = []
    for i, (calls, names) in enumerate(sorted(groups.items(), key=lambda one: one[0][-1][1])):
        points = [(round(to_x(x), 1), round(to_y(float(y)), 1)) for x, y in calls]
        words = "; ".join(f"{float(y):.3g} when {x} come at once" for x, y in calls)
        found.append(
            Line(points, between(points[0], points[1], (i + 1) / (len(groups) + 1)), words, names)
        )
    return Series(
        "datagrams that are there at once",
        found,
        [Tick(round(to_x(x), 1), str(x)) for x in TOGETHER.values()],
        [Tick(round(to_y(y), 1), str(y)) for y in range(0, int(most) + 1, 1 + int(most) // 6)],
    )
