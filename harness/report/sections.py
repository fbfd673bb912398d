"""What a section of figures consists of: tables, and plots of what is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union


@dataclass
class Table:
    heads: list[str]
    rows: list[list[str]]


@dataclass
class Line:
    """A target in a plot: its samples, the figure that stands for them, and an interval."""

    name: str
    middle: float
    samples: list[float] = field(default_factory=list)
    low: float | None = None
    high: float | None = None


@dataclass
class Whiskers:
    """A line for each target along one axis; with a floor it is of ratios, around 1."""

    alt: str
    axis: str
    lines: list[Line]
    floor: float | None = None


@dataclass
class Series:
    name: str
    points: list[tuple[str, float]]
    corrected: bool


@dataclass
class Latencies:
    """How long so many of all took, from the median to the longest."""

    alt: str
    axis: str
    series: list[Series]


@dataclass
class Bars:
    """A group of bars for each figure; None: without bound."""

    alt: str
    groups: list[tuple[str, list[tuple[str, int | None]]]]


Plot = Union[Whiskers, Latencies, Bars]


@dataclass
class Drawn:
    plot: Plot
    svg: str = ""  # "": it could not be drawn


@dataclass
class Section:
    title: str
    facts: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    plots: list[Drawn] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
