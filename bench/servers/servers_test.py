"""One server of bench/servers, as its target file runs it: servers_test.py EDGEWISE NAME

A handful of cases has the verdicts that its file expects, the books of a flood balance, what it
drops is what it says itself, and its fingerprint is the row of bench/SERVERS.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from result_json import parsed

HERE = Path(__file__).resolve().parent
SKIPPED = 77
DEADLINE_S = 120.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
COUNT = 20000
# With this one's start it drops some of what it is asked, where NAME.sh knows how.
DROPS = {"EDGEWISE_SERVER_DROPS": "1"}
COUNT_OF_DROPS = 500
# One of each chapter that a real server answers to, none of which takes long.
CASES = (
    "integrity-address",
    "integrity-hundred",
    "order-freeze",
    "addresses-all",
    "queue-order",
    "lifecycle-sigterm",
    "signals-stop",
    "loop-self",
)


def result_of(
    edgewise: str, *words: str, env: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        done = subprocess.run(
            [edgewise, *words, "--json", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=DEADLINE_S,
            env=os.environ | (env or {}),
        )
        if not path.exists():
            sys.exit(f"{words}: status {done.returncode}: {done.stderr}")
        return done.returncode, parsed(path.read_text())


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def is_here(name: str) -> None:
    """Or else why not, and the test is skipped."""
    program = name.removesuffix("-forward")
    told = subprocess.run([HERE / "start", program, "--version"], capture_output=True, text=True)
    if told.returncode != 0:
        skip(told.stderr.strip())
    print(told.stdout, end="")


def has_the_expected_verdicts(edgewise: str, target: str) -> None:
    words = [word for case in CASES for word in ("--case", case)]
    status, found = result_of(edgewise, "check", target, "--seed", "1", *words)
    cases = found["result"]["targets"][0]["cases"]
    told = [f"{one['case']} {one['verdict']}: {one.get('seen', '')}" for one in cases]
    if cases[0]["case"] == "start":
        skip(cases[0]["seen"])
    assert len(cases) == len(CASES) and status == 0, told
    assert all(one["verdict"] != "INVALID" for one in cases), told


def balances_its_books(edgewise: str, target: str) -> None:
    status, found = result_of(edgewise, "flood", target, "--count", str(COUNT), "--seed", "1")
    counts = found["result"]["counts"]
    assert status == 0 and counts["sent"] == counts["echoed"] == COUNT, (status, counts)


def says_what_it_drops(edgewise: str, target: str, name: str) -> None:
    """Its own statistics are the only ones that know of these, and the books balance by them."""
    script = HERE / f"{name.removesuffix('-forward')}.sh"
    if not set(DROPS) <= set(re.findall(r"\w+", script.read_text())):
        return
    _, found = result_of(edgewise, "flood", target, "--count", str(COUNT_OF_DROPS), env=DROPS)
    counts, books = found["result"]["counts"], found["result"]["books"]
    print(f"lost {counts['lost']}, dropped as it says {books['dropped_by_server']}")
    assert books["dropped_by_server"] == counts["lost"] > 0, (counts, books)
    assert books["attributed"] and books["unaccounted"] == 0, books


def has_its_fingerprint(edgewise: str, name: str) -> None:
    results = HERE.parent / "results"
    done = subprocess.run(
        [sys.executable, results, "--real", "--check", "--edgewise", edgewise, name],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    print(done.stdout, end="")
    assert done.returncode == 0, done.stdout + done.stderr


def main() -> None:
    edgewise, name = sys.argv[1:]
    target = str(HERE / f"{name}.json")
    is_here(name)
    has_the_expected_verdicts(edgewise, target)
    balances_its_books(edgewise, target)
    says_what_it_drops(edgewise, target, name)
    has_its_fingerprint(edgewise, name)


if __name__ == "__main__":
    main()
