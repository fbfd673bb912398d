"""What the page shows of benches, and of what two of them say of each other."""

from __future__ import annotations

import statistics
from typing import Any

from reading import NUMBER, NUMBER_OR_NULL, TEXT_OR_NULL, BadInput, File
from sections import Drawn, Line, Section, Table, Whiskers

SAMPLE = {"valid": bool, "cpu_ns_per_echo": NUMBER, "echoes_per_s": NUMBER}
ROW = {"name": str, "samples": [SAMPLE]}
COMPARISON = {
    "name": str,
    "base": str,
    "ratio": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "relation": str,
}
MACHINE = {"kernel": str, "cpu": TEXT_OR_NULL, "cpus": int, "governor": TEXT_OR_NULL}
CONFIG = {
    "rounds": int,
    "sample_s": NUMBER,
    "size": NUMBER_OR_NULL,
    "flows": int,
    "window": int,
}
MISSING = {"name": str, "missing": str}
BENCH = {
    "edgewise": str,
    "seed": int,
    "partial": bool,
    "result": {
        "machine": MACHINE,
        "config": CONFIG,
        "missing": [MISSING],
        "ranking": [ROW],
        "noise_floor": NUMBER,
        "comparisons": [COMPARISON],
        "runs?": [dict],
    },
}


def bench_facts(file: File) -> list[str]:
    machine, config = file.result["machine"], file.result["config"]
    size = "the least of each protocol" if config["size"] is None else f"{config['size']} bytes"
    return [
        f"{machine['kernel']}, {machine['cpu'] or 'unknown processor'}",
        f"{machine['cpus']} processors",
        f"governor {machine['governor'] or 'unknown'}",
        f"{config['rounds']} rounds of {config['sample_s']:g} s, {size}, flows {config['flows']},"
        f" window {config['window']}",
        *([f"{len(file.result['runs'])} runs"] if "runs" in file.result else []),
        f"noise floor {100 * file.result['noise_floor']:.1f} %",
        f"seed {file.found['seed']}",
    ]


def bench_line(row: dict[str, Any]) -> Line | None:
    """None: no sample of it is valid."""
    samples = [one["cpu_ns_per_echo"] for one in row["samples"] if one["valid"]]
    return Line(row["name"], statistics.median(samples), samples) if samples else None


def bench_row(row: dict[str, Any], line: Line | None) -> list[str]:
    valid = f"{len(line.samples) if line else 0} of {len(row['samples'])}"
    if not line:
        return [row["name"], "INVALID", "", "", valid]
    rates = [one["echoes_per_s"] for one in row["samples"] if one["valid"]]
    return [
        row["name"],
        f"{line.middle:.0f}",
        f"{min(line.samples):.0f} to {max(line.samples):.0f}",
        f"{statistics.median(rates):.0f}",
        valid,
    ]


def ratio_cells(row: dict[str, Any]) -> list[str]:
    return [f"{row['ratio']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}", row["relation"]]


def ratio_line(row: dict[str, Any], name: str) -> Line:
    return Line(name, row["ratio"], [], row["low"], row["high"])


def ratio_alt(lines: list[Line], what: str) -> str:
    told = [f"{one.name} {one.middle:.3f} ({one.low:.3f} to {one.high:.3f})" for one in lines]
    return f"{what}: {'; '.join(told)}"


def bench_section(file: File) -> Section:
    section = Section(f"Bench: {file.stem}", bench_facts(file))
    rows = [(row, bench_line(row)) for row in file.result["ranking"]]
    heads = ["target", "CPU ns an echo", "least to most", "echoes/s", "valid rounds"]
    section.tables.append(Table(heads, [bench_row(row, line) for row, line in rows]))
    lines = [line for _, line in rows if line]
    if lines:
        told = "; ".join(
            f"{one.name} {one.middle:.0f} ({min(one.samples):.0f} to {max(one.samples):.0f})"
            for one in lines
        )
        alt = f"Nanoseconds of CPU an echo, each sample, and the median: {told}"
        section.plots.append(Drawn(Whiskers(alt, "nanoseconds of CPU an echo", lines)))
    ratios = file.result["comparisons"]
    if ratios:
        table = [[row["name"], row["base"], *ratio_cells(row)] for row in ratios]
        heads = ["target", "compared with", "ratio of CPU", "95 % interval", "so it is"]
        section.tables.append(Table(heads, table))
        several = len({row["base"] for row in ratios}) > 1
        lines = [
            ratio_line(row, f"{row['name']} / {row['base']}" if several else row["name"])
            for row in ratios
        ]
        alt = ratio_alt(lines, "Ratio of CPU an echo in paired rounds, with its 95 % interval")
        axis = "CPU an echo" + ("" if several else f", times that of {ratios[0]['base']}")
        section.plots.append(Drawn(Whiskers(alt, axis, lines, file.result["noise_floor"])))
    section.notes += [
        f"{one['name']} is missing: {one['missing']}" for one in file.result["missing"]
    ]
    return section


# ---- two benches ----

COMPARED = {
    "name": str,
    "ratio": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "samples_a": int,
    "samples_b": int,
    "relation": str,
}
PLACE = {"name": str, "file": str}
DIFFERENCE = {"what": str, "a": str, "b": str}
COMPARE = {
    "edgewise": str,
    "seed": int,
    "partial": bool,
    "result": {
        "files": [{"file": str, "noise_floor": NUMBER}],
        "differs": [DIFFERENCE],
        "moved": [DIFFERENCE],
        "noise_floor": NUMBER,
        "comparisons": [COMPARED],
        "invalid": [PLACE],
        "only": [PLACE],
    },
}


def compare_section(file: File) -> Section:
    result = file.result
    names = [one["file"].rpartition("/")[2] for one in result["files"]]
    if len(names) != 2:
        raise BadInput(f"{file.path}: not as edgewise compare writes it: two files, not {names}")
    section = Section(f"Comparison: {names[1]} by {names[0]}")
    section.facts = [
        "not side by side: medians of all valid samples",
        f"noise floor {100 * result['noise_floor']:.1f} %",
        f"seed {file.found['seed']}",
    ]
    if result["comparisons"]:
        heads = ["target", "ratio of CPU", "95 % interval", "so it is", "valid samples"]
        table = [
            [row["name"], *ratio_cells(row), f"{row['samples_a']} and {row['samples_b']}"]
            for row in result["comparisons"]
        ]
        section.tables.append(Table(heads, table))
        lines = [ratio_line(row, row["name"]) for row in result["comparisons"]]
        alt = ratio_alt(lines, f"CPU an echo, {names[1]} by {names[0]}, with its 95 % interval")
        axis = f"CPU an echo, times that of {names[0]}"
        section.plots.append(Drawn(Whiskers(alt, axis, lines, result["noise_floor"])))
    for why, words in (("differs", "they differ in"), ("moved", "the machine changed:")):
        section.notes += [
            f"{words} {one['what']}: {one['a']} and {one['b']}" for one in result[why]
        ]
    for place, words in (("invalid", "no valid sample in"), ("only", "only in")):
        section.notes += [
            f"{one['name']}: {words} {one['file'].rpartition('/')[2]}" for one in result[place]
        ]
    return section
