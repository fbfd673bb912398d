"""What starves beside an endless socket does so on real sockets, too: beside_truth_test.py EDGEWISE
HAPPENER.

A stopped peer finds a flood on one socket; a preloaded library lets a timer be due, a signal come,
a pipe or connection be readable at the receives at which the scenario did, and counts until the
answer.  Time is real, and so are all descriptors.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import live
from result_json import parsed

EDGEWISE, HAPPENER = sys.argv[1:3]
KINDS = ("timer", "signal", "pipe", "accept", "stream")
# Moments of the flood in each column, at most.
MOMENTS = 2
# More than a moment and what is waited for after it, and less than a socket's buffer takes.
FLOOD = 240
# Peer and column, then why this one is not compared.
HANDED_ON = {
    ("glib", "signal"): "a thread of GLib's takes it, and on real sockets nobody waits for that one"
}
# Peer, then why it is not compared.
NOT_COMPARED = {
    "bun": "it takes eight with one call, and none of them by a receive of its own",
    "go": "its system calls are its own, so that no library makes anything happen within one",
    "go-addrport": "as go",
    "gevent": "after 50 greenlets it looks whether 5 ms are over (sys.getswitchinterval)",
    "libuv-recvmmsg": "it takes twenty with one call, and none of them by a receive of its own",
    "libevent-poll": "its poll begins at a random socket, by the clock",
    "trio": "tasks that are ready together run in a random order",
}
# Above all sockets' numbers, as on the simulated network: loops on select(2) go by them.
FIRST_FD = 910
# Far longer than it takes from a datagram to the flood after it.
TIMER_MS = 2000


@dataclass
class Moment:
    at: int  # the receive of the flood within which it happened
    received: int
    answered: int


def simulated(target: live.Target, kind: str) -> list[Moment]:
    """Of the log of a run, without what happened as the flood began, and what is not told whole.
    Without a bound, that all of the flood goes before."""
    words = ["trace", *target.known_as, "--scenario", f"beside.{kind}-worst", "--json", "-"]
    done = subprocess.run([EDGEWISE, *words], capture_output=True, text=True, check=True)
    result = parsed(done.stdout)["result"]
    if result["figures"]["received"] == "none":
        return [Moment(1, FLOOD - 1, FLOOD)]
    found: list[Moment] = []
    moment: Moment | None = None
    at = 0
    for event in result["events"]:
        what, flooded = event["kind"], event.get("socket") == 0
        if what == "sent" and not flooded and moment:
            found += [moment] if moment.at > 0 else []
            at, moment = 0, None
        elif what == "quiet" and not moment:
            at = 0
        elif what == "received" and flooded:
            at += 1
            if moment:
                moment.received += 1
        elif what == "sent" and flooded and moment:
            moment.answered += 1
        elif what == "happens":
            moment = Moment(at, 0, 0)
    return found[:MOMENTS]


@contextlib.contextmanager
def told(kind: str) -> Iterator[tuple[dict[str, str], list[int]]]:
    """What a target is told, and the descriptors that it inherits."""
    with contextlib.ExitStack() as stack:
        number, by, inherited = TIMER_MS, 0, []
        if kind == "signal":
            number = signal.SIGUSR2
        elif kind == "pipe":
            number, by = os.pipe()
            inherited = [number, by]
            for fd in inherited:
                stack.callback(os.close, fd)
        elif kind != "timer":
            listener = stack.enter_context(socket.create_server((live.ADDRESS, 0)))
            number, by = listener.fileno(), listener.getsockname()[1]
            inherited = [number]
            if kind == "stream":
                client = stack.enter_context(socket.create_connection((live.ADDRESS, by)))
                accepted, _ = listener.accept()
                stack.enter_context(accepted)
                number, by = accepted.fileno(), client.fileno()
                inherited = [number, by]
        for i, fd in enumerate(inherited):
            inherited[i] = fcntl.fcntl(fd, fcntl.F_DUPFD, FIRST_FD)
            stack.callback(os.close, inherited[i])
            os.set_blocking(fd, False)
        if inherited:
            number = inherited[0]
        if len(inherited) > 1:
            by = inherited[1]
        yield {"EDGEWISE_BESIDE": f"{kind}:{int(number)}", "HAPPEN_BY": str(by)}, inherited


def real(target: live.Target, kind: str, at: int, tally: Path) -> Moment:
    with told(kind) as (variables, inherited):
        env = target.env | variables
        env |= {"LD_PRELOAD": HAPPENER, "HAPPEN_AT": str(at), "TALLY": str(tally)}
        with (
            live.running(target.words(2), 2, env, inherit=inherited) as server,
            live.client() as client,
        ):
            client.sendto(b"aside", (live.ADDRESS, live.FIRST_PORT + 1))
            with server.frozen():
                for _ in range(FLOOD):
                    client.sendto(b"endless", (live.ADDRESS, live.FIRST_PORT))
            answers = [client.recv(100) for _ in range(FLOOD + 1)]
            server.sleep()  # the tally is written after the answer
    assert answers.count(b"aside") == 1, f"{target.name} {kind}: {answers.count(b'aside')} answers"
    received, answered, happened = map(int, tally.read_text().split())
    assert happened, f"{target.name} {kind}: answered before it happened"
    return Moment(at, received, answered)


def check(target: live.Target, kind: str, tally: Path) -> str:
    if reason := HANDED_ON.get((target.name, kind)):
        return f"not compared: {reason}"
    expected = simulated(target, kind)
    assert expected, f"{target.name} {kind}: no moment is told whole"
    seen = [real(target, kind, one.at, tally) for one in expected]
    assert seen == expected, f"{target.name} {kind}: {seen} on real sockets, not {expected}"
    return " ".join(f"{one.received}/{one.answered}" for one in seen)


def main() -> None:
    live.enter_own_network()
    targets = [one for one in live.peers(EDGEWISE, few=False) if set(KINDS) & set(one.capabilities)]
    if not targets:
        live.skip("no peer is built here; cmake --build --target peers does it")
    with tempfile.TemporaryDirectory() as folder:
        for target in targets:
            if target.name in NOT_COMPARED:
                print(f"{target.name}: not compared: {NOT_COMPARED[target.name]}")
                continue
            kinds = [kind for kind in KINDS if kind in target.capabilities]
            print(
                target.name,
                {kind: check(target, kind, Path(folder, "tally")) for kind in kinds},
                flush=True,
            )


if __name__ == "__main__":
    main()
