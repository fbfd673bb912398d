"""Two carriers, one finding, and nothing left behind: carrier_test.py EDGEWISE
ODD_TARGET SPECIMEN TICKER [STATIC_SPECIMEN]

Exits 77 where the kernel has no seccomp listener that waits killably (5.19), or this is not x86-64.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from result_json import parsed

EDGEWISE, ODD, SPECIMEN, TICKER = sys.argv[1:5]
STATIC = sys.argv[5] if len(sys.argv) > 5 else None  # where static programs can be linked
SCALE = float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
# It stays with a socket for two milliseconds of its clock.
TURNS_BY_TIME = """
import select, socket, time
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range({sockets})]
for i, s in enumerate(sockets):
    s.bind(('127.0.0.1', {port} + i))
    s.setblocking(False)
while True:
    for s in select.select(sockets, [], [])[0]:
        until = time.monotonic() + 0.002
        while time.monotonic() < until:
            try:
                data, peer = s.recvfrom(65536)
            except BlockingIOError:
                break
            s.sendto(data, peer)
"""
SERVERS = ["echo-epoll-fair"]


def run(*words: str, **how: Any) -> subprocess.CompletedProcess[str]:
    command = [EDGEWISE, "fingerprint", *words, "--timeout-scale", str(3 * SCALE)]
    return subprocess.run(command, capture_output=True, text=True, timeout=180 * SCALE, **how)


def found_by(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = parsed(done.stdout)["result"]["fingerprints"][0]
    return found


def received(found: dict[str, Any]) -> dict[str, Any]:
    starvation = found["scenarios"]["starvation"]
    return {name: figures["received"] for name, figures in starvation.items()}


def specimen(program: str, budget: int, queue: int, batch: int) -> str:
    return f"{program} {{port}} {{sockets}} {budget} {queue} {batch}"


class Carriers(unittest.TestCase):
    def test_both_find_the_same_of_servers_of_ours(self) -> None:
        done = run(*SERVERS, "--carrier", "both", "--json", "-")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        for one in parsed(done.stdout)["result"]["fingerprints"]:
            self.assertNotIn("differs", one)
            self.assertNotIn("carrier", one)

    def test_both_find_the_same_of_batches(self) -> None:
        done = run("--exec", specimen(SPECIMEN, 7, 3, 5), "--carrier", "both", "--json", "-")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)

    def test_a_static_program_is_supervised_by_itself(self) -> None:
        if not STATIC:
            self.skipTest("no static program can be linked here")
        done = run("--exec", specimen(STATIC, 7, 3, 1), "--json", "-")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        found = found_by(done)
        self.assertEqual(found["carrier"], "supervise")
        preloaded = found_by(
            run("--exec", specimen(SPECIMEN, 7, 3, 1), "--carrier", "preload", "--json", "-")
        )
        for one in (found, preloaded):
            del one["row"]["target"]
        self.assertEqual(found["row"], preloaded["row"])
        self.assertEqual(found["row"]["held"], "3")

    def test_a_difference_is_a_finding(self) -> None:
        if not STATIC:
            self.skipTest("a shell is preloaded only where nothing has a sanitizer")
        # It sees by what it is carried, and behaves by it.
        differing = f"{SPECIMEN} {{port}} {{sockets}} ${{LD_PRELOAD:+1}}7 3 1"
        done = run(
            "--exec",
            f"sh -c 'exec {differing}'",
            *("--carrier", "both", "--scenario", "starvation", "--json", "-"),
        )
        self.assertEqual(done.returncode, 1, done.stdout[-2000:] + done.stderr)
        self.assertEqual(
            found_by(done)["differs"]["starvation.first-start"],
            "received is 17 by preload and 7 by supervise",
        )

    def test_a_bound_of_time_is_none_of_datagrams(self) -> None:
        done = run(
            "--exec",
            f'{sys.executable} -c "{TURNS_BY_TIME}"',
            *("--carrier", "supervise", "--scenario", "starvation", "--json", "-"),
        )
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        self.assertEqual(
            received(found_by(done)),
            {
                "first-start": "2 ms",
                # Who comes in such a turn is not in its list yet, and waits for the next, too.
                "first-worst": "4 ms",
                "last-start": 0,
                "last-worst": "2 ms",
            },
        )

    def test_a_timer_that_ticks_is_of_the_targets_time(self) -> None:
        words = ("--scenario", "starvation", "--carrier", "both", "--json", "-")
        done = run("--exec", f"{TICKER} {{port}} {{sockets}} 25", *words)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        found = found_by(done)
        self.assertEqual(found["carrier"], "supervise")
        self.assertEqual(
            received(found),
            {
                "first-start": "25 ms",
                "first-worst": "50 ms",
                "last-start": 0,
                "last-worst": "25 ms",
            },
        )

    def test_both_find_the_same_of_workers_that_share_ports(self) -> None:
        words = ("echo-epoll-level", "--workers", "2", "--share", "hash", "--carrier", "both")
        done = run(*words, "--json", "-")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        self.assertNotIn("differs", found_by(done))

    def test_a_program_that_chooses_among_sockets_is_the_kernels_to_run(self) -> None:
        words = ("echo-epoll-level", "--workers", "2", "--share", "bpf", "--scenario", "order")
        found = found_by(run(*words, "--json", "-"))
        self.assertEqual(found["carrier"], "supervise")
        order = found["scenarios"]["order"]["interleaved"]
        self.assertEqual((order["answered"], order["misrouted"]), (200, 0), order)
        done = run(*words, "--carrier", "preload")
        self.assertIn("one chosen by a program (BPF)", done.stdout + done.stderr)

    def test_an_unknown_carrier_is_a_mistake_of_usage(self) -> None:
        done = run("echo-poll", "--carrier", "pigeon")
        self.assertEqual(done.returncode, 2)
        self.assertIn("preload, supervise or both", done.stderr)


class Privileges(unittest.TestCase):
    """What is installed for everybody, as somebody who is nobody."""

    def as_nobody(self, *before: str) -> dict[str, Any]:
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            copies = [shutil.copy(program, folder) for program in (EDGEWISE, SPECIMEN)]
            command = [
                *before,
                copies[0],
                "fingerprint",
                "--exec",
                specimen(copies[1], 4, 8, 1),
                "--carrier",
                "supervise",
                "--scenario",
                "starvation",
                "--scenario",
                "blocked",
                "--json",
                "-",
                "--timeout-scale",
                str(3 * SCALE),
            ]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                user=65534,
                group=65534,
                extra_groups=[],
                cwd=folder,
                timeout=180 * SCALE,
            )
        if not done.stdout:
            self.fail(done.stderr)
        scenarios: dict[str, Any] = found_by(done)["scenarios"]
        return scenarios

    def test_without_them_all_runs_in_a_user_namespace(self) -> None:
        found = self.as_nobody()
        if "unsupported" in found["blocked"]["after-5"]:
            self.skipTest(found["blocked"]["after-5"]["unsupported"])
        self.assertEqual(found["starvation"]["first-worst"]["received"], 7)
        self.assertEqual(found["blocked"]["after-5"]["held"], 8)

    def test_without_a_namespace_only_refused_sends_are_lacking(self) -> None:
        none = 'echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"'
        if subprocess.run(["unshare", "-Ur", "true"], capture_output=True).returncode != 0:
            self.skipTest("no user namespaces here")
        found = self.as_nobody("unshare", "-Ur", "/bin/sh", "-c", none, "sh")
        self.assertEqual(found["starvation"]["first-worst"]["received"], 7)
        self.assertIn("needs a network namespace", found["blocked"]["after-5"]["unsupported"])


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def runs(pid: int, program: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/exe").samefile(program)
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Any, what: str) -> Any:
    """What it is, once it is true."""
    limit = time.monotonic() + 10 * SCALE
    while not (found := condition()):
        assert time.monotonic() < limit, what
        time.sleep(0.01)
    return found


class Deaths(unittest.TestCase):
    """The supervisor is the child of edgewise that has no child; the target is the other one's."""

    def setUp(self) -> None:
        self.edgewise = subprocess.Popen(
            [
                EDGEWISE,
                "fingerprint",
                "--exec",
                f"{ODD} idle {{port}}",
                "--carrier",
                "supervise",
                "--scenario",
                "burst",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(self.edgewise.__exit__, None, None, None)
        self.addCleanup(self.edgewise.kill)
        (self.target,) = wait_until(self.targets, "the target was not started")
        self.supervisor = next(pid for pid in children(self.edgewise.pid) if not children(pid))

    def targets(self) -> list[int]:
        """What runs the program: before it does, a child is a copy of edgewise, words and all."""
        return [
            target
            for pid in children(self.edgewise.pid)
            for target in children(pid)
            if runs(target, Path(ODD))
        ]

    def assert_nothing_is_left(self) -> None:
        wait_until(
            lambda: not is_alive(self.target) and not is_alive(self.supervisor), "something is left"
        )

    def test_the_targets_takes_the_supervisor_along(self) -> None:
        os.kill(self.target, signal.SIGKILL)
        self.assertIn("was ended by signal 9", self.edgewise.communicate()[0])
        self.assert_nothing_is_left()

    def test_the_supervisors_takes_the_target_along(self) -> None:
        os.kill(self.supervisor, signal.SIGKILL)
        self.assertIn("its supervisor has ended", self.edgewise.communicate()[0])
        self.assert_nothing_is_left()

    def test_that_of_edgewise_takes_both_along(self) -> None:
        self.edgewise.kill()
        self.assert_nothing_is_left()


def main() -> None:
    kernel = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
    if platform.machine() != "x86_64" or kernel < (5, 19):
        print(
            f"the supervisor needs x86-64 and Linux 5.19; this is {platform.machine()},"
            f" {platform.release()}"
        )
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main()
