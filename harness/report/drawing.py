"""Plots as SVG that stands in the page: text stays text, and colours are the page's own, so that
they follow it into the dark and onto paper.  Needs matplotlib."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import matplotlib

from sections import Bars, Latencies, Line, Plot, Whiskers

matplotlib.use("svg")
import matplotlib.pyplot as pyplot  # noqa: E402

SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")

# Colours that matplotlib is told, and the variables of the page that take their places.
INK, SOFT, LINE = "#010101", "#020202", "#030303"
SERIES = ["#0a0a01", "#0a0a02", "#0a0a03", "#0a0a04", "#0a0a05", "#0a0a06"]
VARIABLES = {INK: "--ink", SOFT: "--soft", LINE: "--line"} | {
    colour: f"--s{i}" for i, colour in enumerate(SERIES, 1)
}
WIDTH = 5.6  # inches of 72 units; the page shows it no wider than 35 rem
NAME_MOST = 44

SETTINGS = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "grid.color": LINE,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "legend.frameon": False,
}


def shown(name: str) -> str:
    """Short, and of characters that XML and matplotlib's little TeX take for what they are."""
    short = name if len(name) <= NAME_MOST else name[: NAME_MOST - 1] + "…"
    return "".join(c if c.isprintable() else "?" for c in short).replace("$", r"\$")


def plain_axes(height: float) -> tuple[Any, Any]:
    figure, axes = pyplot.subplots(figsize=(WIDTH, height))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", alpha=0.5)
    axes.set_axisbelow(True)
    return figure, axes


def put_name(axes: Any, place: float, name: str) -> None:
    """Above its line, where there is room for it on a phone, too."""
    axes.text(0, place + 0.32, shown(name), transform=axes.get_yaxis_transform(), va="center")


def put_line(axes: Any, place: int, line: Line) -> None:
    axes.plot(line.samples, [place] * len(line.samples), "o", color=SERIES[0], alpha=0.5, ms=5)
    if line.low is not None and line.high is not None:
        axes.plot([line.low, line.high], [place] * 2, "|-", color=SERIES[0], lw=2, ms=10, mew=2)
    axes.plot([line.middle], [place], "D", color=INK, ms=5)
    put_name(axes, place, line.name)


def draw_whiskers(plot: Whiskers) -> Any:
    figure, axes = plain_axes(0.55 * len(plot.lines) + 0.8)
    if plot.floor is not None:
        axes.axvspan(1 - plot.floor, 1 + plot.floor, color=LINE, alpha=0.5, lw=0)
        axes.axvline(1, color=SOFT, lw=1)
    for place, line in enumerate(reversed(plot.lines)):
        put_line(axes, place, line)
    axes.set_ylim(-0.5, len(plot.lines) - 0.4)
    axes.set_yticks([])
    axes.set_xlabel(shown(plot.axis))
    return figure


def draw_latencies(plot: Latencies) -> Any:
    figure, axes = pyplot.subplots(figsize=(WIDTH, 3.2 + 0.25 * len(plot.series)))
    axes.spines[["top", "right"]].set_visible(False)
    names = list(dict.fromkeys(one.name.partition(", from when")[0] for one in plot.series))
    for one in plot.series:
        colour = SERIES[names.index(one.name.partition(", from when")[0]) % len(SERIES)]
        words = [word for word, _ in one.points]
        values = [value for _, value in one.points]
        style = "o-" if one.corrected else "o--"
        axes.plot(words, values, style, color=colour, ms=5, lw=2, label=shown(one.name))
    axes.set_yscale("log")
    axes.set_ylabel(plot.axis)
    axes.set_xlabel("so many took no longer")
    axes.grid(axis="y", alpha=0.5)
    axes.legend(loc="upper left", bbox_to_anchor=(-0.08, -0.18))
    return figure


def draw_bars(plot: Bars) -> Any:
    heights = [len(values) for _, values in plot.groups]
    figure, every = pyplot.subplots(
        len(heights),
        figsize=(WIDTH, 0.5 * sum(heights) + 0.5 * len(heights)),
        squeeze=False,
        gridspec_kw={"height_ratios": heights},
    )
    for axes, (title, values) in zip(every[:, 0], plot.groups):
        bounded = [value for _, value in values if value is not None]
        room = 1.2 * max([*bounded, 1])
        for place, (name, value) in enumerate(reversed(values)):
            axes.barh(
                place - 0.1,
                room if value is None else value,
                height=0.22,
                color=SERIES[1 if value is None else 0],
                alpha=0.6 if value is None else 1,
            )
            put_name(axes, place, f"{name}: {'no bound' if value is None else value}")
        axes.set_xlim(0, room)
        axes.set_ylim(-0.4, len(values) - 0.4)
        axes.set_yticks([])
        axes.set_xticks([])
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.set_title(shown(title), loc="left", fontsize=11, color=SOFT)
    return figure


def in_the_page(svg: str, alt: str) -> str:
    """Without what is for a file of its own: the prolog, the size, names that other plots of the
    page have, too."""
    root = ElementTree.fromstring(svg)
    for tag in ("metadata", "defs"):  # of the root: what is drawn has definitions of its own
        for one in root.findall(f"{{{SVG}}}{tag}"):
            if not list(one.iter(f"{{{SVG}}}clipPath")):
                root.remove(one)
    for group in root.iter(f"{{{SVG}}}g"):
        group.attrib.pop("id", None)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.attrib |= {
        "role": "img",
        "aria-label": "".join(c if c.isprintable() else "?" for c in alt),
    }
    text = ElementTree.tostring(root, encoding="unicode")
    text = re.sub(r"(font: [\d.]+px) [^;\"]*", r"\1 system-ui, sans-serif", text)
    return re.sub("|".join(VARIABLES), lambda found: f"var({VARIABLES[found.group()]})", text)


DRAWS: dict[type, Callable[[Any], Any]] = {
    Whiskers: draw_whiskers,
    Latencies: draw_latencies,
    Bars: draw_bars,
}


def draw(plot: Plot, name: str) -> str:
    """The SVG of it; `name` is another for each plot of a page, and so are the names inside it."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with warnings.catch_warnings(), matplotlib.rc_context(SETTINGS | {"svg.hashsalt": name}):
        warnings.simplefilter("ignore")  # a character that no font here has; the browser's has it
        figure = DRAWS[type(plot)](plot)
        out = io.StringIO()
        figure.tight_layout()
        figure.savefig(out, bbox_inches="tight", metadata={"Date": None})
        pyplot.close(figure)
    return in_the_page(out.getvalue(), plot.alt)
