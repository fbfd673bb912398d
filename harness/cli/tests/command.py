"""How the tests of the command line run edgewise: TEST EDGEWISE."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from result_json import parsed

EDGEWISE = Path(sys.argv[1])
DEADLINE_S = 20.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run([EDGEWISE, *words], text=True, timeout=DEADLINE_S, **more)


def result_of(*words: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON, which must be there and valid whatever happened."""
    done = run(*words, "--json", "-", **more)
    found = parsed(done.stdout)
    assert found["format"] == 1 and found["status"] == done.returncode, found
    return done.returncode, found


class Case(unittest.TestCase):
    def assert_says(self, done: subprocess.CompletedProcess[str], status: int, words: str) -> None:
        """One line on the standard error, of these words, and this exit status."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertRegex(done.stderr, words)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
