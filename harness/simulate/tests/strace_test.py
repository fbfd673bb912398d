"""The calls that the fingerprint counts are those that strace sees when the same datagrams come
over real sockets, for every server and peer: strace_test.py EDGEWISE servers|peers.  Skipped (77)
where strace cannot be used.
"""

from __future__ import annotations

import collections
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import live

EDGEWISE, WHOSE = sys.argv[1:3]
# The kernel's names of what libc calls otherwise.
NAMES = {"pselect6": "select"}
CALLS = [
    "recvfrom",
    "sendto",
    "recvmsg",
    "sendmsg",
    "recvmmsg",
    "sendmmsg",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_ctl",
]
ROUNDS = 50
WARM_UP = 5
# Peer, then why its calls are not compared.
UNSTEADY = {
    "rust-tokio-threads": (
        "which of its threads polls, and how often in vain, is the scheduler's doing"
    )
}


def traced(target: live.Target, rounds: int) -> collections.Counter[str]:
    """What strace counts when so many datagrams come, each when all is asleep."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "strace")
        words = [
            "strace",
            "-f",
            "-qq",
            "-o",
            str(log),
            "-e",
            "trace=" + ",".join(CALLS),
            *target.words(1),
        ]
        with live.running(words, 1, target.env, below="strace") as server, live.client() as client:
            for _ in range(rounds):
                server.sleep()
                client.sendto(b"x" * 24, (live.ADDRESS, live.FIRST_PORT))
                client.recv(100)
            server.sleep()
        begun = re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE)
        return collections.Counter(NAMES.get(call, call) for call in begun)


def simulated(target: live.Target) -> dict[str, int]:
    figures = live.fingerprint(EDGEWISE, "cost", *target.known_as)["lock-step"]
    return {
        call: count
        for call, count in figures.items()
        if call not in ("echoes", "empty_waits", "empty_receives")
    }


def main() -> None:
    live.need("strace")
    live.enter_own_network()
    if (
        subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode
        != 0
    ):
        live.skip("strace cannot trace here")
    for target in live.chosen(EDGEWISE, WHOSE):
        if target.name in UNSTEADY:
            print(f"{target.name}: not compared: {UNSTEADY[target.name]}")
            continue
        # What happens at the start and at the end is in both, and falls out.
        counted = traced(target, WARM_UP + ROUNDS)
        counted.subtract(traced(target, WARM_UP))
        seen, expected = {call: count for call, count in counted.items() if count}, simulated(
            target
        )
        assert seen == expected, f"{target.name}: strace counts {seen}, the fingerprint {expected}"
        print(target.name, seen, flush=True)


if __name__ == "__main__":
    main()
