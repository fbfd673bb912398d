"""What every program tells with --trace, moment by moment:
trace_test.py BIN [--preload LIBRARY] [--shims FOLDER] SERVER...

A program is given a script: datagrams that come alone, several at once while it is stopped, and
several of which the first cannot be sent twice (the preloaded library refuses it).  moments.json
says what it must tell of each, and what the originals told; whatever differs from them has its
reason there.  The shims are servers on kqueue over epoll.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import unittest
from collections import Counter
from pathlib import Path
from typing import Any

import processes
from result_json import parsed

MOMENTS = json.loads((Path(__file__).parent / "moments.json").read_text("utf-8"))
TABLE: dict[str, dict[str, Any]] = MOMENTS["programs"]
SKIPPED = 77
DEADLINE_S = 60 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
BURST = [b"hello"] * 3
ASLEEP = r"before (wait|recv on #0)\."
# Who spins never sleeps, and tells of the first round alone in which nothing moves.
IDLE_ROUND = r"recv would block on #0\."
MPSC = "writer-poll reader-poll received put taken trying sent"
BLOCKED = ([b"block"] + [b"hello"] * 4, [b"hello"], [b"hello"])

parser = argparse.ArgumentParser()
parser.add_argument("bin", type=Path)
parser.add_argument("--preload")
parser.add_argument("--shims", type=Path)
parser.add_argument("servers", nargs="*")
given = parser.parse_args()

# What a line says, in the words of the table; \1 and so on are the expression's groups.
WORDS = (
    (r"before wait\.", "wait"),
    (r"before wait, at most (\d+) ms\.", r"wait-\1"),
    (r"after wait\.", "woke"),
    (r"after wait: interrupted\.", "interrupted"),
    (r"event of (#\d+): (.*)\.", r"event\1:\2"),
    (r"interest in (#\d+): (.*)\.", r"interest\1:\2"),
    (r"recv \d+ bytes from .*|recv: \d+ bytes on #0\.", "received"),
    (r"total pending writes: (\d+)", r"pending-\1"),
    (r"sent \d+ bytes to .*|send: \d+ bytes on #0\.", "sent"),
    (r"(recv|send) would block on (#\d+)\.", r"\1-blocks\2"),
    (r"(recv|send) not tried on (#\d+): not ready\.", r"\1-not-ready\2"),
    (r"(recv|send) readiness of (#\d+) cleared\.", r"\1-cleared\2"),
    (r"budget of (#\d+) spent: to the end of the line\.", r"budget-spent\1"),
    (r"before recv on (#\d+)\.", r"before-recv\1"),
    (r"outgoing buffers exhausted; dropping packet\.", "dropped"),
    (r"Main future poll\(\)\.\.\.", "main-poll"),
    (r"Future (#\d+) poll\(\)\.\.\.", r"poll\1"),
    (r"(Reader|Writer) poll\(\)\.\.\.", r"\1-poll"),
    (r"Reader: put into the channel \(#0\)\.?", "put"),
    (r"Reader: parked, the channel is full \(#0\)\.?", "parked"),
    (r"Reader: woken \(#0\)\.?", "reader-woken"),
    (r"Writer: taken out of the channel \(#0\)\.?", "taken"),
    (r"Writer: trying to send \(#0\)\.?", "trying"),
    (r"polling with nothing registered\.", "polling"),
    (r"(before|after) poll\.", r"\1-poll"),
    (r"event: the socket is readable\.", "event:socket"),
    (r"event: the registration is ready\.", "event:registration"),
    (r"the registration is ready\.", "ready"),
    (r"(timer: )?set readiness\.", "set-readiness"),
    (r"readiness reset\.", "reset"),
    (r"[\d.]+-second timer\.", "tick"),
    (r"awakener (written|read)\.", r"awakener-\1"),
    (r"awakener read: empty\.", "awakener-empty"),
    (r"the awakener was (not )?written.*", "verdict"),
    (r"future poll\(\) count=(\d+) time=.*", r"poll-\1"),
    (r"(scheduled|notified|complete)\.", r"\1"),
)
# A counter, and the words of which there must be as many.
COUNTED = {
    "waits": r"woke",
    "events": r"event:.*|event#.*",
    "datagrams_received": r"received",
    "datagrams_sent": r"sent",
    "receive_would_block": r"recv-blocks.*",
    "send_would_block": r"send-blocks.*",
    "dropped_queue_full": r"dropped",
    "polls": r"poll.*",
    "main_polls": r"main-poll",
    "wakeups_written": r"awakener-written",
    "wakeups_received": r"awakener-empty",
}


def word(line: str) -> str:
    """#0 is left out: most programs have one socket."""
    for pattern, name in WORDS:
        found = re.fullmatch(pattern, line)
        if found:
            text = found.expand(name).replace("#0", "").replace("readable, writable", "rw")
            return text.replace("readable", "r").replace("writable", "w").lower()
    raise AssertionError(f"nobody knows the line {line!r}")


