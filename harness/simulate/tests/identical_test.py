"""Every run gives the same bytes: identical_test.py [--valgrind] [--also EDGEWISE]... EDGEWISE RUNS
TARGET...

All scenarios of each target so many times, with a busy process on every processor; --also: once
more with this other build; --valgrind: once more with its program under valgrind.  ci/identical
does it twenty times for all servers.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import live
from result_json import parsed


def fingerprints(edgewise: str, words: list[str]) -> dict[str, dict[str, Any]]:
    """The scenarios of each target."""
    # Nothing of what is said depends on time; the limits are for who hangs, and a loaded machine is
    # slow.
    command = [edgewise, "fingerprint", *words, "--json", "-", "--timeout-scale", "10"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
    return {
        one["target"]: one["scenarios"] for one in parsed(done.stdout)["result"]["fingerprints"]
    }


def flat(scenarios: dict[str, Any]) -> dict[str, str]:
    return {
        f"{scenario} {run}": json.dumps(figures)
        for scenario, runs in scenarios.items()
        for run, figures in runs.items()
    }


def assert_same(
    first: dict[str, dict[str, Any]], later: dict[str, dict[str, Any]], what: str
) -> None:
    for name in first | later:
        a, b = flat(first.get(name, {})), flat(later.get(name, {}))
        different = {run: (a.get(run), b.get(run)) for run in a | b if a.get(run) != b.get(run)}
        assert not different, f"{name}, {what}: {different}"


def under_valgrind(edgewise: str, target: live.Target) -> dict[str, dict[str, Any]]:
    """Its program, run as anybody's would be."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "target.json"
        file.write_text(
            json.dumps(
                {
                    "name": target.name,
                    "command": ["valgrind", "-q", *target.command],
                    "capabilities": target.capabilities,
                }
            )
        )
        return fingerprints(edgewise, [str(file)])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--valgrind", action="store_true")
    parser.add_argument("--also", action="append", default=[])
    parser.add_argument("edgewise")
    parser.add_argument("runs", type=int)
    parser.add_argument("targets", nargs="+")
    options = parser.parse_args()
    with live.loaded():
        first = fingerprints(options.edgewise, options.targets)
        for run in range(2, options.runs + 1):
            assert_same(first, fingerprints(options.edgewise, options.targets), f"run {run}")
    print(f"{len(first)} targets, {options.runs} runs: the same", flush=True)
    for other in options.also:
        assert_same(first, fingerprints(other, options.targets), other)
        print(f"the same from {other}", flush=True)
    for target in live.servers(options.edgewise) if options.valgrind else []:
        if target.name in first:
            assert_same(
                {target.name: first[target.name]},
                under_valgrind(options.edgewise, target),
                "under valgrind",
            )
            print(f"{target.name}: the same under valgrind", flush=True)


if __name__ == "__main__":
    main()
