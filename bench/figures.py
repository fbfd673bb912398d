"""What one fingerprint says of a target, as cells: of bench/RESULTS.md and of the timelines."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Iterable

from versions import said_within

RUNS = 2
# A target that hangs costs this and no more.
LIMIT_S = 600 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
COLUMNS = [
    "target",
    "version",
    "start",
    "worst",
    "start, last",
    "worst, last",
    "run",
    "per echo",
    "other",
    "held",
    "dropped",
    "read",
    "order",
    "one error",
    "remarks",
]
# What else it waits for, in the scenario beside.
KINDS = ["timer", "signal", "pipe", "accept", "stream"]
BOUNDS = COLUMNS[2:6]
SHOWN_AS = {"one error": "errors"}
IN_TURNS = "*"
SUPERVISED = "supervised"


def name_of(target: str) -> str:
    return str(json.loads(Path(target).read_text())["name"]) if target.endswith(".json") else target


def fingerprint(
    edgewise: str, target: str, *options: str, limit_s: float = LIMIT_S
) -> dict[str, Any]:
    words = [edgewise, "fingerprint", target, *options, "--json", "-"]
    try:
        done = said_within(words, limit_s)
    except subprocess.TimeoutExpired:
        return {"target": name_of(target), "unsupported": f"no fingerprint within {limit_s:.0f} s"}
    said = json.loads(done.stdout)
    nothing: dict[str, Any] = {"target": target, "unsupported": done.stderr.strip()}
    found: dict[str, Any] = ((said.get("result") or {}).get("fingerprints") or [nothing])[0]
    # Who could not even be started has a row of dashes.
    if said.get("error") and not any(found.get("scenarios", {}).values()):
        found["unsupported"] = said["error"]
    return found


def row(found: dict[str, Any], version: str) -> list[str]:
    scenarios = found.get("scenarios", {})
    if "unsupported" in found:
        reasons = [
            run["unsupported"]
            for runs in scenarios.values()
            for run in runs.values()
            if isinstance(run, dict) and "unsupported" in run
        ]
        return [found["target"], version, (reasons or [found["unsupported"]])[0]] + [""] * (
            len(COLUMNS) - 3
        )
    order = scenarios.get("order", {}).get("interleaved", {})
    cells = found["row"] | {
        "version": version,
        "order": str(order.get("disorder", "shared" if "shared" in order else "-")),
    }
    if found.get("carrier") == "supervise":
        cells["remarks"] = (
            SUPERVISED if cells["remarks"] == "-" else f"{cells['remarks']}, {SUPERVISED}"
        )
    return [
        cells[SHOWN_AS.get(column, column)].replace("/", " / " if column in BOUNDS else "/")
        for column in COLUMNS
    ]


def together(a: str, b: str) -> str:
    """What two runs say of a cell: what differs, or has varied in one, varies; bounds by parts."""
    one, other = a.split(" / "), b.split(" / ")
    if len(one) != len(other):
        return "varies"
    star = IN_TURNS if a.endswith(IN_TURNS) and b.endswith(IN_TURNS) else ""
    parts = [
        x if x == y else "varies"
        for x, y in zip((x.removesuffix(star) for x in one), (y.removesuffix(star) for y in other))
    ]
    return "varies" if set(parts) == {"varies"} else " / ".join(parts) + star


def once_more(edgewise: str, target: str, found: list[str], scenarios: Iterable[str]) -> list[str]:
    """Another row of it.  Of threads that take turns edgewise itself makes each run twice, and of
    what has varied in one of the first; the bounds, which take longest, are left then as they were
    found."""
    others: list[str] = []
    if any(IN_TURNS in cell or "varies" in cell for cell in found[2:4]):
        further = [name for name in scenarios if name != "starvation"]
        others = [word for name in further for word in ("--scenario", name)]
    again = row(fingerprint(edgewise, target, *others), found[1])
    return found[: 2 + len(BOUNDS)] + again[2 + len(BOUNDS) :] if others else again


def steady_row(edgewise: str, target: str, version: str) -> list[str]:
    """What RUNS runs agree in; one without figures is the last one, so that who hangs costs the
    limit once."""
    first = fingerprint(edgewise, target)
    found = row(first, version)
    for _ in range(RUNS - 1):
        if not any(found[3:]):
            break
        again = once_more(edgewise, target, found, first["scenarios"])
        found = [together(a, b) for a, b in zip(found, again)]
    return found


def still_varying(before: list[str], now: list[str]) -> list[str]:
    """What has varied once may agree for a few runs, and varies nevertheless."""
    return [together(a, b) if "varies" in a else b for a, b in zip(before, now)]


def beside_cell(runs: dict[str, Any], kind: str) -> str:
    """A budget in bytes is the smaller number of large datagrams."""
    run, large = runs.get(f"{kind}-worst"), runs.get(f"{kind}-worst-large", {})
    if run is None:
        return "-"
    if "received" not in run:
        return str(next(iter(run)))
    parts = []
    for name in ("received", "answered"):
        value, other = run[name], large.get(name, "none")
        bytes_counted = value == "none" != other
        parts.append(f"{other}x{large['size']}B" if bytes_counted else str(value))
    return " / ".join(parts)


class Unmeasured(Exception):
    """Why there are no figures."""


def beside_cells(edgewise: str, target: str, *options: str) -> list[str]:
    """What starves beside an endless socket, for each of KINDS."""
    found = fingerprint(edgewise, target, "--scenario", "beside", *options)
    if "beside" not in found.get("scenarios", {}):
        raise Unmeasured(found["unsupported"])
    return [beside_cell(found["scenarios"]["beside"], kind) for kind in KINDS]
