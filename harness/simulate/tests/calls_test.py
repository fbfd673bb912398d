"""The same traffic gives the same calls on real and on simulated sockets: calls_test.py EDGEWISE
RECORDER servers|peers.

For each of them, in every run of the scenarios "cost" and "order": what every receive and send
returned, and every wait that returned something, in order.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

import live

EDGEWISE, RECORDER, WHOSE = sys.argv[1:4]
TAG = b"x" * 24  # as long as what the scenarios send
INTERLEAVED = [one for i in range(50) for one in ((0, i * 3 % 10), (1, i * 7 % 10))]
# By scenario and run, the socket and the client of each datagram of each round;
# harness/simulate/scenarios/cost.c and order.c.
TRAFFIC = {
    "cost": {
        "lock-step": [[(0, 0)]] * 50,
        "burst-10": [[(0, 0)] * 10] * 5,
        "burst-100": [[(0, 0)] * 100],
    },
    "order": {
        "interleaved": [INTERLEAVED] * 2,
        "one-client": [[(socket, 0) for socket, _ in INTERLEAVED]],
    },
}
SOCKETS = {"cost": 1, "order": 2}
# Who may come first is not theirs to say, so that only the numbers of calls are compared.
UNORDERED = {
    "echo-blocking": "a thread for each socket",
    "libevent-poll": "its poll begins at a random socket",
}
# Nor is how often they wait.
UNSTEADY = {
    "rust-tokio-threads": "two workers, of which now this one polls, now that one",
    "netty": "its loop is woken by the thread that binds, before or after the first wait",
}


def on_real_sockets(
    target: live.Target, scenario: str, rounds: list[list[tuple[int, int]]], record: Path
) -> list[str]:
    env = {"LD_PRELOAD": RECORDER, "RECORD_TO": str(record)} | target.env
    with (
        live.running(target.words(SOCKETS[scenario]), SOCKETS[scenario], env) as server,
        contextlib.ExitStack() as stack,
    ):
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
    """Of all its runs, one after the other; of those made more than once, as it has threads,
    the first."""
    env = {"LD_PRELOAD": f"{RECORDER}:$LD_PRELOAD", "RECORD_TO": f"{record}.$$"} | target.env
    shell = " ".join([*(f"{name}={value}" for name, value in env.items()), "exec", *target.command])
    live.fingerprint(EDGEWISE, scenario, "--exec", f"sh -c '{shell}'")
    records = sorted(
        record.parent.glob(f"{record.name}.*"), key=lambda path: path.stat().st_mtime_ns
    )
    tries, rest = divmod(len(records), len(TRAFFIC[scenario]))
    assert tries > 0 and rest == 0, f"{target.name} {scenario}: {len(records)} records"
    return [line for path in records[::tries] for line in path.read_text().splitlines()]


def first_difference(real: list[str], simulated: list[str]) -> str:
    at = next(
        (i for i, (a, b) in enumerate(zip(real, simulated)) if a != b),
        min(len(real), len(simulated)),
    )
    return f"call {at}: {real[at:at + 3]} on real sockets, {simulated[at:at + 3]} on simulated ones"


def compare(target: live.Target, scenario: str, folder: Path) -> int:
    real = [
        line
        for run, rounds in TRAFFIC[scenario].items()
        for line in on_real_sockets(target, scenario, rounds, folder / f"{scenario}-{run}")
    ]
    simulated = on_simulated_sockets(target, scenario, folder / scenario)
    turns = sum(len(rounds) for rounds in TRAFFIC[scenario].values())
    assert (
        sum(line.startswith("send") for line in real) >= turns
    ), f"{target.name} {scenario}: {len(real)} calls"
    if target.name in UNORDERED:
        real.sort()
        simulated.sort()
    assert real == simulated, f"{target.name} {scenario}: {first_difference(real, simulated)}"
    return len(real)


def main() -> None:
    live.enter_own_network()
    for target in live.chosen(EDGEWISE, WHOSE):
        if target.name in UNSTEADY:
            print(f"{target.name}: not compared: {UNSTEADY[target.name]}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            print(
                target.name,
                {scenario: compare(target, scenario, Path(folder)) for scenario in TRAFFIC},
                flush=True,
            )


if __name__ == "__main__":
    main()
