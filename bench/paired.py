"""Paired rounds: what is compared is measured side by side, and the ratio of each round counts."""

from __future__ import annotations

import random
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "build" / "release" / "bin"
DRAWS = 2000


def interval(values: list[float]) -> tuple[float, float, float]:
    """The median and its 95 % interval (bootstrap)."""
    chosen = random.Random(1)
    medians = sorted(statistics.median(chosen.choices(values, k=len(values))) for _ in range(DRAWS))
    return statistics.median(values), medians[DRAWS * 25 // 1000], medians[DRAWS * 975 // 1000]
