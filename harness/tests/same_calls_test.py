"""The same traffic gives the same calls on real and on simulated sockets: same_calls_test.py EDGEWISE RECORDER.

For every server of ours, in each run of the scenario "cost": what every receive and send returned, and every wait that returned
something, in order.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import live

EDGEWISE, RECORDER = sys.argv[1:3]
TAG = b"x" * 24  # as long as what the scenario sends
# Rounds and datagrams of each; harness/simulate/cost.c.
RUNS = {"lock-step": (50, 1), "burst-10": (5, 10), "burst-100": (1, 100)}


def on_real_sockets(target: live.Target, rounds: int, burst: int, record: Path) -> list[str]:
    env = {"LD_PRELOAD": RECORDER, "RECORD_TO": str(record)}
    with live.running(target.words(1), 1, env) as server, live.client() as client:
        for _ in range(rounds):
            with server.frozen():
                for _ in range(burst):
                    client.sendto(TAG, (live.ADDRESS, live.FIRST_PORT))
            for _ in range(burst):
                client.recv(100)
            server.sleep()
    return record.read_text().splitlines()


def on_simulated_sockets(target: live.Target, record: Path) -> list[str]:
    """Of all three runs, one after the other."""
    shell = f"LD_PRELOAD={RECORDER}:$LD_PRELOAD RECORD_TO={record} exec {' '.join(target.command)}"
    found = live.fingerprint(EDGEWISE, "cost", "--exec", f"sh -c '{shell}'")
    assert {name: run["echoes"] for name, run in found.items()} == {name: a * b for name, (a, b) in RUNS.items()}, found
    return record.read_text().splitlines()


def first_difference(real: list[str], simulated: list[str]) -> str:
    at = next((i for i, (a, b) in enumerate(zip(real, simulated)) if a != b), min(len(real), len(simulated)))
    return f"call {at}: {real[at:at + 3]} on real sockets, {simulated[at:at + 3]} on simulated ones"


def main() -> None:
    live.enter_own_network()
    for target in live.servers(EDGEWISE):
        with tempfile.TemporaryDirectory() as folder:
            real = [line for name, (rounds, burst) in RUNS.items()
                    for line in on_real_sockets(target, rounds, burst, Path(folder, name))]
            simulated = on_simulated_sockets(target, Path(folder, "simulated"))
        assert real == simulated, f"{target.name}: {first_difference(real, simulated)}"
        print(f"{target.name}: {len(real)} calls")


if __name__ == "__main__":
    main()
