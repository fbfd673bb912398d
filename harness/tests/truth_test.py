"""The starvation figures of the simulated network hold on the real one: truth_test.py EDGEWISE.

A stopped server finds a hundred datagrams on its first socket and then one on its second; how many of the hundred are answered
before that one is what the fingerprint calls "answered", at the start.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

EDGEWISE = Path(sys.argv[1])
SERVERS = ["echo-bare", "echo-epoll-edge", "echo-epoll-fair", "echo-epoll-level", "echo-epoll-oneshot", "echo-flipflop",
           "echo-mio-edge", "echo-mio-level", "echo-poll", "echo-select"]
BURST = 100
ROUNDS = 3
DEADLINE_S = 20.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


def states(pid: int) -> set[str]:
    return {path.read_text().rsplit(")", 1)[1].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")}


def until(condition, what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_S} s"


def answered_first(server: subprocess.Popen, endless: int, quiet: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 0))
        client.settimeout(DEADLINE_S)
        until(lambda: states(server.pid) == {"S"}, "asleep")
        server.send_signal(signal.SIGSTOP)
        until(lambda: states(server.pid) == {"T"}, "stopped")
        for _ in range(BURST):
            client.sendto(b"endless", ("127.0.0.1", endless))
        client.sendto(b"quiet", ("127.0.0.1", quiet))
        server.send_signal(signal.SIGCONT)
        answers = [client.recv(100) for _ in range(BURST + 1)]
        return answers.index(b"quiet")


def live(name: str) -> list[int]:
    """The kernel picks the ports, and the first line tells them; three lines for each datagram follow and must be read."""
    server = subprocess.Popen([EDGEWISE.parent / name, "--port", "0", "--sockets", "2"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        endless, quiet = (int(port) for port in re.findall(r"port (\d+) and others up to (\d+)", server.stdout.readline())[0])
        threading.Thread(target=server.stdout.read, daemon=True).start()
        return [answered_first(server, endless, quiet) for _ in range(ROUNDS)]
    finally:
        server.kill()
        server.wait()


def simulated(name: str) -> int:
    done = subprocess.run([EDGEWISE, "fingerprint", name, "--scenario", "starvation", "--json", "-"], capture_output=True,
                          text=True, timeout=DEADLINE_S, check=True)
    answered = json.loads(done.stdout)["result"]["fingerprints"][0]["scenarios"]["starvation"]["first-start"]["answered"]
    return BURST if answered == "none" else answered


def main() -> None:
    for name in SERVERS:
        expected, seen = simulated(name), live(name)
        assert seen == [expected] * ROUNDS, f"{name}: {seen} on the real network, {expected} on the simulated one"
        print(name, expected)


if __name__ == "__main__":
    main()
