"""What docs/tutorial.md has its reader type works and prints what it says: tutorial_test.py
EDGEWISE."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from examples import commands_of, examples_of

EDGEWISE = Path(sys.argv[1])
PAPER = Path(__file__).resolve().parents[2] / "docs/tutorial.md"
DEADLINE_S = 90.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
SKIPPED = 77
MARK = "@@next@@"


def pattern(line: str) -> str:
    """Numbers differ from run to run, and "..." stands for whatever there is."""
    words = re.sub(r"\d+", "9", " ".join(line.split()))
    return re.escape(words).replace(r"\.\.\.", ".*").replace("9", r"\d+")


def printed(folder: Path) -> list[list[str]]:
    """Of each command, what it printed: all in one shell, so that `echo $?` tells of the one
    before."""
    script = "exec 2>&1\n"
    for command, _ in commands_of(PAPER):
        script += f"{command}\ns=$?; echo {MARK}; (exit $s)\n"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": f"{EDGEWISE.parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=DEADLINE_S,
    )
    return [part.strip().splitlines() for part in done.stdout.split(MARK)[:-1]]


class Tutorial(unittest.TestCase):
    def test_each_command_prints_what_is_shown(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file, text in examples_of(PAPER).items():
                (folder / file).write_text(text)
            told = printed(folder)
            self.assertIn("<!DOCTYPE html>", (folder / "page.html").read_text())
        commands = commands_of(PAPER)
        self.assertEqual(len(told), len(commands))
        for (command, shown), lines in zip(commands, told):
            with self.subTest(command=command):
                self.assertNotRegex(" ".join(lines), "usage|command not found")
                rest = iter(lines)
                for line in filter(lambda one: one.strip() != "...", shown):
                    self.assertTrue(
                        any(re.fullmatch(pattern(line), " ".join(one.split())) for one in rest),
                        f"{line!r} is not in {lines}",
                    )


def skip_without(words: list[str], says: str, reason: str) -> None:
    done = subprocess.run([EDGEWISE, *words], capture_output=True, text=True)
    if says in done.stdout + done.stderr:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    if not sys.platform.startswith("linux"):
        print("skipped: the tutorial is for Linux")
        sys.exit(SKIPPED)
    skip_without(
        ["check", "echo-poll", "--case", "hostile-source-zero"],
        "UNSUPPORTED",
        "no network namespace can be made here, which one step of the tutorial needs",
    )
    unittest.main(argv=sys.argv[:1])
