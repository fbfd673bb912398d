"""What is known of servers, and the fingerprint must find.

fingerprint_test.py EDGEWISE ODD_TARGET [STATIC_TARGET OVERFLOWING_TARGET SWAPPING_PLUGIN]
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import unittest
from typing import Any

EDGEWISE, ODD = sys.argv[1:3]
STATIC, OVERFLOWING, SWAPPING = sys.argv[3:6] if len(sys.argv) > 5 else (None, None, None)
SCALE = float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))

# A server of the usual kind, with something unusual in the middle.
PYTHON_SERVER = """
import os, select, socket, sys, threading
sockets = [socket.socket({family}, socket.SOCK_DGRAM) for _ in range({sockets})]
for i, s in enumerate(sockets):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(({host!r}, int({port}) + i))
    s.setblocking(False)
BODY
while True:
    for s in select.select(sockets, [], [])[0]:
        try:
            data, peer = s.recvfrom(65536)
        except BlockingIOError:
            continue
        s.sendto(data, peer)
"""


def edgewise(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([EDGEWISE, "fingerprint", *words], capture_output=True, text=True, timeout=120 * SCALE)


def fingerprint(*words: str) -> dict[str, Any]:
    """The scenarios of one target."""
    done = edgewise(*words, "--json", "-")
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)["result"]["fingerprints"][0]["scenarios"]


def python_server(body: str, family: str = "socket.AF_INET", host: str = "127.0.0.1") -> list[str]:
    text = PYTHON_SERVER.replace("{family}", family).replace("{host!r}", repr(host)).replace("BODY", body)
    return ["--exec", f'/usr/bin/env python3 -c "{text}"']


def bounds(scenarios: dict[str, Any], run: str) -> tuple[Any, Any]:
    found = scenarios["starvation"][run]
    return found["received"], found["answered"]


class Starvation(unittest.TestCase):
    def test_who_serves_each_ready_socket_once_has_a_bound_of_one(self) -> None:
        for name in ("echo-epoll-level", "echo-poll", "echo-select", "echo-mio-level"):
            found = fingerprint(name, "--scenario", "starvation")
            self.assertEqual(bounds(found, "first-start"), (1, 1), name)
            self.assertEqual(bounds(found, "first-worst"), (1, 2), name)

    def test_who_drains_until_eagain_has_none(self) -> None:
        for name in ("echo-epoll-edge", "echo-mio-edge", "echo-bare"):
            found = fingerprint(name, "--scenario", "starvation")
            for run in ("first-start", "first-worst", "last-worst"):
                self.assertEqual(bounds(found, run), ("none", "none"), name)

    def test_a_budget_is_found_whatever_it_is(self) -> None:
        chosen = random.Random(3)
        for _ in range(5):
            budget = chosen.randrange(1, 200)
            found = fingerprint("echo-epoll-fair", "--scenario", "starvation", "--budget", str(budget))
            self.assertEqual(bounds(found, "first-start"), (budget, budget))
            self.assertEqual(bounds(found, "first-worst"), (2 * budget - 1, 2 * budget))

    def test_threads_side_by_side_are_said_to_be_that(self) -> None:
        self.assertEqual(fingerprint("echo-blocking", "--scenario", "starvation")["starvation"]["first-start"], {"parallel": 1})


class Others(unittest.TestCase):
    def test_an_echo_costs_what_the_loop_says(self) -> None:
        found = fingerprint("echo-epoll-level", "--scenario", "cost")["cost"]["lock-step"]
        self.assertEqual(found, {"echoes": 50, "recvfrom": 50, "sendto": 50, "epoll_wait": 50, "empty_waits": 0,
                                 "empty_receives": 0})
        found = fingerprint("echo-epoll-edge", "--scenario", "cost")["cost"]["burst-100"]
        self.assertEqual((found["epoll_wait"], found["recvfrom"], found["sendto"]), (1, 101, 100))

    def test_our_mio_does_what_epoll_alone_does_and_makes_no_call_more(self) -> None:
        for trigger in ("level", "edge"):
            # Their last words when a wait fails name the server.
            ours, raw = (json.dumps(fingerprint(name), indent=1).replace(name, "it")
                         for name in (f"echo-mio-{trigger}", f"echo-epoll-{trigger}"))
            self.assertEqual(ours, raw)

    def test_nobody_of_ours_asks_for_writability_for_nothing(self) -> None:
        for name in ("echo-poll", "echo-select", "echo-epoll-edge"):
            self.assertEqual(fingerprint(name, "--scenario", "interest")["interest"]["lock-step"]["write_waits"], 0, name)

    def test_order_is_kept(self) -> None:
        self.assertEqual(fingerprint("echo-epoll-fair", "--scenario", "order")["order"]["interleaved"],
                         {"queued": 200, "answered": 200, "disorder": 0, "misrouted": 0})

    def test_an_error_is_one_datagrams_affair(self) -> None:
        found = fingerprint("echo-epoll-level", "--scenario", "errors")["errors"]
        self.assertEqual(found["send-EPERM"]["answered"], 19)
        for run in ("receive-ECONNREFUSED", "send-ECONNREFUSED", "wait-EINTR"):
            self.assertEqual(found[run], {"answered": 20, "late": 0}, run)
        self.assertIn("exit status 4", found["wait-ENOMEM"]["ended"])

    def test_both_families_and_wildcards(self) -> None:
        for address in ("::1", "0.0.0.0", "::"):
            found = fingerprint("echo-poll", "--scenario", "order", "--address", address)["order"]["interleaved"]
            self.assertEqual((found["answered"], found["misrouted"]), (200, 0), address)


class AnyServer(unittest.TestCase):
    def assert_serves(self, words: list[str]) -> None:
        found = fingerprint(*words, "--scenario", "order")["order"]["interleaved"]
        self.assertEqual((found["answered"], found["disorder"], found["misrouted"]), (200, 0, 0), found)

    def test_a_plain_one(self) -> None:
        self.assert_serves(python_server(""))

    def test_ipv6(self) -> None:
        self.assert_serves(python_server("", "socket.AF_INET6", "::1"))

    def test_duplicated_descriptors(self) -> None:
        self.assert_serves(python_server("sockets = [s.dup() for s in sockets]"))

    def test_one_that_closes_what_it_did_not_open(self) -> None:
        self.assert_serves(python_server("os.closerange(max(s.fileno() for s in sockets) + 1, 490)"))

    def test_forked_workers_that_share_sockets(self) -> None:
        found = fingerprint(*python_server("os.fork()"), "--scenario", "order")["order"]["interleaved"]
        self.assertEqual((found["answered"], found["misrouted"]), (200, 0), found)

    def test_a_second_thread_that_sleeps(self) -> None:
        self.assert_serves(python_server("threading.Thread(target=threading.Event().wait).start()"))

    def test_one_that_looks_before_it_takes(self) -> None:
        command, text = python_server("")
        self.assert_serves([command, text.replace("s.recvfrom(65536)", "s.recvfrom(9, socket.MSG_PEEK) and s.recvfrom(65536)")])

    def test_one_that_opens_hundreds_of_sockets_and_closes_them_again(self) -> None:
        self.assert_serves(python_server("for _ in range(3): [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) "
                                         "for _ in range(300)]"))

    def test_one_on_io_uring_is_not_interposable(self) -> None:
        ring = "import ctypes; sys.exit(9) if ctypes.CDLL(None).syscall(425, 8, ctypes.create_string_buffer(256)) < 0 else 0"
        done = edgewise(*python_server(f"{ring}; threading.Event().wait()"), "--scenario", "burst")
        if done.returncode == 4:
            self.skipTest("no io_uring here")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("not interposable: it uses io_uring", done.stdout)

    def test_a_privileged_or_static_one_never_loads_the_library(self) -> None:
        if not STATIC:
            self.skipTest("no static program can be linked here")
        done = edgewise("--exec", f"{STATIC} echo {{port}}")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("not interposable: the library was not loaded", done.stdout)

    def test_an_overflow_in_the_receive_buffer_is_still_found(self) -> None:
        if not OVERFLOWING:
            self.skipTest("only where nothing else has a sanitizer")
        done = edgewise("--exec", f"{OVERFLOWING} {{port}}", "--scenario", "cost")
        self.assertIn("ABORTING", done.stdout + done.stderr)
        self.assertIn(done.returncode, (1, 4))

    def test_answers_out_of_order_are_a_finding(self) -> None:
        if not SWAPPING:
            self.skipTest("the mutants have no sanitizer of their own")
        done = edgewise(SWAPPING, "--scenario", "order")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("answers out of order", done.stdout)

    def test_valgrind_changes_nothing(self) -> None:
        if not shutil.which("valgrind") or not STATIC:
            self.skipTest("no valgrind, or it would meet a sanitizer")
        program = os.path.join(os.path.dirname(EDGEWISE), "echo-epoll-fair")
        words = f"{program} --port {{port}} --sockets {{sockets}} --quiet"
        texts = {json.dumps(fingerprint("--exec", command, "--scenario", "order")) for command in (words, f"valgrind -q {words}")}
        self.assertEqual(len(texts), 1, texts)

    def test_one_that_never_rests_is_named(self) -> None:
        spin = "threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()"
        done = edgewise(*python_server(spin), "--scenario", "burst", "--timeout-scale", str(0.2 * SCALE))
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertRegex(done.stdout, r"never quiet: thread \d+ of it is always busy")

    def test_one_that_ends_at_once_could_not_be_run(self) -> None:
        done = edgewise("--exec", f"{ODD} die {{port}}")
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, "ended with exit status 3 before it waited.*I would rather not")

    def test_one_that_never_binds_is_undecided(self) -> None:
        done = edgewise("--exec", f"{ODD} idle {{port}}", "--scenario", "burst", "--timeout-scale", str(0.1 * SCALE))
        self.assertEqual(done.returncode, 3)
        self.assertIn("never waited for a datagram on its ports", done.stdout)

    def test_words_that_mean_nothing(self) -> None:
        for words in (["--scenario", "nonesuch", "echo-poll"], ["nonesuch"], []):
            self.assertEqual(edgewise(*words).returncode, 2, words)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
