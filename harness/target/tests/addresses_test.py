"""A server of one port at several addresses, each of which is a socket.

addresses_test.py EDGEWISE ODD_TARGET: the same server is tried at two ports and at two addresses;
verdicts, books and figures are the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from result_json import parsed

EDGEWISE, ODD_TARGET = sys.argv[1:3]
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
COUNT = 2000
ADDRESSES = ["127.0.0.1", "127.0.0.2"]


class Addresses(unittest.TestCase):
    folder: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def target(self, listens: list[str], **says: object) -> str:
        path = Path(self.folder.name) / "server.json"
        path.write_text(json.dumps({"command": [ODD_TARGET, "places", *listens], **says}))
        return str(path)

    def run_on(self, command: str, target: str, *words: str) -> tuple[int, Any, str]:
        result = Path(self.folder.name) / "result.json"
        result.unlink(missing_ok=True)
        done = subprocess.run(
            [EDGEWISE, command, target, *words, "--json", str(result)],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        found = parsed(result.read_text()) if result.exists() else {}
        return done.returncode, found.get("result"), done.stderr

    def at_addresses(self) -> str:
        return self.target([f"{host}:{{port}}" for host in ADDRESSES], addresses=ADDRESSES)

    def test_each_address_answers_from_where_it_was_asked(self) -> None:
        cases = ("addresses-all", "integrity-address", "order-freeze")
        words = [word for case in cases for word in ("--case", case)]
        status, result, said = self.run_on("check", self.at_addresses(), *words, "--seed", "1")
        self.assertEqual(status, 0, said)
        found = {one["case"]: one["verdict"] for one in result["targets"][0]["cases"]}
        self.assertEqual(found, dict.fromkeys(cases, "PASS"))

    def test_the_books_of_a_flood_at_both_balance(self) -> None:
        status, result, said = self.run_on(
            "flood", self.at_addresses(), "--sockets", "2", "--count", str(COUNT), "--window", "8"
        )
        self.assertEqual(status, 0, said)
        counts, books = result["counts"], result["books"]
        self.assertEqual((counts["sent"], counts["echoed"]), (COUNT, COUNT))
        self.assertEqual(books["dropped_by_server_socket"], 0)

    def test_the_figures_are_those_of_as_many_ports(self) -> None:
        ports = self.target(["127.0.0.1:2000", "127.0.0.1:2001"], port=2000, ports=2)
        expected = self.figures(ports, "preload")
        self.assertEqual(expected["starvation"]["first-start"], {"received": 1, "answered": 1})
        for carrier in ("preload", "supervise"):
            with self.subTest(carrier=carrier):
                self.assertEqual(self.figures(self.at_addresses(), carrier), expected)

    def test_what_is_set_up_is_there_in_a_network_of_its_own(self) -> None:
        address = "192.0.2.7"
        target = self.target(
            [f"{address}:{{port}}"],
            addresses=[address],
            private=True,
            setup=["ip", "address", "replace", f"{address}/32", "dev", "lo"],
        )
        found = [self.figures(target, carrier, "burst") for carrier in ("preload", "supervise")]
        self.assertEqual(found[0], {"burst": {"burst-100": {"longest_run": 1}}})
        self.assertEqual(found[0], found[1])

    def figures(self, target: str, carrier: str, scenario: str = "starvation") -> Any:
        words = ("--scenario", scenario, "--carrier", carrier)
        status, result, said = self.run_on("fingerprint", target, *words)
        self.assertEqual(status, 0, said)
        return result["fingerprints"][0]["scenarios"]

    def test_an_address_that_is_not_served_is_told(self) -> None:
        target = self.target([f"{ADDRESSES[0]}:{{port}}"], addresses=ADDRESSES, ready="port")
        status, _, said = self.run_on("flood", target, "--sockets", "2", "--count", "10")
        self.assertEqual(status, 4, said)
        self.assertIn("no process of it has bound the port", said)
        status, _, said = self.run_on("flood", target, "--sockets", "3", "--count", "10")
        self.assertEqual(status, 2, said)
        self.assertIn("serves 2 ports, not 3", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
