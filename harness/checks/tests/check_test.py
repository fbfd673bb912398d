"""What edgewise check finds, as a person or a script meets it: check_test.py EDGEWISE ODD_TARGET
ODD_PLUGINS MUTANT.so."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

from checking import (
    DEADLINE_S,
    EDGEWISE,
    MUTANT,
    ODD_TARGET,
    WITHOUT_NAMESPACES,
    check,
    odd,
    run,
    skip_unless_namespaces_can_be_limited,
)
from result_json import parsed


class Good(unittest.TestCase):
    def test_every_chosen_case_has_its_row(self) -> None:
        status, found, _ = check(
            "echo-poll", "--case", "signals", "--case", "integrity-empty", "--skip", "signals-storm"
        )
        self.assertEqual(status, 0, found)
        self.assertEqual(
            [case["case"] for case in found["cases"]], ["integrity-empty", "signals-stop"]
        )
        self.assertEqual({case["verdict"] for case in found["cases"]}, {"PASS"})

    def test_a_command_a_path_and_a_target_file_are_checked_alike(self) -> None:
        plugin = EDGEWISE.parent.parent / "lib/edgewise/echo/echo-poll.so"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "mine.json"
            file.write_text(
                json.dumps(
                    {
                        "name": "mine",
                        "command": [str(ODD_TARGET), "echo", "{port}"],
                        "ready": "stdout:^ready",
                    }
                )
            )
            status, found, _ = check(
                str(plugin), str(file), *odd("echo"), "--case", "integrity-bytes"
            )
        self.assertEqual(status, 0, found)
        self.assertEqual(
            [target["name"] for target in found["result"]["targets"]],
            ["echo-poll", "mine", "odd_target"],
        )

    def test_repeating_repeats(self) -> None:
        _, found, _ = check("echo-poll", "--case", "integrity-empty", "--repeat", "3")
        self.assertEqual(len(found["cases"]), 3)

    def test_list_runs_nothing_and_knows_what_explain_and_list_know(self) -> None:
        cases = [line.split()[0] for line in run("check", "--list").stdout.splitlines()]
        self.assertIn("order-freeze", cases)
        listed = parsed(run("list", "--json", "-").stdout)["result"]["case"]
        self.assertEqual([row["id"] for row in listed], cases)
        for case in cases:
            text = run("explain", case).stdout
            for part in ("Why: ", "Good: ", "Source: "):
                self.assertIn(part, text, case)

    def test_what_a_target_does_not_claim_is_unsupported_with_the_reason(self) -> None:
        status, found, _ = check(*odd("echo"), "--case", "integrity-wildcard")
        self.assertEqual(status, 3)
        self.assertEqual(found["cases"][0]["verdict"], "UNSUPPORTED")
        self.assertIn("'wildcard'", found["cases"][0]["reason"])

    def test_what_needs_a_network_of_its_own_is_unsupported_where_there_is_none(self) -> None:
        skip_unless_namespaces_can_be_limited(self)
        done = subprocess.run(
            [
                *WITHOUT_NAMESPACES,
                EDGEWISE,
                "check",
                "echo-poll",
                "--case",
                "hostile-ttl",
                "--case",
                "integrity-empty",
            ],
            stdout=subprocess.PIPE,
            text=True,
            timeout=DEADLINE_S,
        )
        self.assertEqual(done.returncode, 0)
        self.assertRegex(
            done.stdout, r"UNSUPPORTED +hostile-ttl(.|\n)*no network namespace can be made here: ."
        )

    def test_a_missing_server_is_visible_and_nothing_passed(self) -> None:
        status, found, _ = check(
            "echo-kqueue-edge" if sys.platform == "linux" else "echo-epoll-edge"
        )
        self.assertEqual(status, 3)
        self.assertIn("needs", found["cases"][0]["reason"])


class Failures(unittest.TestCase):
    def test_a_failure_says_what_was_expected_and_seen_and_how_to_see_it_again(self) -> None:
        status, found, _ = check(str(MUTANT), "--case", "order-freeze", "--seed", "42")
        self.assertEqual(status, 1)
        (case,) = found["result"]["targets"][0]["cases"]
        self.assertEqual((case["verdict"], case["seed"]), ("FAIL", 42))
        self.assertTrue(case["expected"] and case["seen"])
        again = shlex.split(case["again"])
        self.assertEqual(again[0], "edgewise")
        self.assertEqual(run(*again[1:]).returncode, 1)

    def test_junit_keeps_failures_and_errors_apart(self) -> None:
        done = run(
            "check",
            str(MUTANT),
            *odd("die"),
            "--case",
            "order-freeze",
            "--case",
            "integrity-empty",
            "--junit",
            "-",
        )
        self.assertEqual(done.returncode, 4)
        suite = xml.fromstring(done.stdout).find("testsuite")
        assert suite is not None
        self.assertEqual(
            {case.get("name") for case in suite},
            {"order-freeze", "integrity-empty", "start", "check"},
        )
        self.assertEqual(
            (suite.get("tests"), suite.get("failures"), suite.get("errors")), ("4", "1", "2")
        )

    def test_a_target_that_dies_in_a_case_fails_it_with_its_last_words(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "mortal.json"
            file.write_text(
                json.dumps({"command": [str(ODD_TARGET), "mortal", "{port}"], "ready": "port"})
            )
            status, found, _ = check(str(file), "--case", "signals-stop")
        self.assertEqual(status, 1)
        self.assertIn("exit status 7", found["cases"][0]["reason"])
        self.assertIn("I have seen enough", found["cases"][0]["reason"])


class Known(unittest.TestCase):
    """MUTANT fails order-freeze and passes integrity-bytes."""

    CASES = ("--case", "order-freeze", "--case", "integrity-bytes")

    def checked(self, expect: dict[str, str], *words: str) -> tuple[int, dict[str, Any], str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "known.json"
            command = [str(EDGEWISE), "serve", str(MUTANT), "--port", "{port}"]
            file.write_text(json.dumps({"name": "known", "command": command, "expect": expect}))
            return check(str(file), *(words or self.CASES))

    def row(self, found: dict[str, Any], case: str) -> dict[str, Any]:
        in_result: dict[str, Any] = next(
            row for row in found["result"]["targets"][0]["cases"] if row["case"] == case
        )
        in_cases = next(row for row in found["cases"] if row["case"] == case)
        self.assertEqual(
            [in_result.get(key) for key in ("known", "as_known")],
            [in_cases.get(key) for key in ("known", "as_known")],
        )
        return in_result

    def test_a_failure_that_is_known_leaves_the_status_alone(self) -> None:
        for known in ("FAIL: reads once per edge", "FAIL|PASS: sometimes"):
            status, found, _ = self.checked({"order-freeze": known})
            self.assertEqual(status, 0, found)
            row = self.row(found, "order-freeze")
            self.assertEqual((row["verdict"], row["known"], row["as_known"]), ("FAIL", known, True))
            self.assertNotIn("known", self.row(found, "integrity-bytes"))

    def test_a_failure_alone_that_is_known_is_as_it_should_be(self) -> None:
        self.assertEqual(
            self.checked({"order-freeze": "FAIL: reads once per edge"}, "--case", "order-freeze")[
                0
            ],
            0,
        )

    def test_what_is_worse_than_known_counts(self) -> None:
        status, found, _ = self.checked({"order-freeze": "WEAK: late"})
        self.assertEqual((status, self.row(found, "order-freeze")["as_known"]), (1, False))

    def test_what_is_better_than_known_counts(self) -> None:
        status, found, _ = self.checked(
            {"order-freeze": "FAIL: so it is", "integrity-bytes": "FAIL: once upon a time"}
        )
        self.assertEqual((status, self.row(found, "integrity-bytes")["as_known"]), (1, False))
        self.assertEqual(self.row(found, "integrity-bytes")["verdict"], "PASS")

    def test_what_could_not_be_tried_says_nothing_of_what_is_known(self) -> None:
        status, found, _ = self.checked(
            {"integrity-wildcard": "FAIL: from another address"}, "--case", "integrity"
        )
        self.assertEqual(status, 0)
        self.assertEqual(self.row(found, "integrity-wildcard")["verdict"], "UNSUPPORTED")

    def test_the_text_and_junit_tell_what_is_known(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "known.json"
            known = {
                "order-freeze": "FAIL: reads once",
                "integrity-bytes": "FAIL: once upon a time",
            }
            file.write_text(
                json.dumps(
                    {
                        "command": [str(EDGEWISE), "serve", str(MUTANT), "--port", "{port}"],
                        "expect": known,
                    }
                )
            )
            done = run("check", str(file), *self.CASES)
            self.assertRegex(done.stdout, "FAIL +order-freeze(.|\n)*known: +FAIL: reads once")
            self.assertRegex(
                done.stdout, "PASS +integrity-bytes(.|\n)*was known: FAIL: once upon a time"
            )
            self.assertRegex(done.stdout, "1 as known, 1 not as known\n$")
            self.assertRegex(
                run("check", str(file), str(file), *self.CASES).stdout, r"\nedgewise +! k\n"
            )
            suite = xml.fromstring(
                run("check", str(file), *self.CASES, "--junit", "-").stdout
            ).find("testsuite")
        assert suite is not None
        self.assertEqual((suite.get("failures"), suite.get("skipped")), ("1", "1"))
        failure, skipped = suite.find("testcase/failure"), suite.find("testcase/skipped")
        assert failure is not None and skipped is not None
        self.assertIn("known: FAIL: once upon a time", failure.get("message", ""))
        self.assertIn("known: FAIL: reads once", skipped.get("message", ""))

    def test_a_case_that_does_not_exist_cannot_be_known(self) -> None:
        status, found, _ = self.checked({"order-freze": "FAIL: a slip of the pen"})
        self.assertEqual(status, 2)
        self.assertIn("'order-freze'", found["error"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
