"""What the simulated network says of real servers holds on real sockets: turns_test.py [NAME...]

A stopped server finds a flood's requests at one of its sockets and then one at another.  How many
of the flood are answered before that one is what its row in bench/SERVERS.md says was answered at
the start; ten times.  Who serves by several threads (the rows with a star) is left out: on real
sockets they take no turns.  With plain sockets, and nothing of edgewise.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import processes
from requests_by_hand import ADDRESS, ASK, PORT
from servers_by_hand import PATIENCE_S, end

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import pages  # noqa: E402  # pylint: disable=wrong-import-position

SKIPPED = 77
BURST, ROUNDS = 150, 10
LOOKS = 3  # one may be about to wake another
ROOM = 8 << 20
Place = tuple[str, int]


def known() -> dict[str, dict[str, str]]:
    """The rows of the fingerprints whose server passes nothing on."""
    part = pages.parts(HERE.parent / "SERVERS.md")["# Servers of the distribution"]
    found = [dict(zip(pages.head(part), row)) for row in pages.rows(part)]
    return {row["target"]: row for row in found if not row["target"].endswith("-forward")}


def is_compared(row: dict[str, str]) -> bool:
    return row["start"] != "- / -" and "*" not in row["start"] + row["start, last"]


def answered(cell: str) -> int:
    """Of "38 / 1" the second; of all that there are where there is no bound."""
    count = cell.split(" / ")[1]
    return BURST if count == "none" else int(count)


class Server:
    """As its target file runs it, with two sockets where it has them."""

    def __init__(self, name: str) -> None:
        says = json.loads((HERE / f"{name}.json").read_text())
        port = says.get("port", PORT)
        hosts = says.get("addresses", [])
        many = "{sockets}" in says["command"]
        ports = [(ADDRESS, port), (ADDRESS, port + 1)] if many else [(ADDRESS, port)]
        self.places = [(one, port) for one in hosts] or ports
        self.ask = ASK[name]
        filled = {"folder": HERE, "address": ADDRESS, "port": port, "sockets": 2, "upstream": 0}
        if "setup" in says:
            subprocess.run([word.format(**filled) for word in says["setup"]], check=True)
        self.process = subprocess.Popen(
            [word.format(**filled) for word in says["command"]],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def is_ready(self) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        for place in self.places:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
                asker.connect(place)
                asker.settimeout(0.2)
                while True:
                    if time.monotonic() > deadline or self.process.poll() is not None:
                        return False
                    try:
                        asker.send(self.ask(1))
                        asker.recv(2048)
                        break
                    except (TimeoutError, ConnectionRefusedError):
                        continue
        return True

    def states(self) -> set[str]:
        """Of all threads of its session."""
        return set().union(*map(processes.states, processes.of_session(self.process.pid)))

    def await_state(self, wanted: str, looks: int) -> None:
        deadline, seen = time.monotonic() + PATIENCE_S, 0
        while seen < looks:
            seen = seen + 1 if self.states() == {wanted} else 0
            assert time.monotonic() < deadline, f"not {wanted}: {self.states()}"

    def freeze(self) -> None:
        """Where it waits: on its way there it has asked one of its sockets already."""
        self.await_state("S", LOOKS)
        os.killpg(self.process.pid, signal.SIGSTOP)
        self.await_state("T", 1)

    def turn(self, flooded: int) -> int:
        """How many of a flood are answered before the one at the other socket."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
            asker.settimeout(PATIENCE_S)
            asker.bind((ADDRESS, 0))
            self.freeze()
            for token in range(BURST):
                asker.sendto(self.ask(token), self.places[flooded])
            asker.sendto(self.ask(BURST), self.places[1 - flooded])
            os.killpg(self.process.pid, signal.SIGCONT)
            came = [asker.recvfrom(2048)[1] for _ in range(BURST + 1)]
        return came.index(self.places[1 - flooded])


def compare(name: str, row: dict[str, str]) -> None:
    server = Server(name)
    try:
        assert server.is_ready(), f"{name} did not start"
        for flooded, cell in enumerate((row["start"], row["start, last"])):
            seen = [server.turn(flooded) for _ in range(ROUNDS)]
            assert seen == [answered(cell)] * ROUNDS, f"{name}: {seen}, in the table {cell}"
        print(
            f"{name}: {row['start']}; last {row['start, last']}: {ROUNDS} of {ROUNDS}", flush=True
        )
    finally:
        end(server.process)


def is_here(name: str, row: dict[str, str]) -> bool:
    told = subprocess.run([HERE / "start", name, "--version"], capture_output=True, text=True)
    return told.stdout.strip() == row["version"]


def main() -> None:
    if "EDGEWISE_TURNS_INSIDE" not in os.environ:
        os.environ["EDGEWISE_TURNS_INSIDE"] = "1"
        words = 'ip link set lo up; exec "$0" "$@"'
        os.execvp("unshare", ["unshare", "--net", "sh", "-c", words, sys.executable, *sys.argv])
    wanted = sys.argv[1:]
    table = {name: row for name, row in known().items() if not wanted or name in wanted}
    here = {name: row for name, row in table.items() if is_here(name, row)}
    for name, row in here.items():
        if is_compared(row):
            compare(name, row)
        else:
            print(f"{name}: not compared: start {row['start']}")
    if not here:
        print("skipped: no server of bench/SERVERS.md is here in that version")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
