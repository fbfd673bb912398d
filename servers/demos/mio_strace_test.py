"""What strace shows of the demonstrations on mio: mio_strace_test.py BIN

Only the calls that the notes speak of are looked at: the selector's, the awakener's and the
socket's.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from running import Running

BIN = Path(sys.argv.pop(1))
DEADLINE = 10 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
SKIPPED = 77
CALLS = "epoll_create1,pipe2,eventfd2,epoll_ctl,epoll_wait,epoll_pwait,recvfrom,sendto,read,write"


class Traced(Running):
    """A demonstration under strace.  Ended by a signal to itself, not to strace."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.log = Path(self.folder.name) / "log"
        super().__init__(
            "strace", "-f", "-o", self.log, "-e", f"trace={CALLS}", BIN / name, *arguments
        )

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.folder.cleanup()

    def child(self) -> int:
        return int(
            Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            .read_text("ascii")
            .split()[0]
        )

    def until_asleep(self) -> None:
        """While strace holds it between two calls it is "t", not "S"."""
        until = time.monotonic() + DEADLINE
        while (
            Path(f"/proc/{self.child()}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0]
            != "S"
        ):
            if time.monotonic() > until:
                raise AssertionError("never slept")
            time.sleep(0.001)

    def end(self) -> int:
        os.kill(self.child(), signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def calls(self) -> list[str]:
        """From the making of the selector on, without process ids, printing and what two threads
        tore apart."""
        lines = [re.sub(r"^\d+ +", "", line) for line in self.log.read_text("utf-8").splitlines()]
        start = next(i for i, line in enumerate(lines) if line.startswith("epoll_create1"))
        return [
            re.sub(r"epoll_pwait", "epoll_wait", line)
            for line in lines[start:]
            if not re.match(r"write\(1,|---|\+\+\+|<\.\.\.", line)
        ]


def names(calls: list[str]) -> list[str]:
    return [call.split("(")[0] for call in calls]


class Strace(unittest.TestCase):
    def assert_start(self, calls: list[str]) -> None:
        self.assertEqual(names(calls[:3]), ["epoll_create1", "pipe2", "epoll_ctl"])
        self.assertIn("O_NONBLOCK|O_CLOEXEC", calls[1])
        self.assertRegex(
            calls[2], r"EPOLL_CTL_ADD, \d+, \{events=EPOLLIN\|EPOLLET,.*u64=18446744073709551615"
        )

    def test_mio_empty_makes_and_registers_a_pipe_and_waits_once_for_ever(self) -> None:
        with Traced("mio-empty") as demo:
            demo.line("polling with nothing registered.")
            demo.until_asleep()
            self.assertEqual(demo.end(), 0)
            calls = demo.calls()
        self.assert_start(calls)
        self.assertEqual(names(calls[3:]), ["epoll_wait"])
        self.assertRegex(calls[3], r", 16, -1\b|, 16, -1,")

    def test_mio_pipe_of_2017_wakes_itself_with_a_write_and_two_reads(self) -> None:
        with Traced("mio-pipe", "--port=0", "--awakener=2017") as demo:
            self.assertEqual(demo.process.wait(DEADLINE), 0)
            calls = demo.calls()
        self.assert_start(calls)
        after = calls[names(calls).index("sendto") + 1 :]
        self.assertEqual(
            names(after), ["epoll_wait", "recvfrom", "write", "epoll_wait", "read", "read"]
        )
        self.assertRegex(after[0], r", -1.*\) += 1$")
        self.assertRegex(after[2], r'"\\1", 1\) += 1$')
        self.assertRegex(after[3], r"18446744073709551615.*, 0.*\) += 1$")
        self.assertRegex(after[4], r"128\) += 1$")
        self.assertIn("EAGAIN", after[5])

    def test_mio_pipe_of_today_needs_none_of_the_three(self) -> None:
        with Traced("mio-pipe", "--port=0") as demo:
            self.assertEqual(demo.process.wait(DEADLINE), 0)
            calls = demo.calls()
        after = calls[names(calls).index("sendto") + 1 :]
        self.assertEqual(names(after), ["epoll_wait", "recvfrom", "epoll_wait"])
        self.assertRegex(after[2], r", 0.*\) += 0$")

    def test_mio_mixed_writes_the_awakener_from_the_timers_thread_and_receives_in_the_same_poll(
        self,
    ) -> None:
        with (
            Traced("mio-mixed", "--port=0", "--interval-ms=200") as demo,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        ):
            port = int(demo.line(r"listening on 127\.0\.0\.1, port \d+").split()[-1])
            demo.line("before poll.")
            client.sendto(b"hello", ("127.0.0.1", port))
            demo.line("recv 5 bytes from .*")
            demo.line("0.2-second timer.")
            self.assertEqual(demo.end(), 0)
            calls = demo.calls()
        self.assert_start(calls)
        self.assertIn("recvfrom", names(calls))
        write = next(i for i, call in enumerate(calls) if re.match(r'write\(\d+, "\\1", 1', call))
        self.assertTrue(any(re.match(r'read\(\d+, "\\1", 128', call) for call in calls[write:]))


if __name__ == "__main__":
    if sys.platform != "linux" or not shutil.which("strace"):
        print("skipped: strace is not installed, or this is not Linux")
        sys.exit(SKIPPED)
    if (
        subprocess.run(
            ["strace", "-o", os.devnull, "true"], capture_output=True, check=False
        ).returncode
        != 0
    ):
        print("skipped: strace may not trace here (ptrace is forbidden)")
        sys.exit(SKIPPED)
    unittest.main()
