"""How the tests of edgewise check run it: TEST EDGEWISE ODD_TARGET ODD_PLUGINS MUTANT.so."""

from __future__ import annotations

import os
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import processes
from result_json import parsed

EDGEWISE, ODD_TARGET, ODD_PLUGINS, MUTANT = (Path(argument) for argument in sys.argv[1:])
SCALE = float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
DEADLINE_S = 60.0 * SCALE


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run([EDGEWISE, *words], text=True, timeout=DEADLINE_S, **more)


def check(*words: str, **more: Any) -> tuple[int, dict[str, Any], str]:
    """Exit status, JSON, which must be there and valid whatever happened, and the standard
    error."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        file = Path(folder) / "result.json"
        done = run("check", *words, "--json", str(file), **more)
        found = parsed(file.read_text())
    assert found["format"] == 1 and found["status"] == done.returncode, found
    return done.returncode, found, done.stderr


def odd(mode: str) -> list[str]:
    return ["--exec", f"{shlex.quote(str(ODD_TARGET))} {mode} {{port}}"]


# Runs the words that follow where no network namespace can be made.
WITHOUT_NAMESPACES = (
    "unshare",
    "-r",
    "sh",
    "-c",
    'echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"',
    "sh",
)


def skip_unless_namespaces_can_be_limited(test: unittest.TestCase) -> None:
    if (
        shutil.which("unshare") is None
        or subprocess.run([*WITHOUT_NAMESPACES, "true"], stderr=subprocess.DEVNULL).returncode != 0
    ):
        test.skipTest("the number of network namespaces cannot be limited here")


class Marked(unittest.TestCase):
    """Everything that a run started with `env` carries a mark in its environment."""

    def setUp(self) -> None:
        self.mark = f"EDGEWISE_TEST_MARK={os.getpid()}-{self.id()}"
        self.env = os.environ | dict([self.mark.split("=")])

    def left(self) -> list[str]:
        commands = dict(processes.told("cmdline"))
        return [commands.get(pid, "") for pid in processes.with_word("environ", self.mark)]

    def wait_until_nothing_is_left(self) -> None:
        for _ in range(int(DEADLINE_S * 100)):
            if not self.left():
                return
            select.select([], [], [], 0.01)
        self.fail(f"left running: {self.left()}")
