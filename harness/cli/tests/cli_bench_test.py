"""What edgewise bench counts; its times are nobody's promise: cli_bench_test.py EDGEWISE."""

from __future__ import annotations

import json
import subprocess
import sys
import unittest
from typing import Any

from command import DEADLINE_S, EDGEWISE, Case, result_of, run

BATCHES = 5  # of each part of the floor in a round (floor_parts.c)
QUICK = ("--rounds", "2", "--sample-ms", "20")


def bench(*words: str) -> dict[str, Any]:
    status, found = result_of("bench", *QUICK, *words)
    assert status in (0, 3) and found["result"], found
    return dict(found["result"])


class Until(Case):
    """Rounds go on until every interval is narrow, or ten times as many are done."""

    def check(self, percent: int) -> None:
        words = ("bench", "--rounds", "1", "--sample-ms", "20", "--until", str(percent))
        result = run(*words, "--json", "-", "echo-poll", "echo-select")
        found = json.loads(result.stdout)["result"]
        (one,) = found["comparisons"]
        for row in found["ranking"]:
            rounds = len(row["samples"])
            with self.subTest(percent=percent, rounds=rounds):
                self.assertEqual(found["config"]["rounds"], 10)
                self.assertEqual(found["config"]["until"], percent)
                self.assertIn(rounds, range(1, 11))
                if f"wider than {percent} % after {rounds} rounds" in result.stderr:
                    self.assertEqual(rounds, 10)
                else:
                    self.assertLessEqual(one["high"] - one["low"], percent / 100)

    def test_they_go_on_until_each_interval_is_narrow_or_it_is_said(self) -> None:
        self.check(1)
        self.check(100)


# Answers at the first of its ports, and has bound so many, whatever it is told to serve.
FIRST_ALONE = """
import socket, sys
bound = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(int(sys.argv[2]))]
for i, one in enumerate(bound):
    one.bind(("127.0.0.1", int(sys.argv[1]) + i))
while True:
    bound[0].sendto(*bound[0].recvfrom(65536))
"""


class Floor(Case):
    def test_each_part_was_measured_in_each_round_or_says_why_it_is_missing(self) -> None:
        found = bench("echo-poll")
        parts = found["floor"]["parts"]
        for name, part in parts.items():
            with self.subTest(part=name):
                if part["ns"] is None:
                    self.assertGreater(len(part["missing"]), 10)
                    print(f"{name} is missing: {part['missing']}")
                    continue
                self.assertIsNone(part["missing"])
                self.assertLessEqual(part["least"], part["ns"])
                self.assertLessEqual(part["ns"], part["most"])
                self.assertGreater(part["calls"], 0)
        for name in ("call", "copies"):
            self.assertEqual(parts[name]["calls"] % (2 * BATCHES), 0)

    def test_each_row_is_a_multiple_of_it(self) -> None:
        found = bench("echo-poll", "--window", "4", "--flows", "2")
        floor = found["floor"]
        self.assertEqual(floor["batch"], 8)
        parts = {name: part["ns"] or 0 for name, part in floor["parts"].items()}
        self.assertAlmostEqual(
            floor["ns"], (2 * parts["call"] + parts["line"]) / 8 + parts["copies"], places=3
        )
        for row in found["ranking"]:
            if row["valid"]:
                self.assertAlmostEqual(
                    row["times_floor"] * floor["ns"], row["cpu_ns_per_echo"], places=2
                )
                self.assertAlmostEqual(
                    row["times_path"] * parts["path"], row["cpu_ns_per_echo"], places=2
                )

    def test_a_line_needs_two_processors(self) -> None:
        line = bench("echo-poll", "--no-pin")["floor"]["parts"]["line"]
        self.assertIsNone(line["ns"])
        self.assertIn("not pinned to two", line["missing"])

    def test_the_report_names_what_it_is_made_of_and_explain_knows_it(self) -> None:
        told = run("bench", "echo-poll", *QUICK).stdout
        for part in ("call", "line", "copies", "path", "reflector"):
            self.assertRegex(told, rf"floor: {part} +(\d+\.\d ns|missing: )")
            self.assertIn(f"{part} (floor): ", run("explain", part).stdout)
        self.assertIn("times the floor, times the path", told)


