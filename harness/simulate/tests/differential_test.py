"""The simulated network does what the kernel does: differential_test.py EDGEWISE DIFFERENTIAL.

One program of calls on UDP sockets prints a line for each of them, on real sockets of
loopback and on simulated ones.  The lines are equal but for those named here, none of which the
fingerprint's figures are made of.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

EDGEWISE, DIFFERENTIAL = sys.argv[1:3]
DEADLINE_S = 30 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
LEAST_LINES = 240  # a script that ends early must not pass
# Line, then what it is on the simulated network, and why the kernel's answer is another one.
EXCEPTIONS = {
    "bind to an address of somebody else": (
        "0",
        "the kernel looks among its interfaces' addresses; the simulated host has every one",
    ),
    "set SO_PEEK_OFF": (
        "Protocol not available",
        "the kernel counts from a datagram's first byte, where a simulated one has its header",
    ),
    "IP_TTL": (
        "0",
        "the kernel keeps what IP will write into the header; no header is written here",
    ),
    "poll for what became of it": (
        "5",
        (
            "the kernel holds an error beside the queue and says POLLERR; here it is in the queue,"
            " and the receive fails the same"
        ),
    ),
}


def lines(path: Path) -> list[tuple[str, str]]:
    parts = [line.split(": ", 1) for line in path.read_text().splitlines()]
    return [(name, rest) for name, rest in parts]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        real, simulated = Path(folder, "real"), Path(folder, "simulated")
        subprocess.run([DIFFERENTIAL, real], timeout=DEADLINE_S, check=True)
        done = subprocess.run(
            [
                EDGEWISE,
                "fingerprint",
                "--exec",
                f"{DIFFERENTIAL} {simulated}",
                "--scenario",
                "burst",
            ],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        # It serves nobody, which is all that the fingerprint has to say of it.
        assert "ended with exit status 0 before it waited" in done.stderr, done.stderr
        seen, expected = lines(simulated), lines(real)
    assert len(expected) >= LEAST_LINES, f"{len(expected)} lines"
    assert [name for name, _ in seen] == [name for name, _ in expected]
    different = [
        (name, on_real, here)
        for (name, on_real), (_, here) in zip(expected, seen)
        if here != on_real
    ]
    unlisted = [one for one in different if EXCEPTIONS.get(one[0], ("",))[0] != one[2]]
    assert not unlisted, f"(line, real, simulated): {unlisted}"
    stale = set(EXCEPTIONS) - {name for name, _, _ in different}
    assert not stale, f"no longer different: {stale}"
    print(f"{len(expected)} lines, {len(different)} exceptions")
    for name, on_real, here in different:
        print(f"  {name}: {on_real}, simulated {here}: {EXCEPTIONS[name][1]}")


if __name__ == "__main__":
    main()
