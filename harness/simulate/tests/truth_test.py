"""The verdicts of the simulated network hold on the real one, for every server and peer:
truth_test.py EDGEWISE servers|peers.

Starvation: a stopped server finds a hundred datagrams on one socket and then one on another; how
many of the hundred are answered before that one is what the fingerprint calls "answered", at the
start.  Back-pressure: replies meet a queueing discipline that lets next to nothing through until
the server has come to rest, then all; whether answers are dropped, and whether they come in order,
is what the scenario "blocked" says.
"""

from __future__ import annotations

import os
import socket
import sys

import live
import pressure

EDGEWISE, WHOSE = sys.argv[1:3]
BURST = 100
ROUNDS = 3
# More than a socket's send buffer holds, in parts that its receive buffer does.
QUEUED, PART = 500, 100
FLOODED = {"first-start": 0, "last-start": 1}
# Peer, then why its turn is not compared.
RANDOM = {"libevent-poll": "its poll begins at a random socket, by the clock"}
# A multishot receive lets others go first after 33 datagrams, counted since it was begun and not
# since it last slept (nr_multishot_loops of Linux's io_uring/net.c): a round after another one
# finds it somewhere on its way.
REMEMBERS = {"echo-uring"}


def answered_first(server: live.Live, endless: int) -> int:
    with live.client() as client:
        with server.frozen():
            for _ in range(BURST):
                client.sendto(b"endless", (live.ADDRESS, live.FIRST_PORT + endless))
            client.sendto(b"quiet", (live.ADDRESS, live.FIRST_PORT + 1 - endless))
        return [client.recv(100) for _ in range(BURST + 1)].index(b"quiet")


def rounds(target: live.Target, endless: int) -> list[int]:
    """On one server, or on a fresh one each."""
    alone = ROUNDS if target.name in REMEMBERS else 1
    found: list[int] = []
    for _ in range(alone):
        with live.running(target.words(2), 2, target.env) as server:
            found += [answered_first(server, endless) for _ in range(ROUNDS // alone)]
    return found


def check_starvation(target: live.Target) -> str:
    said = live.fingerprint(EDGEWISE, "starvation", *target.known_as, carrier=target.carrier)
    if any("parallel" in said[run] or "in_turns" in said[run] for run in FLOODED):
        return "starvation not compared: on the real network threads do not take turns"
    expected = {run: said[run]["answered"] for run in FLOODED}
    if target.name in RANDOM:
        return f"starvation not compared: {RANDOM[target.name]}"
    for run, endless in FLOODED.items():
        bound = BURST if expected[run] == "none" else expected[run]
        seen = rounds(target, endless)
        assert (
            seen == [bound] * ROUNDS
        ), f"{target.name} {run}: {seen} on the real network, {bound} on the simulated one"
    return f"starvation {expected}"


# ---- back-pressure ----


def send_all(server: live.Live, client: socket.socket) -> None:
    for start in range(0, QUEUED, PART):
        with server.frozen():
            for sequence in range(start, start + PART):
                client.sendto(sequence.to_bytes(4, "big"), (live.ADDRESS, live.FIRST_PORT))
        server.sleep()


def answers(server: live.Live, client: socket.socket) -> list[int]:
    """All there are: until it rests and nothing is on its way."""
    found: list[int] = []
    client.setblocking(False)

    def is_over() -> bool:
        resting = server.is_asleep(lambda: pressure.queue_of_replies()[0] == 0)
        while True:
            try:
                found.append(int.from_bytes(client.recv(100), "big"))
            except BlockingIOError:
                return resting

    live.until(is_over, "all answers")
    return found


def check_pressure(target: live.Target, disorder: bool = False) -> str:
    said = live.fingerprint(EDGEWISE, "blocked", *target.known_as, carrier=target.carrier)
    said = said["after-5"]
    expected = {"dropped": said["dropped"] > 0, "disorder": said["disorder"] > 0}
    assert expected["disorder"] == disorder, f"{target.name}: {said}"
    with (
        live.running(target.words(1), 1, target.env) as server,
        live.client() as client,
        pressure.pressure() as release,
    ):
        send_all(server, client)
        _, accepted = pressure.queue_of_replies()
        release()
        found = answers(server, client)
    assert len(set(found)) == len(found), f"{target.name}: answered twice"
    seen = {"dropped": len(found) < QUEUED, "disorder": found != sorted(found)}
    assert (
        seen == expected
    ), f"{target.name}: {seen} on the real network, {expected} on the simulated one"
    held = len(found) - accepted
    # Who drops has read all; what was answered beyond what the kernel took was held.
    assert (
        not seen["dropped"] or held == said["held"]
    ), f"{target.name}: held {held}, {said['held']} on the simulated network"
    return f"{accepted} of {QUEUED} sent under pressure, {held} after it, {seen}"


def main() -> None:
    live.need("tc")
    live.enter_own_network()
    # loopback has a queue for each processor: on two of them it reorders by itself what the
    # discipline lets through.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if WHOSE == "servers":
        print(f"{live.OVERTAKING.name}: {check_pressure(live.OVERTAKING, disorder=True)}")
    for target in live.chosen(EDGEWISE, WHOSE, rings=True):
        print(f"{target.name}: {check_starvation(target)}; {check_pressure(target)}", flush=True)


if __name__ == "__main__":
    main()
