"""Servers and peers on real sockets, for tests that compare with what the simulated network says of
them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import processes
from result_json import parsed

SKIPPED = 77
FIRST_PORT = 2000
ADDRESS = "127.0.0.1"
SCALE = float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
EXTENDED = Path(__file__).resolve().parents[3] / "bench/peers/extended"
DEADLINE_S = 20.0 * SCALE
OWN_NETWORK = "EDGEWISE_TESTS_OWN_NETWORK"


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def need(*tools: str) -> None:
    for tool in tools:
        if not shutil.which(tool):
            skip(f"{tool} is missing; ci/setup brings it")


def enter_own_network() -> None:
    """Runs this program again in a network namespace of its own, where every port is free; skips
    where there is none."""
    if OWN_NETWORK in os.environ:
        return
    need("unshare", "ip")
    tried = subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True)
    if tried.returncode != 0:
        skip("no network namespace can be made here")
    sys.exit(
        subprocess.run(
            [
                "unshare",
                "-rn",
                "sh",
                "-c",
                'ip link set lo up && exec "$@"',
                "sh",
                sys.executable,
                *sys.argv,
            ],
            env=os.environ | {OWN_NETWORK: "1"},
        ).returncode
    )


# Ends with whoever started it, also when that one is killed.
BUSY = """import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])})
while os.getppid() == int(sys.argv[2]): sum(range(100000))"""


@contextlib.contextmanager
def loaded() -> Iterator[None]:
    """Every processor is busy meanwhile."""
    busy = [
        subprocess.Popen([sys.executable, "-c", BUSY, str(cpu), str(os.getpid())])
        for cpu in os.sched_getaffinity(0)
    ]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_S} s"
        time.sleep(0.0002)  # leaves the processor to whom it waits for


@dataclass
class Target:
    name: str
    known_as: list[str]  # to edgewise
    command: list[str]
    env: dict[str, str]
    capabilities: list[str]
    queue_extra: int | None = None  # replies held beyond --queue; None: it has no such rule
    carrier: str = "preload"

    def words(self, sockets: int) -> list[str]:
        values = {"{address}": ADDRESS, "{port}": str(FIRST_PORT), "{sockets}": str(sockets)}
        return [values.get(word, word) for word in self.command]


# Wrong on purpose.
SCRIPT = str(Path(__file__).with_name("overtaking_echo.py"))
OVERTAKING = Target(
    "overtaking_echo",
    ["--exec", f"{sys.executable} {SCRIPT} {{port}}"],
    [sys.executable, SCRIPT, "{port}"],
    {},
    [],
)


# On io_uring, which no library sees: they are carried by a supervisor.
RINGS = {"echo-uring", "liburing"}


def carrier_of(name: str) -> str:
    return "supervise" if name in RINGS else "preload"


def servers(edgewise: str, rings: bool = False) -> list[Target]:
    """All of ours that can run here and be simulated, which who spins cannot; of those on io_uring
    only if they are asked for."""
    done = subprocess.run(
        [edgewise, "list", "--json", "-"], capture_output=True, text=True, check=True
    )
    found = []
    for server in parsed(done.stdout)["result"]["servers"]:
        if server["group"] == "peers" or server["missing"]:
            continue
        if "spins" in server["capabilities"] or (server["name"] in RINGS and not rings):
            continue
        command = [
            str(Path(edgewise).parent / server["name"]),
            "--quiet",
            "--port",
            "{port}",
            "--sockets",
            "{sockets}",
        ]
        command += ["--reply"] if "reply" in server["capabilities"] else []
        found.append(
            Target(
                server["name"],
                [server["name"]],
                command,
                {},
                server["capabilities"],
                server["queue_extra"],
                carrier_of(server["name"]),
            )
        )
    return found


def peers(edgewise: str, few: bool = True) -> list[Target]:
    """Of everybody else's those that are built; `few`: of those of ci/test extended."""
    extended = [line for line in EXTENDED.read_text().splitlines() if not line.startswith("#")]
    found = []
    for path in sorted(Path(edgewise).resolve().parent.parent.glob("lib/edgewise/peers/*.json")):
        peer = json.loads(path.read_text())
        if "missing" in peer or (few and peer["name"] not in extended):
            continue
        command = [word.replace("{folder}", str(path.parent)) for word in peer["command"]]
        target = Target(peer["name"], [str(path)], command, peer["env"], peer["capabilities"])
        target.carrier = carrier_of(target.name)
        found.append(target)
    return found


