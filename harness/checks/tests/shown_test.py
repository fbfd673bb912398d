"""edgewise check as a terminal, a pipe and a screen reader have it: shown_test.py EDGEWISE
ODD_TARGET ODD_PLUGINS MUTANT.so."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path

from checking import DEADLINE_S, EDGEWISE, MUTANT, odd, run
from result_json import parsed

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from terminal import Cell, screen_of, shown_on_terminal, text_of  # noqa: E402

ABSENT = "echo-kqueue-edge" if sys.platform == "linux" else "echo-epoll-edge"
# MUTANT fails the second.
CASES = ["--case", "integrity-empty", "--case", "order-freeze", "--case", "integrity-wildcard"]
FAILS = [str(MUTANT), *CASES]
GREEN, RED, GREY = "32", "1;31", "90"


def on_terminal(
    *words: str, lines: int = 24, columns: int = 80, env: dict[str, str] | None = None
) -> bytes:
    return shown_on_terminal(
        [EDGEWISE, "check", *words],
        DEADLINE_S,
        size=(lines, columns),
        env=os.environ | {"TERM": "xterm"} | (env or {}),
    )


class Matrix(unittest.TestCase):
    def cells(self, *words: str, lines: int = 24) -> dict[str, list[list[Cell]]]:
        """The cells of each target's row, by its name."""
        rows: dict[str, list[list[Cell]]] = {}
        for line in screen_of(on_terminal(*words, lines=lines))[2:]:
            if not line:
                break
            text = "".join(cell.character for cell in line)
            name = text.split()[0]
            self.assertNotIn(name, rows)
            found = list(re.finditer(r"\S+", text[len(name) :]))
            rows[name] = [line[len(name) + one.start() : len(name) + one.end()] for one in found]
        return rows

    def test_a_cell_is_the_worst_of_its_chapter(self) -> None:
        words = ["echo-poll", ABSENT, *odd("die"), *FAILS]
        for jobs in ("1", "4"):
            rows = self.cells(*words, "--jobs", jobs)
            told = {
                name: [("".join(c.character for c in cell), cell[0].colour) for cell in row]
                for name, row in rows.items()
            }
            self.assertEqual(told["echo-poll"], [("2", GREEN), ("1", GREEN)], told)
            self.assertEqual(told["swaps"], [("2", GREEN), ("F1", RED)], told)
            self.assertEqual("".join(text for text, _ in told[ABSENT][:2]), "missing:needs")
            self.assertEqual([text for text, _ in told["odd_target"]], ["could", "not", "run"])

    def test_details_stand_below_it_with_their_target(self) -> None:
        lines = text_of(screen_of(on_terminal("echo-poll", *FAILS)))
        self.assertEqual(
            [line.split(" ")[0] for line in lines[2:6]], ["echo-poll", "swaps", "", "swaps"]
        )
        self.assertEqual(lines[6], "  FAIL        order-freeze")
        self.assertRegex(lines[-2], "^5 passed, 1 FAIL$")

    def test_what_is_known_is_told_apart(self) -> None:
        known = {"order-freeze": "FAIL: reads once", "integrity-empty": "FAIL: once upon a time"}
        command = [str(EDGEWISE), "serve", str(MUTANT), "--port", "{port}"]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "known.json"
            file.write_text(json.dumps({"name": "known", "command": command, "expect": known}))
            rows = self.cells("echo-poll", str(file), *CASES)
        self.assertEqual(
            rows["known"], [[Cell("!", RED), Cell("1", RED)], [Cell("k", ""), Cell("1", "")]]
        )

    def test_more_targets_than_lines_keep_a_row_each(self) -> None:
        for jobs in ("1", "4"):
            rows = self.cells("echo", "--case", "integrity-empty", "--jobs", jobs, lines=4)
            servers = parsed(run("list", "--json", "-").stdout)["result"]["servers"]
            echo = [one for one in servers if one["group"] == "echo"]
            self.assertEqual(list(rows), [one["name"] for one in echo])
            self.assertEqual(
                [name for name, row in rows.items() if row == [[Cell("1", GREEN)]]],
                [one["name"] for one in echo if not one["missing"]],
            )

    def test_it_says_how_far_it_has_come(self) -> None:
        seen = on_terminal("echo-poll", "echo-select", "--case", "integrity")
        self.assertRegex(seen, rb"echo-poll[ ]+(\x1b\[[0-9;]*m)?7/11")

    def test_a_terminal_too_narrow_for_it_has_marks(self) -> None:
        lines = text_of(screen_of(on_terminal("echo-poll", "echo-select", *CASES, columns=14)))
        self.assertRegex(lines[1], r"^echo-poll +\.\. \.$")


