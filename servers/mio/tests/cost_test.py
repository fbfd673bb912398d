"""User-space instructions per event, counted by callgrind: cost_test.py COST SELECTOR

The same work at N and at 2N events; the difference divided by N is what one event costs, start and
registering taken out. An event must cost the same, within 1 %, with ten registrations and with ten
thousand.
"""

import re
import resource
import shutil
import subprocess
import sys

SKIPPED = 77
# Twice around the larger number, so that no socket is seen for the first time more often than the
# others.
EVENTS = 20_000
FEW, MANY = 10, 10_000
TOLERANCE = 0.01


def instructions(program: str, selector: str, kind: str, many: int, events: int) -> int:
    done = subprocess.run(
        [
            "valgrind",
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            program,
            selector,
            kind,
            str(many),
            str(events),
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"callgrind failed:\n{done.stderr}")
    return int(found[1])


def per_event(program: str, selector: str, kind: str, many: int) -> float:
    once, twice = (instructions(program, selector, kind, many, n) for n in (EVENTS, 2 * EVENTS))
    return (twice - once) / EVENTS


def main() -> int:
    program, selector = sys.argv[1:]
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed (on Debian ci/setup brings it)")
        return SKIPPED
    failed = False
    for kind in ("sockets", "registrations"):
        if kind == "sockets" and resource.getrlimit(resource.RLIMIT_NOFILE)[1] < MANY + 64:
            print(f"skipped: {MANY} sockets need {MANY + 64} descriptors (ulimit -Hn)")
            continue
        few, many = (per_event(program, selector, kind, n) for n in (FEW, MANY))
        ratio = many / few
        print(
            f"{selector}, {kind}: {few:.1f} instructions an event with {FEW}, {many:.1f} with"
            f" {MANY} ({ratio - 1:+.2%})"
        )
        failed = failed or abs(ratio - 1) > TOLERANCE
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
