"""Runs every case on a mutant and compares what fails with what must: judge.py EDGEWISE MUTANT.so --fails CASE... --may CASE..."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

SKIPPED = 77


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("edgewise")
    parser.add_argument("mutant")
    parser.add_argument("--fails", nargs="+", default=[])
    parser.add_argument("--may", nargs="*", default=[])
    parser.add_argument("--skip", action="append", default=[])
    given = parser.parse_args()

    command = [given.edgewise, "check", given.mutant, "--private", "--json", "-"]
    for case in given.skip:
        command += ["--skip", case]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    result = json.loads(done.stdout)
    verdicts = {case["case"]: case["verdict"] for case in result["cases"]}
    failed = {case for case, verdict in verdicts.items() if verdict == "FAIL"}
    unsupported = [case for case in given.fails if verdicts.get(case) == "UNSUPPORTED"]

    if result["error"]:
        sys.exit(f"the mutant could not be judged: {result['error']}")
    if unsupported:
        print(f"skipped: this platform does not support {', '.join(unsupported)}")
        return SKIPPED
    if len(given.may) > 2:
        sys.exit("more than two cases that may fail: the mutant is wrong in more than one way")
    escaped = set(given.fails) - failed
    surprising = failed - set(given.fails) - set(given.may)
    if escaped or surprising or done.returncode != 1:
        sys.exit(f"should have failed: {sorted(escaped)}; should not have failed: {sorted(surprising)}; status {done.returncode}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
