"""Runs the demonstrations as a user would: demos_test.py BIN"""

import os
import re
import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path

from running import Running

BIN = Path(sys.argv.pop(1))
DEADLINE = 10 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
DEMOS = ("future-notify", "mio-empty", "mio-mixed", "mio-pipe")


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / name, *arguments], capture_output=True, text=True, timeout=DEADLINE, check=False
    )


class Demo(Running):
    def __init__(self, name: str, *arguments: str) -> None:
        super().__init__(BIN / name, *arguments)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


class Demonstrations(unittest.TestCase):
    def test_help_says_what_to_try(self) -> None:
        for name in DEMOS:
            done = run(name, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"Usage: {name}", done.stdout)
            self.assertIn("strace", done.stdout)

    def test_bad_usage_is_refused_with_a_line_that_says_how_to_mend_it(self) -> None:
        bad = [(name, option) for name in DEMOS for option in ("--nonsense", "argument")]
        bad += [
            ("mio-mixed", "--port=70000"),
            ("mio-mixed", "--interval-ms=0"),
            ("mio-pipe", "--awakener=2018"),
            ("mio-empty", "--port=2000"),
            ("mio-pipe", "--interval-ms=5"),
            ("future-notify", "--selector=poll"),
        ]
        for name, option in bad:
            with self.subTest(name=name, option=option):
                done = run(name, option)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stdout, "")
                self.assertIn(name, done.stderr)

    def test_an_unknown_selector_and_a_taken_port_cannot_run(self) -> None:
        self.assertEqual(run("mio-empty", "--selector=magic").returncode, 4)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            done = run("mio-pipe", f"--port={taken.getsockname()[1]}")
        self.assertEqual(done.returncode, 4)
        self.assertIn("choose another --port", done.stderr)

    def test_signals_end_the_endless_ones_cleanly(self) -> None:
        for name, first in (
            ("mio-empty", "polling with nothing registered."),
            ("mio-mixed", "before poll."),
        ):
            for number in (signal.SIGINT, signal.SIGTERM):
                arguments = ["--port=0"] if name == "mio-mixed" else []
                with self.subTest(name=name, number=number), Demo(name, *arguments) as demo:
                    demo.line(re.escape(first))
                    self.assertEqual(demo.end(number), 0)

    def test_mio_empty_goes_on_after_stop_and_continue(self) -> None:
        with Demo("mio-empty") as demo:
            demo.line("polling with nothing registered.")
            for _ in range(3):
                demo.process.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, demo.process.pid, os.WSTOPPED)
                demo.process.send_signal(signal.SIGCONT)
                os.waitid(os.P_PID, demo.process.pid, os.WCONTINUED)
            self.assertIsNone(demo.process.poll())
            self.assertEqual(demo.end(signal.SIGTERM), 0)
            assert demo.process.stdout
            self.assertEqual(demo.process.stdout.read(), "")  # the poll never returned

    def test_mio_mixed_prints_datagrams_and_ticks_on_every_selector(self) -> None:
        for selector in ("epoll", "poll") if sys.platform == "linux" else ("kqueue", "poll"):
            command = ("mio-mixed", "--port=0", "--interval-ms=20", f"--selector={selector}")
            with (
                self.subTest(selector=selector),
                Demo(*command) as demo,
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
            ):
                port = int(demo.line(r"listening on 127\.0\.0\.1, port \d+").split()[-1])
                demo.line("before poll.")
                demo.line("0.02-second timer.")
                client.bind(("127.0.0.1", 0))
                for data in (b"hello", b""):
                    client.sendto(data, ("127.0.0.1", port))
                    demo.line(f"recv {len(data)} bytes from 127.0.0.1:{client.getsockname()[1]}.")
                demo.line("0.02-second timer.")
                self.assertEqual(demo.end(signal.SIGINT), 0)

    def test_mio_pipe_tells_the_two_forms_apart_on_every_selector(self) -> None:
        for selector in ("epoll", "poll") if sys.platform == "linux" else ("kqueue", "poll"):
            for form, verdict in (("2017", "was written 1 time"), ("pipe", "was not written")):
                with self.subTest(selector=selector, form=form):
                    done = run(
                        "mio-pipe", "--port=0", f"--awakener={form}", f"--selector={selector}"
                    )
                    self.assertEqual(done.returncode, 0)
                    self.assertRegex(
                        done.stdout,
                        r"recv 5 bytes from 127.0.0.1:\d+\.\nthe registration is ready.\n",
                    )
                    self.assertIn(verdict, done.stdout)

    def test_future_notify_is_polled_ten_times_and_ends(self) -> None:
        done = run("future-notify", "--interval-ms=1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        polls = re.findall(
            r"^future poll\(\) count=(\d+) time=(\d+\.\d{3})$", done.stdout, re.MULTILINE
        )
        self.assertEqual([int(count) for count, _ in polls], list(range(1, 11)), done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 10)
        times = [float(time) for _, time in polls]
        # Not a bound on speed: nobody may be polled before the interval that it asked for is over.
        self.assertTrue(
            all(later - earlier >= 0.0 for earlier, later in zip(times, times[1:]))
            and times[-1] >= 0.009,
            times,
        )


if __name__ == "__main__":
    unittest.main()