class Size(unittest.TestCase):
    def test_reasons_are_broken_between_words_and_commands_are_not(self) -> None:
        whole = run("check", *FAILS, "--seed", "5").stdout
        self.assertGreater(max(map(len, whole.splitlines())), 100)
        told: list[tuple[int, dict[str, str]]] = [(70, {}), (200, {"COLUMNS": "70"})]
        for columns, env in told:
            lines = text_of(screen_of(on_terminal(*FAILS, "--seed", "5", columns=columns, env=env)))
            again = next(line for line in lines if "again:" in line)
            self.assertIn(again, whole.splitlines())
            rest = [line for line in lines if line != again]
            self.assertLessEqual(max(map(len, rest)), 70)
            seen = lines.index(next(line for line in lines if "seen:" in line))
            self.assertEqual(lines[seen + 1][:24].strip(), "")

    def test_a_pipe_is_as_wide_as_it_likes(self) -> None:
        env = os.environ | {"COLUMNS": "60"}
        line = next(
            line for line in run("check", *FAILS, env=env).stdout.splitlines() if "seen:" in line
        )
        self.assertGreater(len(line), 80)


class Colour(unittest.TestCase):
    def test_the_environment_decides_over_it(self) -> None:
        said: list[tuple[dict[str, str], bool, bool]] = [
            ({}, True, True),
            ({"NO_COLOR": ""}, True, True),
            ({"NO_COLOR": "1"}, False, True),
            ({"TERM": "dumb"}, False, False),
            ({"TERM": ""}, False, False),
            ({"TERM": "dumb", "CLICOLOR_FORCE": "1"}, True, False),
            ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False, True),
        ]
        for env, coloured, redrawn in said:
            with self.subTest(env=env):
                seen = on_terminal("echo-poll", "--case", "integrity-empty", env=env)
                self.assertEqual(b"\x1b[32mPASS" in seen, coloured, seen)
                self.assertEqual(b"\r\x1b[K" in seen, redrawn, seen)

    def test_a_pipe_has_it_only_where_that_is_forced(self) -> None:
        for said, coloured in ((None, False), ("0", False), ("1", True)):
            env = os.environ | ({"CLICOLOR_FORCE": said} if said else {})
            done = run("check", *FAILS, "echo-poll", env=env)
            self.assertEqual("\x1b[" in done.stdout, coloured)
            self.assertNotIn("\r", done.stdout + done.stderr)


class ScreenReader(unittest.TestCase):
    def test_plain_is_one_sentence_a_line(self) -> None:
        seen = on_terminal("--plain", ABSENT, *odd("die"), "echo-poll", *FAILS).decode()
        self.assertNotIn("\x1b", seen)
        lines = seen.replace("\r\n", "\n").splitlines()
        self.assertNotIn("\r", "\n".join(lines))
        for line in lines:
            if not line.startswith(("To see it again: edgewise check ", "edgewise check: ")):
                self.assertRegex(line, r"^[A-Za-z0-9][^|]*\.$")
        self.assertIn("order-freeze is FAIL", seen)
        self.assertRegex(seen, r"integrity-empty is PASS after \d+ milliseconds\.")
        self.assertIn("It could not be run.", seen)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