def asleep(pid: int) -> bool:
    """All its threads are, or it has ended."""
    return processes.states(pid) <= {"S", "Z"}


class Traced:
    """A program under its script.  What it has told is read whenever all its threads sleep."""

    def __init__(self, *command: Any, spins: bool = False) -> None:
        environment = dict(os.environ, **({"LD_PRELOAD": given.preload} if given.preload else {}))
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert self.process.stdout
        self.output = self.process.stdout.fileno()
        fcntl.fcntl(self.output, fcntl.F_SETFL, os.O_NONBLOCK)
        self.words: list[str] = []
        self.rest = ""
        self.spins = spins
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def __enter__(self) -> Traced:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def read(self) -> list[str]:
        """Whole lines."""
        try:
            text = self.rest + os.read(self.output, 1 << 20).decode()
        except BlockingIOError:
            return []
        *lines, self.rest = text.split("\n")
        return lines

    def until_quiet(self, last: str = ".*") -> list[str]:
        """From its next line on all that it tells, until it sleeps after such a line: a thread that
        has just been started may sleep for other reasons."""
        deadline = time.monotonic() + DEADLINE_S
        if not select.select([self.output], [], [], DEADLINE_S)[0]:
            raise AssertionError("told nothing")
        lines: list[str] = []
        while True:
            quiet = self.spins or asleep(self.process.pid)
            told = self.read()
            lines += told
            if quiet and not told and re.fullmatch(last, lines[-1] if lines else ""):
                return lines
            if time.monotonic() > deadline:
                raise AssertionError(f"never quiet: {lines}")

    def until_done(self) -> list[str]:
        return self.until_quiet(IDLE_ROUND if self.spins else ASLEEP)

    def start(self) -> list[str]:
        lines = self.until_done()
        first = next(line for line in lines if line.startswith("listening on"))
        self.client.connect(("127.0.0.1", int(re.findall(r"port (\d+)", first)[0])))
        lines.remove(first)
        return self.told(lines)

    def told(self, lines: list[str]) -> list[str]:
        """In words.  Stopping it may have interrupted the wait in which it was."""
        words = [word(line) for line in lines]
        self.words += words
        while len(words) > 2 and words[:2] in (["woke", "wait"], ["interrupted", "wait"]):
            words = words[2:]
        return words

    def send(self, datagrams: list[bytes]) -> list[str]:
        """At once, if there are several: it is stopped until the last one lies in its socket."""
        pid = self.process.pid
        if len(datagrams) > 1:
            os.kill(pid, signal.SIGSTOP)
            os.waitid(os.P_PID, pid, os.WSTOPPED)
        for datagram in datagrams:
            before = self.queued()
            self.client.send(datagram)
            deadline = time.monotonic() + DEADLINE_S
            while len(datagrams) > 1 and self.queued() == before:
                if time.monotonic() > deadline:
                    raise AssertionError("a datagram never arrived")
        if len(datagrams) > 1:
            os.kill(pid, signal.SIGCONT)
            os.waitid(os.P_PID, pid, os.WCONTINUED)
        return self.told(self.until_done())

    def queued(self) -> str:
        """What the kernel says of the bytes that wait in its socket.  A row may be missing while
        other sockets come and go."""
        port = f":{self.client.getpeername()[1]:04X}"
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            for row in Path("/proc/net/udp").read_text("ascii").splitlines()[1:]:
                if row.split()[1].endswith(port):
                    return row.split()[4]
        raise AssertionError("its socket is gone")

    def end(self) -> dict[str, int]:
        """The counters, with what was told of stopping."""
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(DEADLINE_S) != 0:
            raise AssertionError(f"ended with {self.process.returncode}")
        lines = self.read()
        rows = [re.fullmatch(r"(\w+) +(\d+) \w+", line) for line in lines]
        self.told([line for line, row in zip(lines, rows, strict=True) if not row])
        return {row[1]: int(row[2]) for row in rows if row}


def runs_here(name: str) -> bool:
    done = subprocess.run([given.bin / name, "--help"], capture_output=True, text=True, check=True)
    return "Cannot run here" not in done.stdout


def words_of(row: str) -> list[str]:
    """(a b)*3 is a b a b a b."""
    return re.sub(r"\(([^)]*)\)\*(\d+)", lambda m: f"{m[1]} " * int(m[2]), row).split()


def without(words: list[str], kept: set[str]) -> list[str]:
    return [name for name in words if name in kept]


