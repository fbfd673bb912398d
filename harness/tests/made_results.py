"""Results of edgewise that nobody measured: their figures are known, and so is what follows."""

from __future__ import annotations

import json
import statistics
import tempfile
import unittest
from pathlib import Path
from typing import Any

from result_json import judged

MACHINE = {
    "kernel": "Linux 6.1.0",
    "machine": "x86_64",
    "cpu": "a processor",
    "cpus": 2,
    "governor": None,
    "load": 0.25,
}
CONFIG = {
    "rounds": 10,
    "sample_s": 0.3,
    "size": 64,
    "sizes": "64",
    "sockets": 1,
    "active": 1,
    "flows": 1,
    "window": 32,
    "batch": "mmsg",
    "traffic": None,
    "client_cpu": 0,
    "server_cpu": 1,
    "settings": {},
}
# A machine that is 1 % to either side, as ten samples of a bench.
NOISE = [0.99, 1.01, 1.0, 0.995, 1.005, 0.99, 1.01, 1.0, 0.995, 1.005]


def noisy(cost: float) -> list[float | None]:
    return [round(cost * factor, 3) for factor in NOISE]


def sample(cost: float | None) -> dict[str, Any]:
    """None: the machine spoiled it."""
    return {
        "valid": cost is not None,
        "reason": "9 % of the machine's time was stolen" if cost is None else None,
        "cpu_ns_per_echo": cost or 0.0,
        "echoes_per_s": 1e9 / cost if cost else 0.0,
        "client_cpu_part": 0.5,
        "steal_part": None,
        "tries": 1 if cost else 3,
        "client_receive_bytes": 212992,
        "window": 32,
        "under_way": 32,
        "latency_ns": {"p50": 10000, "p90": 20000, "p99": 30000, "p99.9": 40000},
    }


def row(name: str, costs: list[float | None]) -> dict[str, Any]:
    valid = [cost for cost in costs if cost is not None]
    medians = (
        {
            "cpu_ns_per_echo": statistics.median(valid),
            "echoes_per_s": 1e9 / statistics.median(valid),
        }
        if valid
        else {}
    )
    return {
        "name": name,
        "samples": [sample(cost) for cost in costs],
        "valid": len(valid),
    } | medians


def envelope(command: str, result: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "edgewise": "0.1.0",
        "command": command,
        "status": 0,
        "outcome": "ok",
        "partial": False,
        "error": None,
        "seed": 1,
        "cases": None,
        "result": result,
    }


def comparison(name: str, base: str, ratio: float) -> dict[str, Any]:
    return {
        "name": name,
        "base": base,
        "ratio": ratio,
        "low": ratio * 0.99,
        "high": ratio * 1.01,
        "rounds": 10,
        "relation": "slower" if ratio > 1.03 else "faster" if ratio < 0.97 else "cannot tell",
        "at_most": None,
    }


def made_floor(line: float) -> dict[str, Any]:
    """Of which the line alone could be measured, in nanoseconds."""
    missing = {"ns": None, "least": None, "most": None, "calls": 0, "missing": "it is made up"}
    had = {"ns": line, "least": line, "most": line, "calls": 100, "missing": None}
    parts = {name: missing for name in ("call", "copies", "path", "reflector")}
    return {"ns": line / 32, "batch": 32, "parts": parts | {"line": had}}


def bench(
    costs: dict[str, list[float | None]],
    floor: float = 0.02,
    machine: dict[str, Any] = {},
    config: dict[str, Any] = {},
    seed: int = 1,
    line: float | None = None,
) -> dict[str, Any]:
    """As edgewise bench would write it; the first target is the baseline."""
    names = list(costs)
    rows = [row(name, costs[name]) for name in names]
    base = rows[0].get("cpu_ns_per_echo")
    result = {
        "machine": MACHINE | machine,
        "missing": [],
        "config": CONFIG | config,
        "ranking": sorted(rows, key=lambda one: one.get("cpu_ns_per_echo", float("inf"))),
        "noise_floor": floor,
        "comparisons": [
            comparison(one["name"], names[0], one["cpu_ns_per_echo"] / base)
            for one in rows[1:]
            if base and one["valid"]
        ],
    }
    if line:
        result["floor"] = made_floor(line)
    return judged(envelope("bench", result) | {"seed": seed})


def put(folder: Path, name: str, result: dict[str, Any]) -> str:
    """Writes it there; the path of the file."""
    (folder / name).write_text(json.dumps(result))
    return str(folder / name)


class ResultFiles(unittest.TestCase):
    """Tests with a folder for such results."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name: str, result: dict[str, Any]) -> str:
        return put(self.folder, name, result)
