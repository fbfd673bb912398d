"""The same traffic gives the same calls on real and on simulated sockets: same_calls_test.py EDGEWISE RECORDER.

For every server of ours, in each run of the scenarios "cost" and "order": what every receive and send returned, and every wait
that returned something, in order.
"""

from __future__ import annotations

import collections
import contextlib
import sys
import tempfile
from pathlib import Path

import live

EDGEWISE, RECORDER = sys.argv[1:3]
TAG = b"x" * 24  # as long as what the scenarios send
INTERLEAVED = [one for i in range(50) for one in ((0, i * 3 % 10), (1, i * 7 % 10))]
# By scenario and run, the socket and the client of each datagram of each round; harness/simulate/cost.c and order.c.
TRAFFIC = {
    "cost": {"lock-step": [[(0, 0)]] * 50, "burst-10": [[(0, 0)] * 10] * 5, "burst-100": [[(0, 0)] * 100]},
    "order": {"interleaved": [INTERLEAVED] * 2, "one-client": [[(socket, 0) for socket, _ in INTERLEAVED]]},
}
SOCKETS = {"cost": 1, "order": 2}
# A thread for each socket: which is first is the scheduler's doing, so that only the numbers of calls are compared.
SIDE_BY_SIDE = {"echo-blocking"}


def on_real_sockets(target: live.Target, scenario: str, rounds: list[list[tuple[int, int]]], record: Path) -> list[str]:
    env = {"LD_PRELOAD": RECORDER, "RECORD_TO": str(record)}
    with live.running(target.words(SOCKETS[scenario]), SOCKETS[scenario], env) as server, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(live.client()) for _ in range(10)]
        for traffic in rounds:
            with server.frozen():
                for socket, client in traffic:
                    clients[client].sendto(TAG, (live.ADDRESS, live.FIRST_PORT + socket))
            for _, client in traffic:
                clients[client].recv(100)
            server.sleep()
    return record.read_text().splitlines()


def on_simulated_sockets(target: live.Target, scenario: str, record: Path) -> list[str]:
    """Of all its runs, one after the other."""
    shell = f"LD_PRELOAD={RECORDER}:$LD_PRELOAD RECORD_TO={record} exec {' '.join(target.command)}"
    live.fingerprint(EDGEWISE, scenario, "--exec", f"sh -c '{shell}'")
    return record.read_text().splitlines()


def first_difference(real: list[str], simulated: list[str]) -> str:
    at = next((i for i, (a, b) in enumerate(zip(real, simulated)) if a != b), min(len(real), len(simulated)))
    return f"call {at}: {real[at:at + 3]} on real sockets, {simulated[at:at + 3]} on simulated ones"


def compare(target: live.Target, scenario: str, folder: Path) -> int:
    real = [line for run, rounds in TRAFFIC[scenario].items()
            for line in on_real_sockets(target, scenario, rounds, folder / f"{scenario}-{run}")]
    simulated = on_simulated_sockets(target, scenario, folder / scenario)
    sends = sum(len(traffic) for rounds in TRAFFIC[scenario].values() for traffic in rounds)
    assert sum(line.startswith("send") for line in real) == sends, f"{target.name} {scenario}: {len(real)} calls"
    if target.name in SIDE_BY_SIDE:
        assert collections.Counter(real) == collections.Counter(simulated), f"{target.name} {scenario}"
    assert real == simulated or target.name in SIDE_BY_SIDE, f"{target.name} {scenario}: {first_difference(real, simulated)}"
    return len(real)


def main() -> None:
    live.enter_own_network()
    for target in live.servers(EDGEWISE):
        with tempfile.TemporaryDirectory() as folder:
            print(target.name, {scenario: compare(target, scenario, Path(folder)) for scenario in TRAFFIC}, flush=True)


if __name__ == "__main__":
    main()