def fingerprints(
    edgewise: str, scenario: str, *words: str, carrier: str = "preload"
) -> dict[str, dict[str, Any]]:
    """The runs of one scenario of each target."""
    # Nothing that it says depends on time: its limits are for who hangs, and these tests run beside
    # others.
    command = [
        edgewise,
        "fingerprint",
        *words,
        "--scenario",
        scenario,
        "--carrier",
        carrier,  # carrier_test.py holds each against the other one
        "--json",
        "-",
        "--timeout-scale",
        str(5 * SCALE),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10 * DEADLINE_S)
    assert done.stdout, done.stderr
    return {
        one["target"]: one["scenarios"][scenario]
        for one in parsed(done.stdout)["result"]["fingerprints"]
    }


def fingerprint(
    edgewise: str, scenario: str, *words: str, carrier: str = "preload"
) -> dict[str, Any]:
    """The same of one target."""
    (runs,) = fingerprints(edgewise, scenario, *words, carrier=carrier).values()
    return runs


def chosen(edgewise: str, whose: str, rings: bool = False) -> list[Target]:
    """Of "servers" or "peers", those that can be simulated; skips when there is none."""
    all_of_them = servers(edgewise, rings) if whose == "servers" else peers(edgewise)
    found = []
    for target in all_of_them:
        carrier = target.carrier if rings else "preload"
        burst = fingerprint(edgewise, "burst", *target.known_as, carrier=carrier)["burst-100"]
        if "unsupported" in burst:
            print(f"{target.name}: {burst['unsupported']}")
        else:
            found.append(target)
    if not found:
        skip("no peer is built here; cmake --build --target peers does it")
    return found


# ---- one that runs ----


def bound_ports() -> set[int]:
    """Of both families: a JVM serves IPv4 addresses by sockets of IPv6."""
    return {
        int(line.split()[1].rsplit(":", 1)[1], 16)
        for table in ("udp", "udp6")
        for line in Path("/proc/net", table).read_text().splitlines()[1:]
    }


@dataclass
class Live:
    pid: int

    def look(self) -> list[tuple[str, str]]:
        """State and count of context switches of every thread; nothing when it is gone."""
        found = []
        for _, told in processes.told("status", processes.threads(self.pid)):
            status = dict(line.split(":\t", 1) for line in told.splitlines() if ":\t" in line)
            switches = status["voluntary_ctxt_switches"] + status["nonvoluntary_ctxt_switches"]
            found.append((status["State"][0], switches))
        return found

    def is_asleep(self, condition: Callable[[], bool] = lambda: True) -> bool:
        """Two looks between which nobody ran, and in the middle of which the condition held."""
        first = self.look()
        return (
            bool(first)
            and all(state == "S" for state, _ in first)
            and condition()
            and self.look() == first
        )

    def sleep(self) -> None:
        until(self.is_asleep, "asleep")

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stopped: what is sent in here is all there when it goes on."""
        self.sleep()
        os.kill(self.pid, signal.SIGSTOP)
        until(lambda: {state for state, _ in self.look()} == {"T"}, "stopped")
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


def child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


@contextlib.contextmanager
def running(
    words: list[str],
    sockets: int,
    env: dict[str, str] | None = None,
    below: str = "",
    inherit: Sequence[int] = (),
) -> Iterator[Live]:
    """Started, bound and asleep; killed at the end.  `below` names the program under which it runs,
    its parent; `inherit` are descriptors of ours that it gets."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            words,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=os.environ | (env or {}),
            pass_fds=inherit,
        )
        live = Live(process.pid)
        try:
            until(
                lambda: process.poll() is not None
                or set(range(FIRST_PORT, FIRST_PORT + sockets)) <= bound_ports(),
                "bound",
            )
            if process.poll() is not None:
                said.seek(0)
                raise ChildProcessError(
                    f"{words[0]} ended with {process.returncode}: {said.read().decode()}"
                )
            if below:
                live.pid = child_of(process.pid)
            live.sleep()
            yield live
        finally:
            # Whom a tracer runs ends before it, which then has written all it saw.
            with contextlib.suppress(ProcessLookupError):
                os.kill(live.pid, signal.SIGKILL)
            process.wait(DEADLINE_S)
            until(
                lambda: not set(range(FIRST_PORT, FIRST_PORT + sockets)) & bound_ports(),
                "its ports free again",
            )


@contextlib.contextmanager
def client() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        # Room for five hundred small answers: Linux gives twice its own limit, which is as much as
        # it takes by default.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        made.bind((ADDRESS, 0))
        made.settimeout(DEADLINE_S)
        yield made