class Traffic(Case):
    def test_each_named_one_is_listed_explained_and_runs(self) -> None:
        listed = result_of("list")[1]["result"]["traffic"]
        self.assertLessEqual(
            {"lockstep", "window64", "mixed", "gso", "flows1000"}, {one["id"] for one in listed}
        )
        for one in listed:
            self.assertIn(one["id"], run("explain", one["id"]).stdout)
        for name in ("lockstep", "window64", "mixed", "flows1000"):
            with self.subTest(traffic=name):
                found = bench("echo-poll", "--traffic", name)
                self.assertEqual(found["config"]["traffic"], name)
        done = run("bench", "echo-poll", "--traffic", "nonesuch")
        self.assert_says(done, 2, "no traffic is called 'nonesuch'")

    def test_what_else_is_asked_for_goes_before_the_name(self) -> None:
        config = bench("echo-poll", "--traffic", "mixed", "--window", "3")["config"]
        self.assertEqual((config["window"], config["sizes"]), (3, "64,512,1400"))
        config = bench("echo-poll", "--size", "100-200")["config"]
        self.assertEqual((config["size"], config["sizes"]), (None, "100-200"))

    def test_all_ports_or_the_active_ones_get_traffic(self) -> None:
        config = bench("echo-poll", "--sockets", "6")["config"]
        self.assertEqual((config["active"], config["flows"]), (6, 6))
        found = bench("echo-poll", "--sockets", "6", "--active", "2", "--window", "4")
        self.assertEqual((found["config"]["active"], found["config"]["flows"]), (2, 2))
        for row in found["ranking"]:
            for sample in row["samples"]:
                self.assertEqual(sample["under_way"], 8)

    def test_who_gets_no_traffic_is_to_be_there_and_is_not_asked(self) -> None:
        def first_alone(bound: int, *words: str) -> subprocess.CompletedProcess[str]:
            command = f"'{sys.executable}' -c '{FIRST_ALONE}' {{port}} {bound} {{sockets}}"
            return run("bench", *QUICK, "--sockets", "3", *words, "--exec", command)

        done = first_alone(3, "--active", "1")
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assert_says(first_alone(3), 4, "1 of its 3 ports have answered")
        done = first_alone(1, "--active", "1")
        self.assert_says(done, 4, "it answers, but has not bound all of its 3 ports")

    def test_more_flows_than_a_buffer_holds_take_turns(self) -> None:
        found = bench("echo-poll", "--flows", "1000", "--window", "1", "--receive-bytes", "20000")
        for row in found["ranking"]:
            for sample in row["samples"]:
                self.assertEqual(sample["window"], 1)
                self.assertLess(sample["under_way"], 100)

    def test_more_sockets_than_descriptors_are_refused_with_advice(self) -> None:
        words = f"ulimit -n 100; exec {EDGEWISE} bench echo-poll --sockets 300"
        done = subprocess.run(
            ["sh", "-c", words], capture_output=True, text=True, timeout=DEADLINE_S
        )
        self.assert_says(done, 4, "300 sockets need 364 descriptors, 100 are allowed")


@unittest.skipUnless(sys.platform == "linux", "UDP_SEGMENT is Linux's")
class Trains(Case):
    def flooded(self, *words: str) -> dict[str, Any]:
        status, found = result_of("flood", "--batch", "gso", "--count", "6400", *words)
        self.assertEqual(status, 0, found)
        result = found["result"]
        self.assertEqual((result["counts"]["sent"], result["counts"]["echoed"]), (6400, 6400))
        self.assertEqual(result["books"]["unaccounted"], 0)
        return dict(result["generator"]["trains"])

    def test_a_server_that_answers_by_trains_is_heard_by_trains(self) -> None:
        """The first window is one train of 64 there, and one back."""
        trains = self.flooded("echo-gso")
        self.assertGreater(trains["received"], 0)
        self.assertGreaterEqual(trains["datagrams"], 2 * trains["received"])
        self.assertLessEqual(trains["datagrams"], 6400)

    def test_one_that_does_not_is_heard_all_the_same(self) -> None:
        self.assertEqual(self.flooded("echo-poll"), {"received": 0, "datagrams": 0})

    def test_a_bench_tells_of_them(self) -> None:
        """How many come in a sample is up to the processors: each has two answers at least."""
        found = bench("echo-gso", "--traffic", "gso")
        self.assertEqual(found["config"]["batch"], "gso")
        for row in found["ranking"]:
            for sample in row["samples"]:
                trains = sample["trains"]
                self.assertGreaterEqual(trains["datagrams"], 2 * trains["received"])


