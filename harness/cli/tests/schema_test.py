"""The schemas, and what they are for: schema_test.py EDGEWISE.

That results are as they say is looked at wherever a test reads one (result_json.py); here are those
that no other test reads, files that people write, and the schemas themselves.
"""

from __future__ import annotations

import copy
import importlib
import json
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from command import DEADLINE_S, EDGEWISE, Case, result_of, run
from result_json import SCHEMAS, mistakes, parsed, strictly, validator, whole

ROOT = Path(__file__).resolve().parents[3]
NAMES = sorted(path.stem for path in SCHEMAS.glob("*.json"))
# Of no command: what all results have, and files that people write.
OTHERS = {"envelope", "goals", "target"}


def commands() -> list[str]:
    return re.findall(r"^  (\w+) +\S", run("--help").stdout, re.MULTILINE)


def members(schema: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every schema inside of this one, with where it is."""
    if isinstance(schema, dict):
        yield place, schema
        for key, value in schema.items():
            yield from members(value, f"{place}/{key}")
    elif isinstance(schema, list):
        for i, value in enumerate(schema):
            yield from members(value, f"{place}/{i}")


def resolved(root: Any, schema: Any) -> Any:
    while "description" not in schema and "title" not in schema and "$ref" in schema:
        found = root
        for step in schema["$ref"].split("/")[1:]:
            found = found[step]
        schema = found
    return schema


class Schemas(Case):
    def test_each_command_has_one(self) -> None:
        elsewhere = {"fingerprint", "torture", "trace"} - set(commands())  # on Linux
        self.assertEqual(set(NAMES) - OTHERS - elsewhere, set(commands()))

    def test_the_program_tells_those_of_the_tree_each_whole_by_itself(self) -> None:
        listed = result_of("schema")[1]["result"]["schemas"]
        self.assertEqual([one["id"] for one in listed], NAMES)
        for name in NAMES:
            with self.subTest(name=name):
                told = run("schema", name).stdout
                self.assertEqual(json.loads(told), whole(name))
                references = re.findall(r'"\$ref": "([^"]*)"', told)
                self.assertEqual([one for one in references if not one.startswith("#/$defs/")], [])
                self.assertEqual(result_of("schema", name)[1]["result"]["schema"], whole(name))
        self.assert_says(run("schema", "nonesuch"), 2, "no schema is called 'nonesuch'")
        self.assert_says(run("schema", "list", "check"), 2, "one schema at a time")

    def test_each_is_a_schema(self) -> None:
        for name in NAMES:
            with self.subTest(name=name):
                self.assertEqual(
                    whole(name)["$schema"], "https://json-schema.org/draft/2020-12/schema"
                )
                validator(name).check_schema(whole(name))

    def test_each_member_is_fixed_and_says_what_it_means(self) -> None:
        for name in NAMES:
            schema = whole(name)
            for place, inner in members(schema):
                if inner.get("type") != "object" or "properties" not in inner:
                    continue
                with self.subTest(schema=name, place=place):
                    self.assertTrue("additionalProperties" in inner or name == "goals")
                    self.assertLessEqual(set(inner.get("required", [])), set(inner["properties"]))
                for key, member in inner["properties"].items():
                    with self.subTest(schema=name, place=place, member=key):
                        told = resolved(schema, member)
                        inside = told.get("type") == "array" and "properties" in told.get(
                            "items", {}
                        )
                        self.assertTrue("description" in told or "title" in told or inside)

    def test_a_time_says_its_unit(self) -> None:
        for name in NAMES:
            for place, inner in members(whole(name)):
                for key, member in inner.items() if place.endswith("/properties") else ():
                    if key.endswith("_ns") and "$ref" not in member or key == "seconds":
                        told = resolved(whole(name), member)["description"]
                        self.assertRegex(told, "nanoseconds|in seconds", f"{name}{place}/{key}")


class Results(Case):
    """Each of these is held against its schema by being read."""

    def test_a_usage_error_of_each_command(self) -> None:
        for command in commands():
            status, found = result_of(command, "--nonesuch")
            self.assertEqual((status, found["result"], found["outcome"]), (2, None, "usage"))
            self.assertIn("--nonesuch", found["error"])

    def test_what_no_other_test_reads(self) -> None:
        for words, status in (
            (["check", "--list"], 0),
            (["flood", "--list", "echo-poll"], 0),
            (["flood", "echo-poll", "--count", "50", "--one-way", "--rate", "max"], None),
            (["bench", "--list", "echo-poll", "echo-kqueue-edge", "echo-epoll-edge"], 0),
            (["bench", "echo-poll", "echo-select", "--rounds", "1", "--sample-ms", "10"], None),
            (["bench", "echo-poll", "--baseline", "echo-fool"], 2),
            (["completion", "bash"], 0),
            (["completion", "--words", "check", "echo-"], 0),
            (["completion", "csh"], 2),
            (["explain", "sent", "datagrams_sent", "integrity-empty"], 0),
            (["report", "/nonexistent"], 2),
            (
                [
                    "check",
                    "echo-poll",
                    "echo-kqueue-edge",
                    "echo-epoll-edge",
                    "--case",
                    "order-fifo",
                ],
                0,
            ),
        ):
            with self.subTest(words=words):
                ended, _ = result_of(*words)
                self.assertIn(ended, (0, 1, 3) if status is None else (status,))

    def test_an_interrupted_one(self) -> None:
        """While the target starts, which takes it a hundred seconds."""
        running = ["check", "flood", "bench"] + ["fingerprint", "torture", "trace"] * (
            "fingerprint" in commands()
        )
        for command in running:
            with self.subTest(command=command), tempfile.TemporaryDirectory() as folder:
                started, file = Path(folder) / "started", Path(folder) / "result.json"
                slow = f"sh -c 'echo >{started}; exec sleep 100' {{port}} {{sockets}}"
                with subprocess.Popen(
                    [EDGEWISE, command, "--exec", slow, "--json", file],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                ) as child:
                    subprocess.run(
                        ["sh", "-c", f"until [ -e {started} ]; do sleep 0.01; done"],
                        timeout=DEADLINE_S,
                    )
                    child.send_signal(signal.SIGINT)
                    self.assertEqual(child.wait(DEADLINE_S), 130)
                found = parsed(file.read_text())
                self.assertTrue(found["partial"])
                self.assertEqual((found["command"], found["status"]), (command, 130))


class Bencher(Case):
    def test_it_writes_what_bencher_reads(self) -> None:
        """Benchmarks, measures by their slugs, and of each a value within its bounds."""
        words = ("bench", "echo-poll", "echo-select", "--rounds", "2", "--sample-ms", "10")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "result.json"
            done = run(*words, "--format", "bencher", "--json", str(file))
            ranking = parsed(file.read_text())["result"]["ranking"]
        self.assertIn("CPU an echo in paired rounds", done.stderr)
        measured = {row["name"]: row for row in ranking if row["valid"]}
        metrics = strictly(done.stdout)
        self.assertEqual(set(metrics), set(measured))
        for name, measures in metrics.items():
            self.assertEqual(set(measures), {"cpu-ns-per-echo", "throughput"})
            for slug, metric in measures.items():
                self.assertRegex(slug, "^[a-z0-9]+(-[a-z0-9]+)*$")
                self.assertLessEqual(len(slug), 64)
                self.assertEqual(set(metric), {"value", "lower_value", "upper_value"})
                self.assertLessEqual(metric["lower_value"], metric["value"])
                self.assertLessEqual(metric["value"], metric["upper_value"])
            self.assertEqual(
                measures["cpu-ns-per-echo"]["value"], measured[name]["cpu_ns_per_echo"]
            )
            self.assertEqual(measures["throughput"]["value"], measured[name]["echoes_per_s"])

    def test_the_standard_output_has_one_reader(self) -> None:
        status, found = result_of("bench", "echo-poll", "--format", "bencher")
        self.assertEqual(status, 2)
        self.assertIn("only one of --format bencher, --json and --junit", found["error"])


class Strictness(Case):
    """A result that is wrong is found to be: else nothing else here would say anything."""

    def setUp(self) -> None:
        self.good = result_of("flood", "echo-poll", "--count", "20")[1]

    def assert_wrong(self, change: Any, told: str) -> None:
        wrong = copy.deepcopy(self.good)
        change(wrong)
        self.assertRegex(" ".join(mistakes("flood", wrong)), told)

    def test_it_finds_what_is_wrong(self) -> None:
        self.assertEqual(mistakes("flood", self.good), [])
        self.assert_wrong(lambda r: r.update(extra=1), "extra")
        self.assert_wrong(lambda r: r.pop("seed"), "seed")
        self.assert_wrong(lambda r: r.update(partial=True), "status|outcome")
        self.assert_wrong(lambda r: r.update(command="check"), "flood")
        self.assert_wrong(lambda r: r["cases"][0].update(verdict="GOOD"), "GOOD")
        self.assert_wrong(lambda r: r["cases"][0].update(known="FAIL: so"), "as_known")
        self.assert_wrong(lambda r: r["result"].update(more=0), "more")
        self.assert_wrong(lambda r: r["result"]["counts"].pop("late"), "late")
        self.assert_wrong(lambda r: r["result"]["counts"].update(sent=-1), "-1")
        self.assert_wrong(lambda r: r["result"]["latency_raw_ns"].update(p50=None), "None")


class Files(Case):
    def test_those_of_the_tree_are_right(self) -> None:
        files = [*ROOT.glob("bench/servers/*.json"), *ROOT.glob("bench/strangers/*.json")]
        files += EDGEWISE.resolve().parent.parent.glob("lib*/edgewise/*/*.json")
        self.assertGreater(len(files), 80)
        for file in files:
            with self.subTest(file=file):
                self.assertEqual(mistakes("target", json.loads(file.read_text())), [])
        goals = json.loads((ROOT / "bench/goals.json").read_text())
        self.assertEqual(mistakes("goals", goals), [])

    def test_the_schema_refuses_what_edgewise_refuses_and_takes_what_it_takes(self) -> None:
        word = ["true"]
        for target, right in (
            ({"command": word}, True),
            ({"command": word, "missing": None, "ports": 0, "port": 1, "private": False}, True),
            (
                {"command": word, "ready": "stdout:x", "env": {"A": ""}, "speaks": "dns:zone=e."},
                True,
            ),
            ({"command": word, "expect": {"order-fifo": "FAIL|PASS: why"}, "version": ["a"]}, True),
            ({"command": word, "capabilities": ["shares-port"], "name": "n", "summary": ""}, True),
            ({}, False),
            ([], False),
            ({"command": []}, False),
            ({"command": [""]}, False),
            ({"command": "true"}, False),
            ({"command": ["true", 1]}, False),
            ({"command": word, "name": ""}, False),
            ({"command": word, "summary": None}, False),
            ({"command": word, "missing": False}, False),
            ({"command": word, "version": []}, False),
            ({"command": word, "ports": -1}, False),
            ({"command": word, "ports": 65536}, False),
            ({"command": word, "upstream": 53}, True),
            ({"command": word, "upstream": 0}, False),
            ({"command": word, "upstream": "53"}, False),
            ({"command": word, "port": 0}, False),
            ({"command": word, "addresses": ["127.0.0.1", "127.0.0.2"], "port": 53}, True),
            ({"command": word, "addresses": []}, False),
            ({"command": word, "addresses": "127.0.0.1"}, False),
            ({"command": word, "addresses": ["localhost"]}, False),
            ({"command": word, "addresses": ["127.0.0.1", "127.0.0.1"]}, False),
            ({"command": word, "addresses": ["127.0.0.1"], "ports": 1}, False),
            ({"command": word, "setup": ["mkdir", "{port}"]}, True),
            ({"command": word, "setup": "mkdir"}, False),
            ({"command": word, "private": 1}, False),
            ({"command": word, "ready": "soon"}, False),
            ({"command": word, "ready": "stdout:"}, False),
            ({"command": word, "env": {"A": 1}}, False),
            ({"command": word, "speaks": ""}, False),
            ({"command": word, "capabilities": ["flies"]}, False),
            ({"command": word, "torture": {"silent end": "why"}}, True),
            ({"command": word, "torture": {"crash": ""}}, False),
            ({"command": word, "expect": {"order-fifo": "FAIL"}}, False),
            ({"command": word, "expect": {"order-fifo": "FAIL: "}}, False),
            ({"command": word, "expect": {"order-fifo": "PASS: why"}}, False),
            ({"command": word, "expect": {"order-fifo": "INVALID: why"}}, False),
            ({"command": word, "nonesuch": 1}, False),
        ):
            with self.subTest(target=target), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "target.json"
                file.write_text(json.dumps(target))
                done = run("flood", "--list", str(file))
                self.assertEqual(done.returncode, 0 if right else 2, done.stderr)
                self.assertEqual(
                    mistakes("target", target) == [], right, mistakes("target", target)
                )


if __name__ == "__main__":
    try:
        importlib.import_module("jsonschema")
    except ImportError:
        print("skipped: python3-jsonschema is missing; ci/setup brings it")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
