"""No server takes more user-space instructions for an echo than it did at the base commit:
instructions_test.py EDGEWISE COMPILER BUILD_TYPE FOLDER

Both are compiled by COMPILER; the base commit is built in FOLDER.  It is EDGEWISE_BASE, or else the
last release's tag, or else the commit that bench/base names.  One per cent more is taken for
chance.  Who takes more for a reason says so in CHANGELOG.md, below "Unreleased":

    - Instructions of `NAME`: the reason.

Whom valgrind cannot count is told, and not compared.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import counted

SKIPPED = 77
MORE_AT_MOST = 1.01
COUNTED_AGAIN = 2


class Skipped(Exception):
    """Why nothing can be compared here."""


def git(*words: str) -> bytes | None:
    if not shutil.which("git"):
        return None
    done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True)
    return done.stdout if done.returncode == 0 else None


def base_commit() -> str:
    tag = git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD")
    wanted = os.environ.get("EDGEWISE_BASE") or (tag or b"").decode().strip()
    wanted = wanted or (ROOT / "bench" / "base").read_text().strip()
    found = git("rev-parse", "--verify", "--quiet", wanted + "^{commit}")
    if not found:
        raise Skipped(
            f"the base commit {wanted} is not here: a clone with all of the history has it"
            " (git fetch --unshallow)"
        )
    return found.decode().strip()


def built(commit: str, compiler: str, build_type: str, folder: Path) -> Path:
    """Where the servers' programs of that commit are; who was interrupted goes on where it was."""
    source, build = folder / commit / "source", folder / commit / "build"
    log = folder / f"{commit}.log"
    if not (source / "CMakeLists.txt").exists():
        with tarfile.open(fileobj=BytesIO(git("archive", commit) or b"")) as archive:
            archive.extractall(source)
    servers = re.findall(
        r"^add_server\((\S+)", (source / "servers/CMakeLists.txt").read_text(), re.MULTILINE
    )
    configured = [
        *("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_C_COMPILER={compiler}"),
        *(f"-DCMAKE_BUILD_TYPE={build_type}", "-DBUILD_TESTING=OFF"),
    ]
    with open(log, "w") as said:
        for words in (configured, ["cmake", "--build", build, "--target", *servers]):
            if subprocess.run(words, stdout=said, stderr=said).returncode:
                sys.exit(f"the base commit cannot be built: {log}")
    return build / "bin"


def lifted() -> dict[str, str]:
    unreleased = (ROOT / "CHANGELOG.md").read_text().partition("## Unreleased")[2]
    unreleased = unreleased.partition("\n## ")[0]
    return dict(re.findall(r"^- Instructions of `([^`]+)`: (\S.*)$", unreleased, re.MULTILINE))


def counted_or_told(one: Future[counted.Figures], name: str) -> counted.Figures:
    try:
        return one.result()
    except counted.Uncounted as why:
        print(f"{name}: not compared: {why}")
        return {}


def least(server: counted.Server, first: counted.Figures) -> counted.Figures:
    """What the kernel makes a program do again, as to enter it once more for a completion that came
    late, adds to a figure and never takes away: the least of several is the program's own."""
    every = [first]
    for _ in range(COUNTED_AGAIN):
        try:
            every.append(counted.instructions(server))
            print(f"{server.name}: counted again, {every[-1]}")
        except counted.Uncounted as why:
            print(f"{server.name}: not counted again: {why}")
    if len(every) == 1:
        print(f"{server.name}: not compared: it could be counted once only")
        return {}
    return {n: min(one[n] for one in every) for n in first}


def is_more(was: counted.Figures, now: counted.Figures) -> bool:
    return any(now[n] > MORE_AT_MOST * was[n] for n in was)


def told(server: counted.Server, was: counted.Figures, now: counted.Figures) -> bool:
    """Prints the figures; is one of them wrong?"""
    why = lifted().get(server.name)
    for n in was:
        verdict = "" if now[n] <= MORE_AT_MOST * was[n] else f" because {why}" if why else " WRONG"
        more = now[n] / was[n] - 1
        print(f"{server.name}, {n} at once: {now[n]:.1f}, was {was[n]:.1f} ({more:+.2%}){verdict}")
    return is_more(was, now) and not why


def compare(base: Path) -> int:
    """Of the servers that both have."""
    servers = [one for one in counted.servers_of(sys.argv[1]) if not one.unfit]
    servers = [one for one in servers if (base / one.name).exists()]
    wrong = compared = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        then = [replace(one, program=base / one.name) for one in servers]
        before = [pool.submit(counted.instructions, one) for one in then]
        here = [pool.submit(counted.instructions, one) for one in servers]
    for server, then_counted, now_counted in zip(servers, before, here):
        was = counted_or_told(then_counted, server.name)
        now = counted_or_told(now_counted, server.name)
        if not was or not now:
            continue
        if is_more(was, now):
            now = least(server, now)
        if not now:
            continue
        compared += 1
        wrong += told(server, was, now)
    print(f"{compared} servers compared with {base.parents[1].name}, {wrong} are wrong")
    return 1 if wrong or not compared else 0


def main() -> int:
    _, _, compiler, build_type, folder = sys.argv
    try:
        for tool in ("valgrind", "vgdb"):
            if not shutil.which(tool):
                raise Skipped(f"{tool} is not installed (on Debian ci/setup brings it)")
        base = built(base_commit(), compiler, build_type, Path(folder))
    except Skipped as why:
        print(f"skipped: {why}")
        return SKIPPED
    return compare(base)


if __name__ == "__main__":
    sys.exit(main())
