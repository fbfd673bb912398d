#!/usr/bin/env python3
"""Draws the plots of docs/explanation out of fingerprints that it takes: plots.py EDGEWISE OUT."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
# Text stays text, and the same figures make the same bytes.
matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "edgewise", "font.size": 11}

import matplotlib.pyplot as plot

SERVERS = [
    "echo-select",
    "echo-poll",
    "echo-epoll-level",
    "echo-epoll-oneshot",
    "echo-tokio-fair",
    "echo-epoll-fair",
    "echo-tokio",
    "echo-epoll-edge",
]
BUDGETS = [1, 2, 4, 8, 12, 16, 24, 32]
COLOUR, WARNING = "#1a6299", "#b35900"


def worst(edgewise: str, *words: str) -> dict[str, int | None]:
    """Of each target, datagrams received of a busy socket before a quiet one; None: no bound."""
    done = subprocess.run(
        [edgewise, "fingerprint", *words, "--scenario", "starvation", "--json", "-"],
        stdin=subprocess.DEVNULL,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    found = {}
    for one in json.loads(done.stdout)["result"]["fingerprints"]:
        value = one["scenarios"]["starvation"]["first-worst"]["received"]
        found[one["target"]] = value if isinstance(value, int) else None
    return found


def save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": "edgewise"})
    plot.close(figure)


def draw_bounds(bounds: dict[str, int | None], path: Path) -> None:
    figure, axes = plot.subplots(figsize=(7, 3.6))
    most = max(value for value in bounds.values() if value is not None)
    room = most * 1.5
    for place, (name, value) in enumerate(reversed(bounds.items())):
        axes.barh(
            place,
            room if value is None else value,
            color=WARNING if value is None else COLOUR,
            hatch="//" if value is None else "",
        )
        axes.text(
            0.6 if value is None else value + 0.4,
            place,
            "no bound" if value is None else str(value),
            va="center",
            backgroundcolor="white" if value is None else "none",
        )
    axes.set_yticks(range(len(bounds)), reversed(bounds))
    axes.set_xlim(0, room)
    axes.set_xlabel("datagrams of a busy socket before the quiet one's turn, at worst")
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, path)


def draw_budgets(points: dict[int, int | None], path: Path) -> None:
    figure, axes = plot.subplots(figsize=(7, 3.4))
    budgets = list(points)
    axes.plot(budgets, [2 * b - 1 for b in budgets], color=WARNING, label="2b − 1")
    axes.plot(budgets, [points[b] for b in budgets], "o", color=COLOUR, label="echo-epoll-fair")
    axes.set_xlabel("budget b: datagrams of one socket before the next one's turn")
    axes.set_ylabel("bound, at worst")
    axes.set_xticks(budgets)
    axes.grid(alpha=0.3)
    axes.legend()
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, path)


def main() -> None:
    edgewise, out = sys.argv[1], Path(sys.argv[2])
    bounds = worst(edgewise, *SERVERS)
    draw_bounds(bounds, out / "bounds.svg")
    points = {
        budget: worst(edgewise, "echo-epoll-fair", "--budget", str(budget))["echo-epoll-fair"]
        for budget in BUDGETS
    }
    draw_budgets(points, out / "budget.svg")
    # What the explanation says in words is what is drawn.
    assert all(points[b] == 2 * b - 1 for b in BUDGETS), points
    assert bounds["echo-epoll-edge"] is None and bounds["echo-epoll-level"] == 1, bounds


if __name__ == "__main__":
    main()
