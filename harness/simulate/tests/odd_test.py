"""Odd servers are fingerprinted, or said clearly to be none that can be: odd_test.py EDGEWISE
ODD_TARGET [STATIC OVERFLOWING]

Nothing hangs, and nothing is misread.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import unittest

from result_json import parsed
from simulated import CARRIER, SCALE, edgewise, fingerprint

ODD = sys.argv[2]
STATIC, OVERFLOWING = (
    sys.argv[3:5] if len(sys.argv) > 4 else (None, None)
)  # where nothing else has a sanitizer

# A server of the usual kind, with something unusual in the middle.
PYTHON_SERVER = """
import os, select, socket, sys, threading, time
HOST, PORT = 'HOST_HERE', int({port})

def bound(i):
    s = socket.socket(FAMILY, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind((HOST, PORT + i))
    s.setblocking(False)
    return s

def answer_from_a_socket_of_its_own(s, data, peer):
    if (s.getsockname(), peer) not in connected:
        own = connected[s.getsockname(), peer] = bound(s.getsockname()[1] - PORT)
        own.connect(peer)
        sockets.append(own)
    connected[s.getsockname(), peer].send(data)

sockets, connected = [bound(i) for i in range({sockets})], {}
BODY
while True:
    for s in select.select(sockets, [], [])[0]:
        try:
            data, peer = s.recvfrom(65536)
        except BlockingIOError:
            continue
        ANSWER
"""


def python_server(
    body: str,
    family: str = "socket.AF_INET",
    host: str = "127.0.0.1",
    answer: str = "s.sendto(data, peer)",
) -> list[str]:
    text = (
        PYTHON_SERVER.replace("FAMILY", family)
        .replace("HOST_HERE", host)
        .replace("ANSWER", answer)
        .replace("BODY", body)
    )
    return ["--exec", f'/usr/bin/env python3 -c "{text}"']


class AnyServer(unittest.TestCase):
    def assert_serves(self, words: list[str]) -> None:
        found = fingerprint(*words, "--scenario", "order")["order"]["interleaved"]
        self.assertEqual(
            (found["answered"], found["disorder"], found["misrouted"]), (200, 0, 0), found
        )

    def test_a_plain_one(self) -> None:
        self.assert_serves(python_server(""))

    def test_ipv6(self) -> None:
        self.assert_serves(python_server("", "socket.AF_INET6", "::1"))

    def test_duplicated_descriptors(self) -> None:
        self.assert_serves(python_server("sockets = [s.dup() for s in sockets]"))

    def test_one_that_closes_what_it_did_not_open(self) -> None:
        self.assert_serves(
            python_server("os.closerange(max(s.fileno() for s in sockets) + 1, 490)")
        )

    def test_forked_workers_that_share_sockets(self) -> None:
        found = fingerprint(*python_server("os.fork()"), "--scenario", "order")["order"][
            "interleaved"
        ]
        self.assertEqual((found["answered"], found["misrouted"]), (200, 0), found)

    def test_processes_of_their_own_that_share_ports(self) -> None:
        copy = (
            "os.environ.get('COPY') or os.posix_spawn(sys.executable, sys.orig_argv, os.environ |"
            " dict(COPY='1'))"
        )
        found = fingerprint(*python_server(copy), "--scenario", "order")["order"]["interleaved"]
        self.assertEqual((found["answered"], found["misrouted"]), (200, 0), found)

    def test_a_second_thread_that_sleeps(self) -> None:
        self.assert_serves(python_server("threading.Thread(target=threading.Event().wait).start()"))

    def test_a_second_thread_that_sleeps_until_the_end_of_time(self) -> None:
        last = "(ctypes.c_long * 2)(2**63 - 1, 0)"
        body = (
            "import ctypes; sleep = lambda:"
            f" ctypes.CDLL(None).clock_nanosleep(time.CLOCK_MONOTONIC, 1, {last}, None)"
        )
        self.assert_serves(
            python_server(
                f"import time; {body}; "
                "threading.Thread(target=lambda: [sleep() for _ in iter(int, 1)]).start()"
            )
        )

    def test_one_that_looks_before_it_takes(self) -> None:
        command, text = python_server("")
        self.assert_serves(
            [
                command,
                text.replace(
                    "s.recvfrom(65536)", "s.recvfrom(9, socket.MSG_PEEK) and s.recvfrom(65536)"
                ),
            ]
        )

    def test_one_that_opens_hundreds_of_sockets_and_closes_them_again(self) -> None:
        self.assert_serves(
            python_server(
                "for _ in range(3): [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) "
                "for _ in range(300)]"
            )
        )

    def test_one_that_binds_ten_thousand_sockets(self) -> None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        many = min(10000, (hard - 1000) // 2)  # two descriptors each
        self.assertGreater(many, 1000)
        self.assert_serves(
            python_server(
                f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({hard}, {hard}));"
                " more = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in"
                f" range({many})]; [s.bind((HOST, 0)) for s in more]"
            )
        )

    def test_one_that_runs_out_of_descriptors_is_told_why(self) -> None:
        if CARRIER == "supervise":
            self.skipTest("a socket takes one descriptor")
        done = edgewise(
            *python_server(
                "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (600, 600)); "
                "more = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(400)]"
            ),
            "--scenario",
            "burst",
        )
        self.assertEqual(done.returncode, 4)
        self.assertRegex(
            done.stderr, r"a simulated socket takes two descriptors.*Too many open files"
        )

    def test_one_that_closes_its_sockets_and_opens_them_again(self) -> None:
        self.assert_serves(
            python_server(
                "[s.close() for s in sockets]; sockets = [bound(i) for i in range(len(sockets))]"
            )
        )

    def test_several_sockets_on_one_port(self) -> None:
        self.assert_serves(python_server("sockets += [bound(i) for i in range(len(sockets))]"))

    def test_one_that_connects_a_socket_to_each_client(self) -> None:
        self.assert_serves(
            python_server("", answer="answer_from_a_socket_of_its_own(s, data, peer)")
        )

    def test_answers_of_the_largest_size(self) -> None:
        self.assert_serves(python_server("", answer="s.sendto(data.ljust(65507), peer)"))

    def test_empty_answers_are_a_finding_and_so_are_none(self) -> None:
        empty = edgewise(*python_server("", answer="s.sendto(b'', peer)"), "--scenario", "order")
        self.assertEqual(empty.returncode, 1, empty.stdout)
        self.assertIn("of bytes that nobody sent", empty.stdout)
        silent = edgewise(*python_server("", answer="pass"), "--scenario", "order")
        self.assertEqual(silent.returncode, 1, silent.stdout)
        self.assertIn("never answers", silent.stdout)

    def test_one_that_runs_with_another_users_rights_is_not_interposable(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root can make a program that runs as somebody else")
        with tempfile.TemporaryDirectory() as folder:
            program = shutil.copy(ODD, folder)
            os.chmod(folder, 0o755)
            os.chown(program, 65534, 65534)
            os.chmod(program, 0o4755)
            done = edgewise("--exec", f"{program} echo {{port}}", "--scenario", "burst")
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("under a supervisor it would lose the rights", done.stdout)

    def test_a_static_one_is_supervised_or_said_not_to_be_interposable(self) -> None:
        if not STATIC:
            self.skipTest("no static program can be linked here")
        words = ("--exec", f"{STATIC} echo {{port}}", "--scenario", "burst")
        self.assertIn("a supervisor held its system calls", edgewise(*words).stdout)
        if CARRIER:
            return
        done = edgewise(*words, "--carrier", "preload")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("not interposable: the library was not loaded", done.stdout)

    def test_an_overflow_in_the_receive_buffer_is_still_found(self) -> None:
        if not OVERFLOWING:
            self.skipTest("only where nothing else has a sanitizer")
        done = edgewise("--exec", f"{OVERFLOWING} {{port}}", "--scenario", "cost")
        self.assertIn("ABORTING", done.stdout + done.stderr)
        self.assertIn(done.returncode, (1, 4))

    def test_one_that_never_rests_is_named(self) -> None:
        spin = "threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()"
        done = edgewise(
            *python_server(spin), "--scenario", "burst", "--timeout-scale", str(0.2 * SCALE)
        )
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertRegex(
            done.stdout, r"never quiet: thread \d+ of it (computes|is in system call \d+)"
        )

    def test_one_that_computes_for_ever_is_said_to(self) -> None:
        words = ("--scenario", "burst", "--timeout-scale", str(0.2 * SCALE))
        done = edgewise(*python_server("", answer="while True: pass"), *words)
        self.assertEqual(done.returncode, 3, done.stdout)
        further = "got no further: of 100 datagrams it had received 1 and answered 0"
        self.assertRegex(done.stdout, f"{further}|never quiet: thread")

    def test_one_that_never_sleeps_for_long_is_said_to(self) -> None:
        naps = (
            "threading.Thread(target=lambda: [time.sleep(0.01) for _ in iter(int, 1)],"
            " daemon=True).start()"
        )
        done = edgewise(
            *python_server(naps), "--scenario", "burst", "--timeout-scale", str(0.2 * SCALE)
        )
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("never quiet: a thread of it sleeps again and again", done.stdout)

    def test_one_that_sleeps_between_two_looks_costs_no_time(self) -> None:
        self.assert_serves(
            python_server(
                """
while True:
    time.sleep(3600)
    for s in sockets:
        try:
            while True:
                s.sendto(*s.recvfrom(65536))
        except BlockingIOError:
            pass
"""
            )
        )

    def test_one_that_waits_by_looking_at_the_clock_gets_there(self) -> None:
        self.assert_serves(
            python_server("then = time.monotonic() + 1\nwhile time.monotonic() < then: pass")
        )

    def test_the_clock_is_the_same_in_every_run(self) -> None:
        told = set()
        for _ in range(3):
            done = edgewise(
                *python_server(
                    "",
                    # As far as a float of that size is exact.
                    answer="sys.exit(f'{time.monotonic():.5f} {time.time() + os.getpid():.5f}')",
                ),
                "--scenario",
                "burst",
                "--json",
                "-",
            )
            told.add(
                parsed(done.stdout)["result"]["fingerprints"][0]["scenarios"]["burst"]["burst-100"][
                    "ended"
                ]
            )
        self.assertEqual(len(told), 1, told)

    def test_one_that_sleeps_before_it_answers_is_in_time(self) -> None:
        words = python_server(
            "",
            answer=(
                "then = time.monotonic(), time.time(); time.sleep(3600); "
                "slept = time.monotonic() - then[0], time.time() - then[1]; "
                "all(3600 <= t < 3601 for t in slept) and s.sendto(data, peer)"
            ),
        )
        self.assert_serves(words)
        found = fingerprint(*words, "--scenario", "errors")["errors"]["wait-EINTR"]
        self.assertEqual(found, {"answered": 20, "late": 0})

    def test_a_shell_that_sleeps_beside_its_server_goes_on_sleeping(self) -> None:
        command, text = python_server("")
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "server.py")
            with open(script, "w", encoding="ascii") as file:
                file.write(
                    text.split('-c "')[1]
                    .rstrip('"')
                    .replace("{port}", "sys.argv[1]")
                    .replace("{sockets}", "int(sys.argv[2])")
                )
            self.assert_serves(
                [
                    command,
                    f"/bin/sh -c '/usr/bin/env python3 {script} {{port}} {{sockets}} & sleep 3600'",
                ]
            )

    def test_the_clock_of_threads_never_goes_back(self) -> None:
        self.assert_serves(
            python_server(
                (
                    "before = time.monotonic(); time.sleep(0.3); "
                    "threading.Thread(target=threading.Event().wait).start(); "
                    "back = time.monotonic() < before + 0.3"
                ),
                answer="back or s.sendto(data, peer)",
            )
        )

    def test_a_timer_that_is_set_to_a_time_expires(self) -> None:
        self.assert_serves(
            python_server(
                """import ctypes
libc, then = ctypes.CDLL(None), int((time.monotonic() + 0.1) * 1e9)
timer = libc.timerfd_create(time.CLOCK_MONOTONIC, 0)
libc.timerfd_settime(timer, 1, (ctypes.c_long * 4)(0, 0, *divmod(then, 10**9)), None)
os.read(timer, 8)"""
            )
        )

    def test_a_lock_that_is_waited_for_until_a_time_is_given_up(self) -> None:
        self.assert_serves(
            python_server(
                """import ctypes
libc, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)
then = int((time.time() + 0.1) * 1e9)
libc.pthread_mutex_lock(mutex)
until = (ctypes.c_long * 2)(*divmod(then, 10**9))
if libc.pthread_mutex_timedlock(mutex, until) != 110: sys.exit(9)"""
            )
        )

    def test_one_that_waits_for_something_else_sleeps_for_ever(self) -> None:
        done = edgewise(
            *python_server("", answer="threading.Event().wait()"), "--scenario", "burst"
        )
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("sleeps where no datagram wakes it", done.stdout)

    def test_one_that_ends_at_once_could_not_be_run(self) -> None:
        done = edgewise("--exec", f"{ODD} die {{port}}")
        self.assertEqual(done.returncode, 4)
        self.assertRegex(
            done.stderr, "ended with exit status 3 before it waited.*I would rather not"
        )

    def test_one_that_never_binds_is_undecided(self) -> None:
        done = edgewise(
            "--exec",
            f"{ODD} idle {{port}}",
            "--scenario",
            "burst",
            "--timeout-scale",
            str(0.1 * SCALE),
        )
        self.assertEqual(done.returncode, 3)
        self.assertIn("never waited for a datagram on its ports", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
