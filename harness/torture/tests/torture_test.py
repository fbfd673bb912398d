"""What edgewise torture says of servers: torture_test.py EDGEWISE MUTANT [all]

With `all` each mutant is found in its cell, and in no other, and servers of ours serve after faults
that last; else a few cells of one server.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from result_json import parsed

EDGEWISE, MUTANT = sys.argv[1:3]
ALL = sys.argv[3:] == ["all"]
SCALE = float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
FINDINGS = ("silent end", "leak", "spin", "hang", "wrong answer", "crash", "no restart")
SUPPORTED = platform.machine() == "x86_64"
SANITIZED = any(name in Path(EDGEWISE).read_bytes() for name in (b"__asan_init", b"__tsan_init"))


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [EDGEWISE, "torture", *words], capture_output=True, text=True, timeout=250 * SCALE
    )


def torture(*words: str) -> tuple[int, dict[str, Any]]:
    done = run(*words, "--json", "-")
    return done.returncode, parsed(done.stdout)


def target_of(result: dict[str, Any]) -> dict[str, Any]:
    (target,) = result["result"]["targets"]
    assert isinstance(target, dict)
    return target


def findings(result: dict[str, Any]) -> list[tuple[str, str, int, str]]:
    return [
        (cell["call"], cell["errno"], cell["k"], cell["outcome"])
        for cell in target_of(result)["cells"]
        if cell["outcome"] in FINDINGS
    ]


def mutant(name: str = "") -> list[str]:
    return ["--exec", f"{MUTANT} {{port}} {name}".strip()]


@unittest.skipUnless(SUPPORTED and not ALL, "x86-64 only, or the others are run")
class Cells(unittest.TestCase):
    def test_a_server_of_ours_ends_with_words_or_serves(self) -> None:
        status, result = torture(
            "echo-epoll-fair", *"--call socket --call sendto --errno ENOBUFS".split()
        )
        matrix = target_of(result)["matrix"]
        self.assertEqual(status, 0)
        self.assertEqual(matrix["socket"], {"ENOBUFS": "ended with words"})
        self.assertEqual(matrix["sendto"], {"ENOBUFS": "served"})
        (ended,) = [c for c in target_of(result)["cells"] if c["call"] == "socket"]
        self.assertIn("exit status 4: ", ended["detail"])
        self.assertIn("No buffer space", ended["detail"])

    def test_one_that_cannot_tell_its_threads_to_stop_ends_all_the_same(self) -> None:
        """Its pipe refused the byte, and it went on for ever."""
        status, result = torture("echo-poll", *"--call write --errno EIO".split())
        self.assertEqual((status, findings(result)), (0, []))

    @unittest.skipIf(SANITIZED, "a sanitizer's malloc moves no break")
    def test_the_break_stays_where_it_is_and_malloc_goes_elsewhere(self) -> None:
        _, result = torture("echo-poll", *"--call brk".split())
        self.assertEqual(target_of(result)["matrix"], {"brk": {"ENOMEM": "served"}})

    def test_a_descriptor_that_could_not_be_closed_is_no_leak(self) -> None:
        status, result = torture(*mutant(), *"--call close --call brk".split())
        errors = dict.fromkeys(("EINTR", "EIO", "ENOSPC"), "served")
        # Memory is no matter of others'.
        self.assertEqual((status, target_of(result)["matrix"]), (0, {"close": errors}))

    def test_others_are_tried_from_bind_on(self) -> None:
        status, result = torture(*mutant(), *"--call socket --call bind --errno EACCES".split())
        matrix = target_of(result)["matrix"]
        self.assertEqual(status, 0)
        self.assertEqual(matrix["socket"], {"EACCES": "not reached"})
        self.assertEqual(matrix["bind"], {"EACCES": "ended with words"})

    def test_a_finding_is_told_with_its_cell_and_is_a_failure_for_junit(self) -> None:
        done = run(*mutant("crash"), *"--call recvfrom --errno ENOMEM --junit -".split())
        self.assertEqual(done.returncode, 1)
        self.assertIn("crash: recvfrom ENOMEM, k 2: was ended by signal 6", done.stderr)
        self.assertIn('name="recvfrom-ENOMEM"', done.stdout)
        self.assertIn('<failure message="crash: ', done.stdout)

    def test_what_the_target_file_knows_is_no_failure(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "mine.json"
            words = [str(file), *"--call recvfrom --errno ENOMEM".split()]
            target = {"name": "mine", "command": [MUTANT, "{port}", "crash"]}
            for known, expected in (
                ({"crash": "why"}, 0),
                ({"hang": "why"}, 1),
                ({"rest": "y"}, 2),
            ):
                file.write_text(json.dumps(target | {"torture": known}))
                self.assertEqual(run(*words).returncode, expected, known)
            file.write_text(json.dumps(target | {"torture": {"crash": "why"}}))
            (case,) = torture(*words)[1]["cases"]
            self.assertEqual((case["verdict"], case["known"]), ("FAIL", "FAIL: why"))

    def test_who_goes_on_tries_nothing_twice(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "done"
            words = [*mutant(), *"--call bind --resume".split(), str(file)]
            _, first = torture(*words)
            lines = file.read_text().splitlines()
            # As if it had been killed while it wrote the last one.
            file.write_text("\n".join([*lines[:-1], lines[-1][:20]]))
            _, again = torture(*words)
            self.assertEqual(target_of(again), target_of(first))
            self.assertEqual(file.read_text().splitlines()[-1], lines[-1])
            # What stands there is believed, so that it is seen not to be tried.
            known = "".join(line + "\n" for line in lines)
            file.write_text(known.replace('"ended with words"', '"served"'))
            done = run(*words).stdout
            self.assertIn("served: EADDRINUSE", done)
            self.assertIn(f"({len(lines)} of them before)", done)

    def test_no_time_is_said_to_leave_out_what_there_is(self) -> None:
        status, result = torture(*mutant(), *"--call bind --limit 0.000001".split())
        self.assertEqual(status, 3)
        self.assertEqual((target_of(result)["tried"], target_of(result)["not_finished"]), (0, 4))

    def test_what_is_not_in_the_table_is_refused(self) -> None:
        for words in (
            ["--call", "exit"],
            ["--errno", "EWHAT"],
            ["--call", "bind", "--errno", "EIO"],
        ):
            with self.subTest(words=words):
                self.assertEqual(run("echo-poll", *words).returncode, 2)


@unittest.skipUnless(SUPPORTED and ALL, "x86-64 only, or the others are run")
class Lasting(unittest.TestCase):
    def assert_serves(self, server: str, call: str, error: str) -> None:
        words = [server, *f"--private --scale full --call {call} --errno {error}".split()]
        status, result = torture(*words)
        self.assertEqual((status, findings(result)), (0, []))
        lasting = [c["outcome"] for c in target_of(result)["cells"] if c["lasting"]]
        self.assertIn("served", lasting)
        self.assertEqual(lasting[-1], "not reached")

    def test_who_drains_a_socket_pauses_where_errors_follow_one_another(self) -> None:
        self.assert_serves("echo-epoll-edge", "recvfrom", "ENOMEM")

    def test_who_is_ready_by_an_answer_may_fail_from_the_first_call_on(self) -> None:
        self.assert_serves("echo-bare", "sendto", "ENOBUFS")


@unittest.skipUnless(SUPPORTED and ALL, "x86-64 only, or the others are run")
class Mutants(unittest.TestCase):
    def assert_found(self, name: str, *cells: tuple[str, str, int, str]) -> None:
        calls = sorted({"recvfrom", "sendto", "poll"} & {cell[0] for cell in cells})
        words = [word for call in calls or ["recvfrom", "poll"] for word in ("--call", call)]
        status, result = torture(*mutant(name), *words)
        self.assertEqual(findings(result), list(cells), json.dumps(target_of(result)["cells"]))
        self.assertEqual(status, 1 if cells else 0)

    def test_without_a_mistake_nothing_is_found(self) -> None:
        self.assert_found("")

    def test_a_crash(self) -> None:
        self.assert_found("crash", ("recvfrom", "ENOMEM", 2, "crash"))

    def test_a_hang(self) -> None:
        self.assert_found("hang", ("sendto", "EINTR", 1, "hang"))

    def test_a_spin(self) -> None:
        self.assert_found("spin", ("poll", "EINTR", 3, "spin"))

    def test_a_leak(self) -> None:
        self.assert_found("leak", ("recvfrom", "ECONNREFUSED", 1, "leak"))

    def test_an_answer_given_twice(self) -> None:
        self.assert_found("repeat", ("sendto", "ENOBUFS", 2, "wrong answer"))

    def test_an_end_without_a_word(self) -> None:
        self.assert_found("silent", ("recvfrom", "EHOSTUNREACH", 3, "silent end"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
