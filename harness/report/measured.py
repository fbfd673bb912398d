"""What the page shows of floods and of fingerprints."""

from __future__ import annotations

import re
from typing import Any

from reading import EVERY, NUMBER, File
from sections import Bars, Drawn, Latencies, Section, Series, Table

# ---- floods ----

PERCENTILES = {
    "p50": "50 %",
    "p90": "90 %",
    "p99": "99 %",
    "p99.9": "99.9 %",
    "p99.99": "99.99 %",
    "max": "longest",
}
TRIAL = {"asked": NUMBER, "achieved": NUMBER, "longer": bool, "outcome": str}
FLOOD = {"edgewise": str, "seed": int, "partial": bool, "cases": [{"target": str}], "result": dict}
FLOODED = {
    "verdict": str,
    "reason": str,
    "counts": {"sent": NUMBER, "echoed": NUMBER, "lost": NUMBER},
    "generator": {"flows": int, "window": int, "batch": str},
    "sent_per_s": NUMBER,
    "echoed_per_s": NUMBER,
}
SEARCHED = {"highest_rate": NUMBER, "bound": str, "settled": bool, "trials": [TRIAL]}
LATENCY = {name: NUMBER for name in (*PERCENTILES, "mean")}
# By the names in the JSON, and whether the wait for one's turn is in it.
FROM = {"latency_corrected_ns": ("due", True), "latency_raw_ns": ("sent", False)}


def flood_name(file: File, files: list[File]) -> str:
    """That of the target; and of the file, where several floods are of one target."""
    names = [one.found["cases"][0]["target"] if one.found["cases"] else one.stem for one in files]
    name: str = file.found["cases"][0]["target"] if file.found["cases"] else file.stem
    return f"{name} ({file.stem})" if names.count(name) > 1 else name


def microseconds(ns: float) -> str:
    return f"{ns / 1000:.1f}"


def flood_row(file: File, name: str) -> list[str]:
    result = file.result
    return [
        name,
        result["verdict"],
        *(str(result["counts"][count]) for count in ("sent", "echoed", "lost")),
        f"{result['sent_per_s']:.0f}",
        f"{result['echoed_per_s']:.0f}",
        f"{result['generator']['flows']} / {result['generator']['window'] or 'open'}",
    ]


def latency_rows(file: File, name: str) -> list[list[str]]:
    rows = []
    for key, (since, _) in FROM.items():
        latency = file.result.get(key)
        if latency:
            figures = [microseconds(latency[one]) for one in (*PERCENTILES, "mean")]
            rows.append([name, since, *figures])
    return rows


def latency_series(file: File, name: str) -> list[Series]:
    """Of a closed loop both are the same: it is shown once.  A logarithm has no 0."""
    series: list[Series] = []
    for key, (since, corrected) in FROM.items():
        latency = file.result.get(key)
        if latency and not any(latency == file.result.get(other) for other in FROM if other < key):
            points = [(word, max(latency[p], 1) / 1000) for p, word in PERCENTILES.items()]
            series.append(Series(f"{name}, from when it was {since}", points, corrected))
    return series


def search_section(file: File, name: str) -> Section:
    result = file.result
    section = Section(f"Highest rate without loss: {name}")
    section.facts = [
        f"{result['highest_rate']} datagrams/s",
        f"bound by the {result['bound']}",
        *([] if result["settled"] else ["the search did not come to its end"]),
    ]
    heads = ["asked/s", "achieved/s", "full-length", "outcome"]
    section.tables.append(
        Table(
            heads,
            [
                [
                    str(one["asked"]),
                    str(one["achieved"]),
                    "yes" if one["longer"] else "",
                    one["outcome"],
                ]
                for one in result["trials"]
            ],
        )
    )
    return section


def flood_section(files: list[File]) -> Section:
    section = Section("Floods")
    named = [(file, flood_name(file, files)) for file in files]
    heads = ["target", "verdict", "sent", "echoed", "lost", "sent/s", "echoed/s", "flows / window"]
    section.tables.append(Table(heads, [flood_row(file, name) for file, name in named]))
    rows = [row for file, name in named for row in latency_rows(file, name)]
    if rows:
        heads = ["microseconds, of", "from", *PERCENTILES.values(), "mean"]
        section.tables.append(Table(heads, rows))
        series = [one for file, name in named for one in latency_series(file, name)]
        told = "; ".join(
            f"{one.name}: {', '.join(f'{what} {value:.0f}' for what, value in one.points)}"
            for one in series
        )
        alt = f"Latency in microseconds that so many did not exceed: {told}"
        section.plots.append(Drawn(Latencies(alt, "microseconds", series)))
    section.notes += [
        f"{name}: {file.result['reason']}" for file, name in named if file.result["reason"]
    ]
    return section


# ---- fingerprints ----

FINGERPRINT = {
    "edgewise": str,
    "partial": bool,
    "result": {
        "kernel": str,
        "fingerprints": [
            {"target": str, "unsupported?": str, "carrier?": str, "row?": {EVERY: str}}
        ],
    },
}
# "1", "none", and of two figures "1/2", of which the worse one is drawn.
BOUND = re.compile(r"^(none|\d{1,9})(?:/(none|\d{1,9}))?$")


def bound_of(cell: str) -> tuple[bool, int | None]:
    """Whether it is one, and the worse of its figures; None: no bound."""
    found = BOUND.match(cell)
    parts = [part for part in found.groups() if part] if found else []
    return bool(found), None if "none" in parts or not parts else max(map(int, parts))


def bars_of(rows: dict[str, dict[str, str]], columns: list[str]) -> list[Any]:
    """The columns that are figures of all targets and that tell them apart."""
    groups = []
    for column in columns:
        cells = {name: bound_of(row.get(column, "")) for name, row in rows.items()}
        values = [value for _, value in cells.values()]
        if all(is_bound for is_bound, _ in cells.values()) and len(set(values)) > 1:
            groups.append((column, [(name, value) for name, (_, value) in cells.items()]))
    return groups


def fingerprint_section(file: File) -> Section:
    found = file.result["fingerprints"]
    section = Section(f"Fingerprints: {file.stem}", [file.result["kernel"]])
    section.facts.append(f"edgewise {file.found['edgewise']}")
    rows = {one["target"]: one["row"] for one in found if "row" in one}
    columns = [name for name in dict.fromkeys(key for row in rows.values() for key in row)]
    columns = [name for name in columns if name != "target"]
    if rows:
        table = [[name, *(row.get(one, "") for one in columns)] for name, row in rows.items()]
        section.tables.append(Table(["target", *columns], table))
    groups = bars_of(rows, columns)
    if groups:
        told = "; ".join(
            f"{column}: "
            + ", ".join(f"{name} {'no bound' if v is None else v}" for name, v in values)
            for column, values in groups
        )
        section.plots.append(Drawn(Bars(f"Figures that tell the targets apart. {told}", groups)))
    section.notes += [
        f"{one['target']}: {one['unsupported']}" for one in found if "unsupported" in one
    ]
    return section
