"""Scapy's packets through a real server, judged by the ledger: test_live.py BIN.

Runs itself in a network namespace of its own, where the default ports 2000 to 2009 are free and raw
sockets are allowed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any

from result_json import parsed

HERE = Path(__file__).parent
FLOOD = HERE.parent / "flood.py"
BIN = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
SKIPPED = 77
INSIDE = "EDGEWISE_TEST_NAMESPACE"
DEADLINE_S = 20.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))

sys.path.insert(0, str(HERE.parent))


class Live(unittest.TestCase):
    folder: tempfile.TemporaryDirectory[str]
    server: subprocess.Popen[str]
    sent: Path
    received: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.sent = Path(cls.folder.name) / "sent"
        cls.received = Path(cls.folder.name) / "received"
        cls.server = subprocess.Popen(
            [BIN / "echo-poll", "--sockets", "10"], stdout=subprocess.PIPE, text=True
        )
        assert cls.server.stdout
        assert "port 2000 to 2009" in cls.server.stdout.readline()
        threading.Thread(
            target=cls.server.stdout.read, daemon=True
        ).start()  # three lines for each datagram: read them

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.kill()
        cls.server.communicate()
        cls.folder.cleanup()

    def edgewise(self, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [BIN / "edgewise", "flood", "--json", "-", *arguments],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        return done.returncode, parsed(done.stdout)["result"]

    def generate(self, *arguments: str | Path) -> None:
        subprocess.run(
            [sys.executable, FLOOD, "--seed", "4", "--count", "1000", *arguments],
            check=True,
            timeout=DEADLINE_S,
        )

    def test_what_scapy_sends_live_comes_back_whole_and_in_order(self) -> None:
        self.generate("--corpus", self.sent, "--live", self.received)
        status, result = self.edgewise("--judge", self.sent, self.received)
        self.assertEqual(
            (status, result["counts"]["sent"], result["counts"]["echoed"]), (0, 1000, 1000)
        )
        self.assertEqual((result["counts"]["reordered"], result["counts"]["corrupt"]), (0, 0))

    def test_the_same_corpus_replayed_from_c_comes_back_too(self) -> None:
        self.generate("--corpus", self.sent)
        status, result = self.edgewise("--replay", self.sent, "127.0.0.1:2000-2009")
        self.assertEqual((status, result["counts"]["echoed"]), (0, 1000))

    def test_a_server_lives_through_hostile_packets(self) -> None:
        subprocess.run(
            [sys.executable, HERE.parent / "hostile.py", "--live", "--random", "200"],
            check=True,
            timeout=DEADLINE_S,
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(DEADLINE_S)
            client.sendto(b"still there?", ("127.0.0.1", 2000))
            self.assertEqual(client.recvfrom(100), (b"still there?", ("127.0.0.1", 2000)))

    def test_the_judge_sees_loss_disorder_and_damage(self) -> None:
        from corpus import Plan, Record, write_corpus

        plan = Plan(9, flows=2, ports=2, count=20)
        records = plan.records()
        write_corpus(self.sent, plan, records)
        same_flow = [i for i, r in enumerate(records) if r.flow == records[0].flow]
        swapped = list(records)
        swapped[same_flow[0]], swapped[same_flow[1]] = swapped[same_flow[1]], swapped[same_flow[0]]
        damaged = [
            Record(r.flow, r.port, r.datagram[:-1] + bytes([r.datagram[-1] ^ 1])) if i == 3 else r
            for i, r in enumerate(records)
        ]
        for received, count, expected in (
            (records[1:], "lost", 0),
            (swapped, "reordered", 0),
            (damaged, "corrupt", 1),
        ):
            write_corpus(self.received, plan, received)
            status, result = self.edgewise("--judge", self.sent, self.received)
            self.assertEqual((status, result["counts"][count]), (expected, 1), count)


def main() -> int:
    if os.environ.get(INSIDE):
        program = unittest.main(argv=sys.argv[:1], exit=False)
        return 0 if program.result.wasSuccessful() else 1
    command = [
        "unshare",
        "-rn",
        "sh",
        "-c",
        'ip link set lo up && exec "$@"',
        "sh",
        sys.executable,
        __file__,
        str(BIN),
    ]
    try:
        possible = subprocess.run(["unshare", "-rn", "true"], capture_output=True, text=True)
    except FileNotFoundError:
        print("skipped: there is no unshare here")
        return SKIPPED
    if possible.returncode != 0:
        print(f"skipped: no network namespace can be made here: {possible.stderr.strip()}")
        return SKIPPED
    return subprocess.run(command, env={**os.environ, INSIDE: "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
