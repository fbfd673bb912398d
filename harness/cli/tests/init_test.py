"""edgewise init, from the first question to a test in somebody's build: init_test.py EDGEWISE."""

from __future__ import annotations

import importlib
import json
import os
import pty
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from command import DEADLINE_S, EDGEWISE, Case, result_of, run

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from terminal import shown_on_terminal  # noqa: E402

SERVER = f"{EDGEWISE.parent / 'echo-poll'} --port {{port}} --quiet"


class InFolder(Case):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def init(self, *words: str) -> tuple[int, dict[str, Any]]:
        return result_of("init", *words, cwd=self.folder)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


class Written(InFolder):
    def test_the_file_says_what_was_said_and_check_takes_it(self) -> None:
        said = ["--name", "mine", "--ready", "port", "--speaks", "echo", "--sockets", "1"]
        status, found = self.init("--exec", SERVER, *said, "--claim", "fair")
        self.assertEqual((status, self.left()), (0, ["mine.json"]), found)
        written = json.loads((self.folder / "mine.json").read_text())
        self.assertEqual(
            written,
            {
                "name": "mine",
                "command": SERVER.split(),
                "ports": 1,
                "ready": "port",
                "speaks": "echo",
                "capabilities": ["echo", "fair"],
            },
        )
        self.assertEqual(
            (found["result"]["file"], found["result"]["target"]), ("mine.json", written)
        )
        self.assertEqual({case["target"] for case in found["cases"]}, {"mine"})
        self.assertLess(5, [case["verdict"] for case in found["cases"]].count("PASS"))
        again = found["result"]["targets"][0]["cases"][0]["again"].split()
        self.assertEqual(again[:3], ["edgewise", "check", "mine.json"])
        self.assertEqual(run(*again[1:], cwd=self.folder).returncode, 0)

    def test_a_failure_is_a_verdict_and_the_file_is_written(self) -> None:
        silly = (
            f"{sys.executable} -S -c 'import socket,sys;s=socket.socket(2,2);"
            's.bind(("127.0.0.1",int(sys.argv[1])))\nwhile 1:d,a=s.recvfrom(99999);'
            "s.sendto(d if d[1:] else bytes(),a)' {port}"
        )
        status, found = self.init("--exec", silly, "--out", "silly.json")
        self.assertEqual((status, self.left()), (1, ["silly.json"]))
        failed = [case["case"] for case in found["cases"] if case["verdict"] == "FAIL"]
        self.assertEqual(failed, ["integrity-one-byte"])

    def test_nothing_is_written_over_unless_that_is_wanted(self) -> None:
        file = self.folder / "mine.json"
        file.write_text("precious")
        words = ["--exec", SERVER, "--out", "mine.json"]
        self.assert_says(run("init", *words, cwd=self.folder), 2, "mine.json is there .*--force")
        self.assertEqual(file.read_text(), "precious")
        self.assertEqual(self.init(*words, "--force")[0], 0)
        self.assertEqual(
            (json.loads(file.read_text())["name"], self.left()), ("echo-poll", ["mine.json"])
        )

    def test_what_cannot_be_started_leaves_nothing_behind(self) -> None:
        self.assert_says(run("init", "--exec", "false", cwd=self.folder), 4, "exit status 1")
        self.assert_says(
            run("init", "--exec", SERVER, "--out", "no/where.json", cwd=self.folder), 4, "No such"
        )
        self.assertEqual(self.left(), [])

    def test_usage(self) -> None:
        bad: list[tuple[list[str], str]] = [
            ([], "which command.*--exec"),
            (["./server"], "no operands"),
            (["--exec", SERVER, "--exec", SERVER], "once"),
            (["--exec", SERVER, "--out", "mine"], r"\.json"),
            (["--exec", "server 'x"], "quote"),
            (["--exec", SERVER, "--ready", "soon"], '"ready"'),
            (["--exec", SERVER, "--speaks", "klingon"], "klingon"),
        ]
        for words, says in bad:
            with self.subTest(words=words):
                self.assert_says(
                    run("init", *words, cwd=self.folder, stdin=subprocess.DEVNULL), 2, says
                )
        self.assertEqual(self.left(), [])

    def test_list_shows_it_and_writes_nothing(self) -> None:
        status, found = self.init("--exec", "./none {port}", "--list")
        self.assertEqual((status, self.left()), (0, []))
        self.assertEqual(found["result"]["target"]["command"], ["./none", "{port}"])


