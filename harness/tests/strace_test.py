"""The calls that the fingerprint counts are those that strace sees when the same datagrams come over real sockets.

strace_test.py EDGEWISE: skipped (77) where strace cannot be used.
"""

from __future__ import annotations

import collections
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
EDGEWISE = Path(sys.argv[1])
SERVERS = ["echo-bare", "echo-epoll-edge", "echo-epoll-fair", "echo-epoll-level", "echo-epoll-oneshot", "echo-flipflop",
           "echo-mio-edge", "echo-mio-level", "echo-poll", "echo-select", "echo-blocking"]
# The kernel's names of what libc calls otherwise.
NAMES = {"pselect6": "select"}
CALLS = ["recvfrom", "sendto", "recvmsg", "sendmsg", "poll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_ctl"]
ROUNDS = 50
WARM_UP = 5
DEADLINE_S = 20.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


def until(condition, what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_S} s"


def child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


def all_asleep(pid: int) -> bool:
    try:
        states = [path.read_text().rsplit(")", 1)[1].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    except OSError:
        return False
    return bool(states) and set(states) == {"S"}


def is_bound(port: int) -> bool:
    return f":{port:04X} " in Path("/proc/net/udp").read_text()


def traced(name: str, rounds: int) -> collections.Counter[str]:
    """What strace counts when so many datagrams come, each when all is asleep."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 0))
        client.settimeout(DEADLINE_S)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = Path(folder, "strace")
        strace = subprocess.Popen(["strace", "-f", "-qq", "-o", log, "-e", "trace=" + ",".join(CALLS),
                                   EDGEWISE.parent / name, "--quiet", "--port", str(port)])
        try:
            until(lambda: strace.poll() is not None or is_bound(port), f"{name} has bound its port")
            if strace.poll() is not None:
                print("skipped: strace cannot trace here")
                sys.exit(SKIPPED)
            server = child_of(strace.pid)
            for _ in range(rounds):
                until(lambda: all_asleep(server), f"{name} is asleep")
                client.sendto(b"x" * 24, ("127.0.0.1", port))
                client.recv(100)
            until(lambda: all_asleep(server), f"{name} is asleep")
            os.kill(server, signal.SIGKILL)
        finally:
            strace.wait(DEADLINE_S)
        begun = re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE)
        return collections.Counter(NAMES.get(call, call) for call in begun)


def simulated(name: str) -> dict[str, int]:
    done = subprocess.run([EDGEWISE, "fingerprint", name, "--scenario", "cost", "--json", "-"], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=True)
    figures = json.loads(done.stdout)["result"]["fingerprints"][0]["scenarios"]["cost"]["lock-step"]
    return {call: count for call, count in figures.items() if call not in ("echoes", "empty_waits", "empty_receives")}


def main() -> None:
    if not shutil.which("strace"):
        print("skipped: strace is missing; ci/setup brings it")
        sys.exit(SKIPPED)
    for name in SERVERS:
        # What happens at the start and at the end is in both, and falls out.
        counted = traced(name, WARM_UP + ROUNDS)
        counted.subtract(traced(name, WARM_UP))
        seen = {call: count for call, count in counted.items() if count}
        assert seen == simulated(name), f"{name}: strace counts {seen}, the fingerprint {simulated(name)}"
        print(name, seen)


if __name__ == "__main__":
    main()
