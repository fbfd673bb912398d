"""edgewise check as a person or a script meets it: check_test.py EDGEWISE ODD_TARGET ODD_PLUGINS
MUTANT.so."""

from __future__ import annotations

import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from terminal import shown_on_terminal  # noqa: E402

EDGEWISE, ODD_TARGET, ODD_PLUGINS, MUTANT = (Path(argument) for argument in sys.argv[1:])
SCALE = float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
DEADLINE_S = 60.0 * SCALE
NOBODY = 65534


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run([EDGEWISE, *words], text=True, timeout=DEADLINE_S, **more)


def check(*words: str, **more: Any) -> tuple[int, dict[str, Any], str]:
    """Exit status, JSON, which must be there and valid whatever happened, and the standard
    error."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        file = Path(folder) / "result.json"
        done = run("check", *words, "--json", str(file), **more)
        found = json.loads(
            file.read_text(), parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name))
        )
    assert found["format"] == 1 and found["status"] == done.returncode, found
    return done.returncode, found, done.stderr


def odd(mode: str) -> list[str]:
    return ["--exec", f"{shlex.quote(str(ODD_TARGET))} {mode} {{port}}"]


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
        listed = json.loads(run("list", "--json", "-").stdout)["result"]["case"]
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
        without = [
            "unshare",
            "-r",
            "sh",
            "-c",
            'echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"',
            "sh",
        ]
        if (
            shutil.which("unshare") is None
            or subprocess.run([*without, "true"], stderr=subprocess.DEVNULL).returncode != 0
        ):
            self.skipTest("the number of network namespaces cannot be limited here")
        done = subprocess.run(
            [
                *without,
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


class BadInput(unittest.TestCase):
    def refused(self, words: list[str], status: int, says: str, **more: Any) -> None:
        with self.subTest(words=words):
            got, found, errors = check(*words, **more)
            self.assertEqual(got, status, errors)
            self.assertRegex(found["error"], says)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            self.assertIn(found["error"], errors)

    def test_usage(self) -> None:
        bad: list[tuple[list[str], str]] = [
            (["nonesuch"], "nonesuch"),
            ([], "which target"),
            (["--nonesuch"], "--nonesuch"),
            (["echo-poll", "--case", "nonesuch"], "nonesuch"),
            (["echo-poll", "--skip", "nonesuch"], "nonesuch"),
            (["echo-poll", "--repeat", "0"], "--repeat"),
            (["echo-poll", "--port", "65536"], "65535"),
            (["--exec", "server 'x"], "quote"),
            (["--exec", ""], "empty"),
            (["--exec", "'' {port}"], "no program"),
            (["/nonexistent/target.json"], "No such file"),
        ]
        for words, says in bad:
            self.refused(words, 2, says)

    def test_no_case_left_is_usage(self) -> None:
        self.refused(["echo-poll", "--case", "signals-stop", "--skip", "signals"], 2, "no case")

    def test_a_malformed_target_file_is_told_with_its_place(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bad.json"
            file.write_text('{"command": ["x"],\n "ports": }')
            self.refused([str(file)], 2, r"bad\.json:2:11: ")

    def test_the_last_port_is_the_last(self) -> None:
        status, found, _ = check(
            "echo-poll", "--port", "65535", "--case", "order-freeze", "--private"
        )
        self.assertEqual(status, 0, found)

    def test_targets_that_do_not_come_up(self) -> None:
        for mode, says in (
            ("die", "exit status 3.*I would rather not"),
            ("crash", "signal"),
            ("daemon", "into the background"),
        ):
            self.refused(odd(mode), 4, says)
        self.refused(["--exec", "/nonexistent/server {port}"], 4, "cannot be started: No such file")

    def test_a_target_that_never_answers(self) -> None:
        self.refused([*odd("deaf"), "--timeout-scale", "0.1"], 4, "never answered")

    def test_a_port_in_use(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = str(taken.getsockname()[1])
            self.refused(["echo-poll", "--port", port], 4, "in use: somebody else listens")
            self.refused([*odd("echo"), "--port", port], 4, "in use: somebody else listens")

    def test_no_permission(self) -> None:
        who: dict[str, Any] = (
            {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        try:
            reachable = run("--version", **who).returncode == 0
        except PermissionError:
            reachable = False
        start = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        if not reachable or not start.exists() or int(start.read_text()) <= 1:
            self.skipTest(
                "every port is free for everybody here, or another user cannot run the build"
            )
        self.refused(["echo-poll", "--port", "1"], 4, "ermission denied.*higher", cwd="/", **who)

    def test_plugins_that_are_none(self) -> None:
        for name, says in (("odd-stop", "ew_stop"), ("odd-short", "bytes"), ("odd-abi", "ABI 99")):
            self.refused([str(ODD_PLUGINS / f"{name}.so")], 4, says)


class Output(unittest.TestCase):
    def test_a_closed_pipe_is_told(self) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        done = run("check", "echo-poll", "--case", "integrity-empty", stdout=writer)
        os.close(writer)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("Broken pipe", done.stderr)

    @unittest.skipUnless(Path("/dev/full").exists(), "no /dev/full here")
    def test_a_full_disk_is_told(self) -> None:
        for words in (["--json", "/dev/full"], ["--junit", "/dev/full"]):
            done = run("check", "echo-poll", "--case", "integrity-empty", *words)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (4, 1), done.stderr)
            self.assertIn("No space left", done.stderr)

    def test_progress_and_colour_are_for_terminals(self) -> None:
        words = [EDGEWISE, "check", "echo-poll", "--case", "integrity-empty"]
        seen = shown_on_terminal(words, DEADLINE_S)
        self.assertIn(b"\x1b[32mPASS", seen)
        done = run(*map(str, words[1:]))
        self.assertNotRegex(done.stdout + done.stderr, "[\r\x1b]")


class Endings(unittest.TestCase):
    """Everything that a run started carries a mark in its environment."""

    def setUp(self) -> None:
        self.mark = f"EDGEWISE_TEST_MARK={os.getpid()}-{self.id()}"

    def start(self, *words: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [EDGEWISE, "check", "echo-poll", "--repeat", "100000", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | dict([self.mark.split("=")]),
        )
        assert child.stdout
        for line in child.stdout:
            if "integrity-bytes" in line:  # it is in the middle
                break
        return child

    def left(self) -> list[str]:
        found = []
        for process in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark.encode() in process.read_bytes().split(b"\0"):
                    found.append((process.parent / "cmdline").read_text())
            except OSError:
                continue
        return found

    def test_a_signal_leaves_a_partial_result_and_nothing_running(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "result.json"
                with self.start(
                    "--json", str(file), "--junit", str(Path(folder) / "result.xml")
                ) as child:
                    child.send_signal(number)
                    report, errors = child.communicate(timeout=DEADLINE_S)
                found = json.loads(file.read_text())
                self.assertEqual(
                    (child.returncode, found["status"], found["partial"]),
                    (128 + number, 128 + number, True),
                )
                self.assertRegex(report, r"\d+ passed.*interrupted: partial\n$")
                self.assertEqual(errors, "")
                self.assertEqual({case["verdict"] for case in found["cases"]}, {"PASS"})
                xml.fromstring((Path(folder) / "result.xml").read_text())
                self.assertEqual(self.left(), [])

    def test_a_harness_that_is_killed_leaves_nothing_running(self) -> None:
        with self.start() as child:
            child.kill()
            child.communicate(timeout=DEADLINE_S)
        for _ in range(int(DEADLINE_S * 100)):
            if not self.left():
                return
            select.select([], [], [], 0.01)
        self.fail(f"left running: {self.left()}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
