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

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from terminal import shown_on_terminal  # noqa: E402

EDGEWISE = Path(sys.argv[1])
DEADLINE_S = 20.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
NOBODY = 65534
DYING = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1])))
for _ in range(300):
    data, peer = s.recvfrom(65536)
    s.sendto(data, peer)
sys.stderr.write("these are my last words")
sys.exit(9)
"""


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run([EDGEWISE, *words], text=True, timeout=DEADLINE_S, **more)


def result_of(*words: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON, which must be there and valid whatever happened."""
    done = run(*words, "--json", "-", **more)
    found = json.loads(
        done.stdout, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name))
    )
    assert found["format"] == 1 and found["status"] == done.returncode, found
    return done.returncode, found


class Case(unittest.TestCase):
    def assert_says(self, done: subprocess.CompletedProcess[str], status: int, words: str) -> None:
        """One line on the standard error, of these words, and this exit status."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertRegex(done.stderr, words)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


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
        absent = "echo-kqueue-edge" if sys.platform == "linux" else "echo-epoll-edge"
        self.assertIn("needs", servers[absent]["missing"])

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


class Flood(Case):
    def flood(self, *words: str) -> tuple[int, dict[str, Any]]:
        return result_of("flood", *words)

    def test_a_count_is_sent_echoed_and_accounted_for(self) -> None:
        status, found = self.flood(
            "echo-poll", "--count", "5000", "--flows", "5", "--sockets", "3", "--size", "48-1472"
        )
        self.assertEqual(status, 0, found)
        counts, books = found["result"]["counts"], found["result"]["books"]
        self.assertEqual((counts["sent"], counts["echoed"]), (5000, 5000))
        self.assertEqual((books["dropped_by_server"], books["unaccounted"]), (0, 0))
        self.assertEqual(found["result"]["latency_raw_ns"]["count"], 5000)

    def test_a_command_is_flooded_and_what_it_does_not_tell_is_unknown(self) -> None:
        program = EDGEWISE.parent / "echo-poll"
        status, found = self.flood(
            "--count", "1000", "--exec", f"{program} --quiet --port {{port}}"
        )
        self.assertEqual(status, 0, found)
        self.assertIsNone(found["result"]["books"]["dropped_by_server"])
        self.assertFalse(found["result"]["books"]["attributed"])

    def test_ipv6(self) -> None:
        if (
            not socket.has_ipv6
            or run("flood", "--count", "1", "--address", "::1", "echo-poll").returncode == 4
        ):
            self.skipTest("no IPv6 loopback here")
        status, found = self.flood("--count", "1000", "--address", "::1", "echo-poll")
        self.assertEqual((status, found["result"]["counts"]["echoed"]), (0, 1000), found)

    def test_the_same_seed_gives_the_same_nonce(self) -> None:
        nonces = {
            self.flood("--count", "10", "--seed", "5", "echo-poll")[1]["result"]["generator"][
                "nonce"
            ]
            for _ in range(2)
        }
        self.assertEqual(len(nonces), 1)

    def test_an_open_loop_reports_both_latencies_and_its_lag(self) -> None:
        _, found = self.flood("--count", "500", "--rate", "5000", "echo-poll")
        self.assertEqual(found["result"]["counts"]["sent"], 500)
        self.assertEqual(found["result"]["generator"]["lag_ns"]["count"], 500)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "latency.hgrm"
            run("flood", "--count", "500", "--rate", "5000", "--hgrm", str(file), "echo-poll")
            self.assertRegex(file.read_text(), r"Percentile(.|\n)*1\.000000000000 +500")

    def test_a_search_ends_with_a_confirmed_rate_or_says_that_there_is_none(self) -> None:
        status, found = self.flood("--search", "--duration", "0.03", "echo-poll")
        rate, trials = found["result"]["highest_rate"], found["result"]["trials"]
        self.assertEqual(status, 0 if rate else 3, found)
        if rate:
            self.assertEqual(
                (trials[-1]["longer"], trials[-1]["outcome"], trials[-1]["achieved"]),
                (True, "clean", rate),
            )

    def test_quiet_is_quiet(self) -> None:
        done = run("flood", "--count", "100", "--quiet", "echo-poll")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_list_runs_nothing(self) -> None:
        done = run("flood", "--list", "echo-poll")
        self.assertEqual((done.returncode, done.stdout), (0, "echo-poll\n"))

    def test_bad_input_is_refused_in_one_line(self) -> None:
        bad: list[tuple[list[str], int, str]] = [
            (["nonesuch"], 2, "nonesuch"),
            ([], 2, "which target"),
            (["echo"], 2, "one target at a time"),
            (["127.0.0.1:65536"], 2, "65535"),
            (["127.0.0.1:65530-65540"], 2, "65535"),
            (["echo-poll", "--port", "65536"], 2, "65535"),
            (["echo-poll", "--port", "65530", "--sockets", "10"], 2, "65535"),
            (["echo-poll", "--size", "47"], 2, "48"),
            (["echo-poll", "--rate", "0"], 2, "--rate"),
            (["echo-poll", "--duration", "x"], 2, "--duration"),
            (["echo-poll", "--batch", "x"], 2, "plain, mmsg or gso"),
            (["echo-poll", "--pin", "0,x"], 2, "--pin"),
            (["echo-poll", "--pin", "1023"], 2, "pin"),
            (["echo-poll", "--one-way"], 2, "closed loop"),
            (["echo-poll", "--replay", "/nonexistent"], 4, "No such file"),
            (["echo-poll", "--replay", __file__], 2, "no corpus"),
            (["--judge", __file__], 2, "RECEIVED"),
            (["203.0.113.1:2000"], 2, "--remote"),
            (["--exec", "/nonexistent/server"], 4, "cannot be started"),
        ]
        for words, status, says in bad:
            with self.subTest(words=words):
                done = run("flood", "--count", "10", *words)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(says, done.stderr)

    def test_errors_are_in_the_json_too(self) -> None:
        for words, status in (
            (["nonesuch"], 2),
            (["--nonesuch"], 2),
            (["--exec", "/nonexistent/server"], 4),
        ):
            got, found = self.flood(*words)
            self.assertEqual(got, status)
            self.assertTrue(found["error"])
            self.assertIsNone(found["result"])

    def test_nobody_there_is_said_so(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        self.assert_says(run("flood", "--count", "10", f"127.0.0.1:{port}"), 4, "nobody listens")

    def test_a_port_without_permission_is_said_so(self) -> None:
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
        done = run("flood", "--count", "10", "--port", "1", "echo-poll", cwd="/", **who)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("ermission denied", done.stderr)

    def test_a_port_in_use_is_said_so(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            done = run("flood", "--count", "10", "--port", str(taken.getsockname()[1]), "echo-poll")
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn("in use", done.stderr)

    def test_a_target_that_dies_under_the_flood_is_a_finding_with_its_last_words(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "dying.py"
            program.write_text(DYING)
            done = run(
                "flood", "--duration", "0.5", "--exec", f"{sys.executable} {program} {{port}}"
            )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(
            done.stderr, "ended under the flood.*exit status 9.*these are my last words"
        )

    def test_junit_has_one_case(self) -> None:
        done = run("flood", "--count", "10", "--junit", "-", "echo-poll")
        self.assertIn('<testcase classname="echo-poll" name="flood"', done.stdout)
        self.assertIn('tests="1" failures="0" errors="0"', done.stdout)


class Output(Case):
    def test_a_closed_pipe_is_an_error_that_is_told(self) -> None:
        for words in (
            ["list"],
            ["--help"],
            ["--version"],
            ["help", "flood"],
            ["list", "--json", "-"],
            ["flood", "--count", "10", "echo-poll"],
        ):
            with self.subTest(words=words):
                reader, writer = os.pipe()
                os.close(reader)
                done = run(*words, stdout=writer)
                os.close(writer)
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn("Broken pipe", done.stderr)

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
            found = json.loads(path.read_text())
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
            result: dict[str, Any] = json.loads(file.read_text())
            return result

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
        left = []
        for process in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark.encode() in process.read_bytes().split(b"\0"):
                    left.append(process)
            except OSError:
                continue
        self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
