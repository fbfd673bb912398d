"""edgewise as a person or a script meets it: cli_test.py EDGEWISE."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

import processes
from command import DEADLINE_S, EDGEWISE, Case, result_of, run
from result_json import parsed
from terminal import shown_on_terminal

ABSENT = "echo-kqueue-edge" if sys.platform == "linux" else "echo-epoll-edge"


class Commands(Case):
    def test_help_shows_every_command_and_each_explains_itself(self) -> None:
        overview = run("--help").stdout
        names = re.findall(r"^  (\w+) +\S", overview, re.MULTILINE)
        self.assertLessEqual({"list", "serve", "flood", "explain"}, set(names))
        for name in names:
            for words in (["help", name], [name, "--help"]):
                done = run(*words)
                self.assertEqual(done.returncode, 0, name)
                self.assertIn(f"usage: edgewise {name}", done.stdout)
                self.assertIn("--json", done.stdout)
                self.assertEqual(done.stderr, "")

    def test_version(self) -> None:
        self.assertRegex(run("--version").stdout, r"^edgewise \d+\.\d+\.\d+\n$")

    def test_without_a_command_or_with_an_unknown_one_it_is_usage(self) -> None:
        self.assertEqual(run().returncode, 2)
        self.assert_says(run("nonesuch"), 2, "nonesuch")
        self.assert_says(run("help", "nonesuch"), 2, "nonesuch")

    def test_an_unknown_option_is_named(self) -> None:
        for command in ("list", "flood", "explain", "serve"):
            self.assert_says(run(command, "--nonesuch"), 2, "--nonesuch")

    def test_list_shows_what_is_there_and_what_is_missing_and_why(self) -> None:
        status, found = result_of("list")
        self.assertEqual(status, 0)
        servers = {row["name"]: row for row in found["result"]["servers"]}
        self.assertIsNone(servers["echo-poll"]["missing"])
        self.assertIn("echo", servers["echo-poll"]["capabilities"])
        self.assertEqual(servers["echo-poll"]["group"], "echo")
        self.assertEqual(
            list(servers), sorted(servers, key=lambda name: (servers[name]["group"], name))
        )
        self.assertIn("needs", servers[ABSENT]["missing"])

    def test_the_plugin_folder_can_be_chosen(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            status, found = result_of("list", env=os.environ | {"EDGEWISE_PLUGIN_PATH": folder})
            self.assertEqual((status, found["result"]["servers"]), (0, []))
        done = run("list", env=os.environ | {"EDGEWISE_PLUGIN_PATH": "/nonexistent"})
        self.assert_says(done, 4, "EDGEWISE_PLUGIN_PATH")

    def test_a_file_that_is_no_library_keeps_its_row(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "echo").mkdir()
            (Path(folder) / "echo" / "broken.so").write_text("not a library")
            done = run("list", env=os.environ | {"EDGEWISE_PLUGIN_PATH": folder})
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, "broken(.|\n)*missing: .*cannot be loaded")

    def test_a_folder_of_servers_may_hold_target_files(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "peers").mkdir()
            (Path(folder) / "peers" / "theirs.json").write_text(
                '{"command": ["true"], "missing": "not built"}'
            )
            env = os.environ | {"EDGEWISE_PLUGIN_PATH": folder}
            row = result_of("list", env=env)[1]["result"]["servers"][0]
            self.assertEqual(
                (row["name"], row["group"], row["missing"]), ("theirs", "peers", "not built")
            )
            done = run("check", "peers", env=env)
            self.assertEqual(done.returncode, 3)
            self.assertIn("not built", done.stdout)
            self.assert_says(run("serve", "theirs", env=env), 2, "target file")

    def test_a_private_target_sees_nothing_but_lo(self) -> None:
        if subprocess.run(["unshare", "--net", "--map-root-user", "true"]).returncode != 0:
            self.skipTest("no network namespace can be made here")
        look = "sed 1,2d /proc/net/dev | cut -d: -f1 >&2; exit 7"
        target = {"command": ["sh", "-c", look, "{port}"], "private": True}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "looks.json"
            path.write_text(json.dumps(target))
            done = run("flood", str(path), "--count", "1")
        self.assert_says(done, 4, r"exit status 7 .*its standard error: +lo$")

    def test_explain_tells_what_a_counter_means(self) -> None:
        self.assertIn("replies that the kernel accepted", run("explain", "datagrams_sent").stdout)
        self.assert_says(run("explain", "nonesuch"), 2, "nonesuch")
        for line in run("explain", "--list").stdout.splitlines():
            self.assertEqual(run("explain", line.split()[0]).returncode, 0, line)

    def test_serve_runs_a_server_by_name_until_it_is_told_to_stop(self) -> None:
        with subprocess.Popen(
            [EDGEWISE, "serve", "echo-poll", "--port", "0"], stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout
            port = int(server.stdout.readline().split()[-1])
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(DEADLINE_S)
                client.sendto(b"hello", ("127.0.0.1", port))
                self.assertEqual(client.recv(100), b"hello")
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(DEADLINE_S), 0)

    def test_serve_refuses_what_is_no_server(self) -> None:
        self.assert_says(run("serve", "nonesuch"), 2, "nonesuch")
        self.assert_says(run("serve"), 2, "which server")
        self.assert_says(run("serve", "/nonexistent/x.so"), 4, "No such file")
        self.assert_says(run("serve", __file__), 4, "cannot be loaded")


class Output(Case):
    def test_a_closed_pipe_has_read_enough(self) -> None:
        said: list[tuple[list[str], int]] = [
            (["list"], 0),
            (["--help"], 0),
            (["--version"], 0),
            (["help", "flood"], 0),
            (["list", "--json", "-"], 0),
            (["list", "--junit", "-"], 0),
            (["explain", "--list"], 0),
            (["check", "--list"], 0),
            (["fingerprint", "--list"], 0),
            (["init", "--list", "--exec", "x {port}"], 0),
            (["flood", "--count", "10", "echo-poll"], 0),
            (["flood", "--count", "10", "echo-poll", "--hgrm", "-"], 0),
            (["bench", "echo-poll", "--list"], 0),
            (["check", "echo-poll", "--case", "integrity-empty"], 0),
            (["check", ABSENT], 3),
        ]
        for words, status in said:
            with self.subTest(words=words):
                reader, writer = os.pipe()
                os.close(reader)
                done = run(*words, stdout=writer)
                os.close(writer)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertNotIn("edgewise ", done.stderr)

    @unittest.skipUnless(Path("/dev/full").exists(), "no /dev/full here")
    def test_a_full_disk_is_an_error_that_is_told(self) -> None:
        for words in (
            ["list", "--json", "/dev/full"],
            ["list", "--junit", "/dev/full"],
            ["flood", "--count", "10", "--json", "/dev/full", "echo-poll"],
            ["flood", "--count", "10", "--hgrm", "/dev/full", "echo-poll"],
        ):
            with self.subTest(words=words):
                self.assert_says(run(*words), 4, "/dev/full: No space left")
        with open("/dev/full", "w") as full:
            self.assert_says(
                run("flood", "--count", "10", "echo-poll", stdout=full), 4, "No space left"
            )

    def test_closed_streams_are_not_taken_for_descriptors_of_its_own(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "result.json")
            done = subprocess.run(
                [
                    "sh",
                    "-c",
                    'exec "$@" <&- >&- 2>&-',
                    "sh",
                    EDGEWISE,
                    "flood",
                    "echo-poll",
                    "--count",
                    "500",
                    "--json",
                    path,
                ],
                timeout=DEADLINE_S,
            )
            found = parsed(path.read_text())
        self.assertEqual(done.returncode, 4)
        self.assertEqual(found["result"]["counts"]["sent"], 500, found)

    def test_a_result_that_cannot_be_opened_is_told(self) -> None:
        self.assert_says(run("list", "--json", "/nonexistent/x"), 4, "/nonexistent/x: No such file")

    def test_a_live_line_and_colour_on_a_terminal_only(self) -> None:
        words = [EDGEWISE, "flood", "--duration", "0.7", "echo-poll"]
        seen = shown_on_terminal(words, DEADLINE_S, stdout=subprocess.DEVNULL)
        self.assertIn(b"\r\x1b[", seen)
        done = run(*map(str, words[1:]))
        self.assertNotIn("\r", done.stderr + done.stdout)
        self.assertNotIn("\x1b", done.stderr + done.stdout)

    def test_plain_is_one_sentence_a_line(self) -> None:
        said = [
            ["list"],
            ["explain", "--list"],
            ["check", "--list", "echo-poll"],
            ["flood", "--duration", "0.7", "echo-poll"],
            ["flood", "--rate", "1000", "--count", "100", "echo-poll", "--queue", "4"],
            ["bench", "echo-poll", "echo-select", ABSENT, "--rounds", "2", "--sample-ms", "20"],
        ]
        if sys.platform == "linux":
            said += [["fingerprint", "--list"], ["trace", "echo-poll"]]
        for words in said:
            with self.subTest(words=words):
                seen = shown_on_terminal([EDGEWISE, *words, "--plain"], DEADLINE_S).decode()
                self.assertNotIn("\x1b", seen)
                lines = seen.replace("\r\n", "\n").splitlines()
                self.assertGreater(len(lines), 2)
                for line in lines:
                    self.assertRegex(line, r"^[\w.-][^\r\t]*\.$")
                    self.assertNotIn("  ", line)

    def test_a_bench_tells_its_round_and_takes_any_baseline(self) -> None:
        words = ["bench", "echo-poll", "echo-select", "--rounds", "2", "--sample-ms", "20"]
        seen = shown_on_terminal(
            [EDGEWISE, *words, "--baseline", "echo-select"], DEADLINE_S, stdout=subprocess.DEVNULL
        )
        self.assertIn(b"\r\x1b[Kround 2 of 2: ", seen)
        done = run(*words, "--baseline", "echo-fool")
        self.assert_says(done, 2, "--baseline 'echo-fool' is none of the targets that can run here")


class Interrupts(Case):
    def interrupt(self, number: int) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "result.json"
            words = [str(EDGEWISE), "flood", "--duration", "600", "--json", str(file), "echo-poll"]
            with subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as flood:
                self.wait_for_load(flood.pid)
                flood.send_signal(number)
                report, _ = flood.communicate(timeout=DEADLINE_S)
            self.assertEqual(flood.returncode, 128 + number)
            self.assertIn("interrupted: partial", report)
            return parsed(file.read_text())

    def wait_for_load(self, parent: int) -> None:
        """Until the flood has a thread of its own: then it sends, and the target is up."""
        deadline = time.monotonic() + DEADLINE_S
        tasks = Path(f"/proc/{parent}/task")
        if not tasks.exists():
            time.sleep(DEADLINE_S / 20)
            return
        while len(list(tasks.iterdir())) < 2:
            self.assertLess(time.monotonic(), deadline)

    def test_a_signal_leaves_a_partial_result_and_nothing_running(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                found = self.interrupt(number)
                self.assertTrue(found["partial"])
                self.assertEqual(found["status"], 128 + number)
                self.assertEqual(found["result"]["end"], "interrupted")
                self.assertEqual(found["result"]["books"]["unaccounted"], 0)

    @unittest.skipUnless(Path("/proc/self/environ").exists(), "processes are looked for in /proc")
    def test_nothing_is_left_running(self) -> None:
        mark = f"EDGEWISE_TEST_MARK={os.getpid()}"
        words = [str(EDGEWISE), "flood", "--duration", "600", "echo-poll"]
        environment = os.environ | dict([mark.split("=")])
        with subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        ) as flood:
            self.wait_for_load(flood.pid)
            flood.send_signal(signal.SIGINT)
            flood.wait(DEADLINE_S)
        self.assertEqual(processes.with_word("environ", mark), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