class Workers(Case):
    """Of 64 flows on three ports each has its port, and each port its worker: one has the first
    port and 22 flows, one the others and 42."""

    FLOWS = ("--workers", "2", "--sockets", "3", "--flows", "64", "--window", "1")

    def test_each_flow_stays_on_its_worker_and_nothing_is_left_over(self) -> None:
        status, found = result_of("flood", "echo-poll", *self.FLOWS, "--count", "6400")
        result = found["result"]
        self.assertEqual((status, result["counts"]["echoed"]), (0, 6400))
        self.assertEqual(result["workers"], [2200, 4200])
        told = run("flood", "echo-poll", *self.FLOWS, "--count", "6400").stdout
        self.assertIn("taken by each worker of the server: 2200, 4200\n", told)

    def test_a_bench_tells_them_too(self) -> None:
        for row in bench("echo-poll", *self.FLOWS)["ranking"]:
            for sample in row["samples"]:
                self.assertEqual(len(sample["workers"]), 2)
                self.assertGreater(sum(sample["workers"]), 0)

    @unittest.skipUnless(sys.platform == "linux", "sockets that share a port share no flows here")
    def test_the_flows_of_one_port_stay_on_their_workers_too(self) -> None:
        """A hundred datagrams of each flow: who had one of another's had no whole hundreds."""
        for server in ("echo-poll", "echo-mmsg", "echo-tokio"):
            for share in ("hash", "bpf"):
                with self.subTest(server=server, share=share):
                    words = ("--workers", "2", "--share", share, "--flows", "64", "--window", "1")
                    status, found = result_of("flood", server, *words, "--count", "6400")
                    counts, workers = found["result"]["counts"], found["result"]["workers"]
                    self.assertEqual((status, counts["echoed"], counts["reordered"]), (0, 6400, 0))
                    self.assertEqual(found["result"]["books"]["unaccounted"], 0)
                    self.assertEqual([n % 100 for n in workers], [0, 0], workers)
                    self.assertEqual(sum(workers), 6400)
                    self.assertLess(max(workers), 6400)

    @unittest.skipUnless(sys.platform == "linux", "sockets that share a port share no flows here")
    def test_trains_of_a_flow_stay_on_its_worker(self) -> None:
        words = ("--workers", "2", "--share", "bpf", "--flows", "16", "--window", "64")
        status, found = result_of(
            "flood", "echo-gso", *words, "--batch", "gso", "--count", "12800", "--size", "64"
        )
        counts, workers = found["result"]["counts"], found["result"]["workers"]
        self.assertEqual((status, counts["echoed"], counts["reordered"]), (0, 12800, 0))
        self.assertGreater(found["result"]["generator"]["trains"]["received"], 0)
        self.assertEqual([n % 800 for n in workers], [0, 0], workers)
        self.assertEqual(sum(workers), 12800)

    def test_who_does_not_count_has_none(self) -> None:
        plain = f"{sys.executable} -c 'import socket; s = socket.socket(2, 2); "
        plain += 's.bind(("127.0.0.1", {port}))\nwhile True: s.sendto(*s.recvfrom(65535))'
        found = result_of("flood", "--exec", plain + "'", "--count", "10")[1]
        self.assertEqual(found["result"]["counts"]["echoed"], 10)
        self.assertNotIn("workers", found["result"])


class Curves(Case):
    def curve(self, *words: str) -> dict[str, Any]:
        found = bench("echo-poll", "echo-select", "--curve", *words)
        self.assertNotIn("ranking", found)
        return dict(found["curve"])

    def assert_points(self, curve: dict[str, Any], values: list[int]) -> None:
        self.assertEqual([point["x"] for point in curve["points"]], values)
        for point in curve["points"]:
            targets = {one["name"]: one for one in point["targets"]}
            self.assertEqual(set(targets), {"echo-poll", "echo-select"})
            self.assertEqual(targets["echo-poll"]["ratio"], 1)
            for one in targets.values():
                if one["valid"]:
                    times = list(one["latency_ns"].values())
                    self.assertEqual(times, sorted(times))

    def test_each_value_is_a_comparison_under_that_load(self) -> None:
        for name, member in (("flows", "flows"), ("size", "size"), ("sockets", "sockets")):
            with self.subTest(curve=name):
                curve = self.curve(name, "--values", "60,50")
                self.assert_points(curve, [60, 50])
                self.assertEqual([p["config"][member] for p in curve["points"]], [60, 50])

    def test_workers_share_the_same_sockets_at_each_point(self) -> None:
        curve = self.curve("workers", "--values", "1,3")
        self.assert_points(curve, [1, 3])
        self.assertEqual([p["config"]["sockets"] for p in curve["points"]], [3, 3])

    @unittest.skipUnless(sys.platform == "linux", "sockets that share a port share no flows here")
    def test_workers_that_share_flows_need_no_further_ports(self) -> None:
        curve = self.curve("workers", "--values", "1,3", "--share", "bpf", "--flows", "64")
        self.assert_points(curve, [1, 3])
        self.assertEqual([p["config"]["sockets"] for p in curve["points"]], [1, 1])

    def test_what_cannot_be_a_curve(self) -> None:
        done = run("bench", "echo-poll", "--curve", "flows", "--values", "1-9")
        self.assert_says(done, 2, "a list like 1,10,100")
        done = run("bench", "echo-poll", "--curve", "colour")
        self.assert_says(done, 2, "--curve")
        done = run("bench", "echo-poll", "--curve", "flows", "--format", "bencher")
        self.assert_says(done, 2, "no form for a curve")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
