"""User-space instructions of a server for each echo, counted by valgrind's callgrind.

Counted after N and after 2N datagrams: the difference divided by N is what one echo costs, without
the start and what is done once.  The next datagrams are sent when every thread of the server
sleeps, so that the script is one whatever the load, and the figure the same on every run.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness/tests"))
import processes  # noqa: E402  # pylint: disable=wrong-import-position

# One after the other; and so many at once, which is a batch, to a server that is stopped meanwhile.
ALONE, TOGETHER = 1, 32
DATAGRAMS = {ALONE: 128, TOGETHER: 512}  # N
SIZE = 64
# Instructions for an echo, of so many datagrams at once.
Figures = dict[int, float]
DEADLINE_S = 30.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
# How often all threads are seen asleep before they are taken to be: one may be about to wake
# another.
LOOKS = 3


class Uncounted(Exception):
    """Why there is no figure."""


@dataclass(frozen=True)
class Server:
    """One of ours, as a program of its own, and what it is called with beside its port."""

    name: str
    program: Path
    options: tuple[str, ...]
    unfit: str | None  # why it cannot be counted


def servers_of(edgewise: str) -> list[Server]:
    """What edgewise lists, and its programs beside it."""
    words = [edgewise, "list", "--json", "-"]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    found = []
    for one in json.loads(said.stdout)["result"]["servers"]:
        if one["group"] == "peers":
            continue
        can = one["capabilities"]
        unfit = one["missing"]
        if "spins" in can:
            unfit = "it spins, so that how much it does is up to the time between two datagrams"
        options = ("--reply",) if "reply" in can else ()
        found.append(Server(one["name"], Path(edgewise).parent / one["name"], options, unfit))
    return found


def until(done: Callable[[], bool], what: str, child: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not done():
        if child.poll() is not None:
            raise Uncounted(f"ended with {child.returncode} before it {what}")
        if time.monotonic() > deadline:
            raise Uncounted(f"had not {what} within {DEADLINE_S:.0f} s")


def sleeps(pid: int) -> bool:
    return all(processes.states(pid) == {"S"} for _ in range(LOOKS))


def echoed(
    client: socket.socket, child: subprocess.Popen[str], datagrams: int, at_once: int
) -> None:
    """So many datagrams, and each comes back as it was."""
    for first in range(0, datagrams, at_once):
        until(lambda: sleeps(child.pid), "gone to sleep", child)
        sent = [b"%064d" % number for number in range(first, first + at_once)]
        if at_once > 1:
            child.send_signal(signal.SIGSTOP)
            until(lambda: processes.states(child.pid) == {"T"}, "stopped", child)
        for one in sent:
            client.send(one)
        child.send_signal(signal.SIGCONT)
        try:
            back = [client.recv(2 * SIZE) for _ in sent]
        except TimeoutError as error:
            raise Uncounted(f"did not answer within {DEADLINE_S:.0f} s") from error
        if back != sent:
            raise Uncounted("did not send back what it was sent")
    until(lambda: sleeps(child.pid), "gone to sleep", child)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def counted_since(folder: str, child: subprocess.Popen[str], number: int) -> int:
    """Instructions since the last time; vgdb tells callgrind to write them down and begin anew."""
    words = ["vgdb", f"--vgdb-prefix={folder}/vgdb", f"--pid={child.pid}", "dump"]
    try:
        said = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S)
    except subprocess.TimeoutExpired as error:
        raise Uncounted(f"valgrind had no answer for vgdb within {DEADLINE_S:.0f} s") from error
    try:
        found = re.search(r"^totals: (\d+)", Path(f"{folder}/out.{number}").read_text(), re.M)
    except FileNotFoundError:
        found = None
    if not found:
        raise Uncounted(f"vgdb had no figures: {said.stderr.strip()}")
    return int(found[1])


def told(errors: Path, why: Uncounted) -> Uncounted:
    """What the program said goes before what was seen from outside."""
    lines = [line for line in errors.read_text().splitlines() if line and line[0] != "="]
    return Uncounted(lines[0]) if lines else why


def counted_with(client: socket.socket, folder: str, child: subprocess.Popen[str]) -> Figures:
    figures, dumps = {}, 0
    for at_once, datagrams in DATAGRAMS.items():
        for _ in ("N", "2N"):
            echoed(client, child, datagrams, at_once)
            dumps += 1
            figures[at_once] = counted_since(folder, child, dumps) / datagrams
    return figures


def instructions(server: Server) -> Figures:
    if server.unfit:
        raise Uncounted(server.unfit)
    port = free_port()

    def bound() -> bool:
        return f":{port:04X} " in Path("/proc/net/udp").read_text()

    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "errors"
        words = [
            *("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"),
            *(f"--vgdb-prefix={folder}/vgdb", f"--log-file={folder}/log"),
            *(str(server.program), *server.options),
            *("--port", str(port), "--sockets", "1", "--quiet"),
        ]
        with open(errors, "w") as said, subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=said, text=True
        ) as child:
            try:
                until(bound, "listened", child)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                    client.settimeout(DEADLINE_S)
                    client.connect(("127.0.0.1", port))
                    return counted_with(client, folder, child)
            except Uncounted as why:
                raise told(errors, why) from why
            finally:
                child.kill()
