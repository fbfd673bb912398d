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
import time
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


def traced(target: live.Target) -> collections.Counter[str]:
    """What strace counts when so many datagrams come, each when all is asleep.  What happens at the
    start is not the same each time, as where threads wake each other: it is left out."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "strace")
        words = [
            "strace",
            "-f",
            "-qq",
            "-ttt",
            "-o",
            str(log),
            "-e",
            "trace=" + ",".join(CALLS),
            *target.words(1),
        ]
        with live.running(words, 1, target.env, below="strace") as server, live.client() as client:
            for round_ in range(WARM_UP + ROUNDS):
                server.sleep()
                if round_ == WARM_UP:
                    since = time.time()
                client.sendto(b"x" * 24, (live.ADDRESS, live.FIRST_PORT))
                client.recv(100)
            server.sleep()
        begun = re.findall(r"^\d+ +([\d.]+) (\w+)\(", log.read_text(), re.MULTILINE)
        return collections.Counter(
            NAMES.get(call, call) for when, call in begun if float(when) >= since
        )


def simulated(target: live.Target) -> dict[str, int]:
    figures = live.fingerprint(EDGEWISE, "cost", *target.known_as)["lock-step"]
    return {
        call: count
        for call, count in figures.items()
        if call not in ("echoes", "empty_waits", "empty_receives", "other")
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
        seen, expected = dict(traced(target)), simulated(target)
        assert seen == expected, f"{target.name}: strace counts {seen}, the fingerprint {expected}"
        print(target.name, seen, flush=True)


if __name__ == "__main__":
    main()