class Traces(unittest.TestCase):
    def compare(self, told: list[str], name: str, step: str, row: str) -> None:
        self.assertEqual(told, words_of(row), f"{name}, {step}: {' '.join(told)}")

    def script(self, name: str, entry: dict[str, Any]) -> None:
        command = [given.bin / entry.get("program", name)]
        if entry.get("shim"):
            command = [given.bin / "edgewise", "serve", given.shims / f"shim-{name}.so"]
        options = ["--port", "0", "--trace", "--stats", *entry.get("options", [])]
        with Traced(*command, *options, spins=entry.get("spins", False)) as program:
            self.compare(program.start(), name, "start", entry["start"])
            for _ in range(2):
                self.compare(program.send(BURST[:1]), name, "alone", entry["alone"])
            self.compare(program.send(BURST), name, "burst", entry["burst"])
            blocked = entry.get("blocked", []) if given.preload else []
            for datagrams, row in zip(BLOCKED, blocked):
                self.compare(program.send(datagrams), name, "blocked", row)
            counters = program.end()
        for counter, words in COUNTED.items():
            if counter in entry.get("uncounted", []):
                continue
            told = sum(n for w, n in Counter(program.words).items() if re.fullmatch(words, w))
            self.assertEqual(told, counters[counter], f"{name}, {counter}")

    def test_every_moment_is_told_in_order_and_as_often_as_it_is_counted(self) -> None:
        for name, entry in TABLE.items():
            if given.shims if entry.get("shim") else runs_here(entry.get("program", name)):
                with self.subTest(name=name):
                    self.script(name, entry)

    def test_no_server_is_left_out(self) -> None:
        self.assertEqual(set(given.servers) - set(TABLE), set())

    def test_the_channels_datagrams_live_through_four_polls_of_each(self) -> None:
        entry = TABLE["echo-tokio-mpsc"]
        self.assertEqual(len(without(words_of(entry["alone"]), set(MPSC.split()))), 13)
        for row in (entry["alone"], entry["burst"]):
            words = words_of(row)
            received, sent = (
                [i for i, name in enumerate(words) if name == which]
                for which in ("received", "sent")
            )
            for poll in ("writer-poll", "reader-poll"):
                before = [words[:i].count(poll) for i in received]
                after = [words[:i].count(poll) + (poll == "reader-poll") for i in sent]
                self.assertEqual([b - a + 1 for a, b in zip(before, after)], [4] * len(sent))

    def others_in_lock_step(self, *target: str) -> int:
        command = [given.bin / "edgewise", "fingerprint", *target, "--scenario=cost", "--json=-"]
        done = subprocess.run(command, capture_output=True, timeout=DEADLINE_S, check=True)
        found = parsed(done.stdout)["result"]["fingerprints"][0]["scenarios"]["cost"]
        self.assertEqual(found["lock-step"]["echoes"], 50)
        return int(found["lock-step"].get("other", 0))

    def test_a_needless_wake_up_is_a_figure(self) -> None:
        """A write, and the two reads that find it and nothing more: mio's issue 785."""
        for form, calls in (("best", 0), ("pipe", 0), ("2017", 150)):
            found = self.others_in_lock_step("echo-tokio", f"--awakener={form}")
            self.assertEqual(found, calls, form)
        for form, calls in (("pipe", 0), ("2017", 150)):
            command = f"{given.bin / 'mio-pipe'} --serve --port {{port}} --awakener {form}"
            self.assertEqual(self.others_in_lock_step("--exec", command), calls, command)

    def test_the_demonstrations_tell_theirs(self) -> None:
        for entry in MOMENTS["demonstrations"]:
            port = ["--port=0"] if entry["name"] in ("mio-mixed", "mio-pipe") else []
            command = [given.bin / entry["name"], *port, "--trace", *entry["options"]]
            wanted = words_of(entry["told"])
            with self.subTest(command=command[1:]), Traced(*command) as program:
                told = self.told_by_demonstration(program, entry, len(wanted))
                self.assertEqual(told[: len(wanted)], wanted)
            original = words_of(entry["original"])
            self.assertEqual(without(wanted, set(original)), original, entry["name"])

    def told_by_demonstration(
        self, program: Traced, entry: dict[str, Any], wanted: int
    ) -> list[str]:
        """As many words as are wanted, or more."""
        lines = program.until_quiet()
        if lines[0].startswith("listening on"):
            program.client.connect(("127.0.0.1", int(lines.pop(0).split()[-1])))
        if entry.get("datagram"):
            program.client.send(b"hello")
        while len(lines) < wanted:
            lines += program.until_quiet()
        return [word(line) for line in lines]

    def test_what_the_originals_told_is_told_or_has_its_reason(self) -> None:
        for name, entry in TABLE.items():
            for step, row in entry.get("original", {}).items():
                original, ours = words_of(row), words_of(entry[step])
                same = without(ours, set(original)) == original
                reason = entry.get("differs", {}).get(step)
                self.assertEqual(same, not reason, f"{name}, {step}: {reason}")


if __name__ == "__main__":
    if not Path("/proc/net/udp").exists():
        print("skipped: who sleeps, and what waits in a socket, is read from /proc")
        sys.exit(SKIPPED)
    if not given.preload:
        print("skipped: blocked sends: nothing is preloaded into what is under a sanitizer")
    unittest.main(argv=sys.argv[:1])