class Asked(InFolder):
    def ask(self, typed: str) -> bytes:
        return shown_on_terminal(
            [EDGEWISE, "init"], DEADLINE_S, typed=typed.encode(), cwd=self.folder
        )

    def test_on_a_terminal_it_asks_until_an_answer_is_one(self) -> None:
        seen = self.ask(f"\n{SERVER}\nklingon\necho\n\n\n")
        self.assertIn(b"Which command starts your server?", seen)
        self.assertIn(b"It cannot be guessed.", seen)
        self.assertIn(b"klingon", seen)
        self.assertIn(b"echo-poll.json is written", seen)
        written = json.loads((self.folder / "echo-poll.json").read_text())
        self.assertEqual(written["speaks"], "echo")
        self.assertNotIn("ports", written)

    def test_no_answer_is_usage(self) -> None:
        for typed, says in (("\x04", b"no answer; --exec"), ("\n" * 9, b"no answer; --exec")):
            self.assertIn(says, self.ask(typed))
        self.assertEqual(self.left(), [])

    def test_a_signal_ends_the_question(self) -> None:
        master, slave = pty.openpty()
        words = [str(EDGEWISE), "init"]
        with subprocess.Popen(words, stdin=slave, stderr=slave, cwd=self.folder) as child:
            os.close(slave)
            self.assertIn(b"Which", os.read(master, 4096))
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(DEADLINE_S), 130)
        os.close(master)
        self.assertEqual(self.left(), [])


class Pasted(InFolder):
    def test_the_workflow_is_yaml_that_names_the_file(self) -> None:
        try:
            yaml: Any = importlib.import_module("yaml")
        except ImportError:
            self.skipTest("no PyYAML here to read the workflow with")
        hard = "my 'server': # one.json"
        _, found = self.init("--list", "--exec", "./server {port}", "--out", hard)
        workflow = yaml.safe_load(found["result"]["workflow"])
        checkout, judge = workflow["jobs"]["edgewise"]["steps"]
        self.assertRegex(checkout["uses"], "^actions/checkout@v[0-9]+$")
        self.assertRegex(judge["uses"], "^[A-Za-z]+/edgewise@v1$")
        self.assertEqual(list(judge["with"]), ["target"])
        self.assertEqual(shlex.split(judge["with"]["target"]), [hard])

    def project(self, more: str) -> subprocess.CompletedProcess[str]:
        """The lines in a build of somebody's, where an edgewise that chooses `more` is found."""
        _, found = self.init("--list", "--exec", SERVER, "--name", 'a "quoted" $one')
        (self.folder / found["result"]["file"]).write_text(json.dumps(found["result"]["target"]))
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "edgewise").write_text(f'#!/bin/sh\nexec {EDGEWISE} "$@" {more}\n')
        (tools / "edgewise").chmod(0o755)
        (self.folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(mine NONE)\n" + found["result"]["ctest"]
        )
        env = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
        subprocess.run(
            ["cmake", "-S", self.folder, "-B", self.folder / "build"],
            check=True,
            stdout=subprocess.DEVNULL,
            env=env,
            timeout=DEADLINE_S,
        )
        return subprocess.run(
            ["ctest", "--test-dir", self.folder / "build", "--output-on-failure"],
            stdout=subprocess.PIPE,
            text=True,
            env=env,
            timeout=DEADLINE_S,
        )

    @unittest.skipUnless(shutil.which("cmake"), "no cmake here")
    def test_the_lines_for_cmake_make_a_test_that_passes_or_is_skipped(self) -> None:
        done = self.project("--case integrity-empty")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"edgewise-a--quoted---one \.+ +Passed(.|\n)*edgewise +=")

    @unittest.skipUnless(shutil.which("cmake"), "no cmake here")
    def test_a_machine_that_cannot_judge_is_skipped(self) -> None:
        done = self.project("--case integrity-wildcard")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"edgewise-a--quoted---one \.+\**Skipped")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
