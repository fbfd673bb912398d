"""Who tests the tester: mutants_test.py EDGEWISE MUTANTS.so [OPTION...] [MUTANT...]

For each mutant of table.py: the cases that must fail do, and with those switched off it escapes,
though what is related to them runs.  Together: each case of the catalogue has a mutant that it
alone catches.  --complete runs the whole catalogue on each mutant instead, ROUNDS times: nothing
but what table.py names may fail.

What is said of them stands in texts.txt, to be read as a page: a reason that is not there is wrong
until --write has put it there and somebody has read it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from result_json import parsed
from table import MUTANTS, RIGHT, SKELETON, Mutant

HERE = Path(__file__).parent
TEXTS = HERE / "texts.txt"
# Works on any server that works at all, so that an escape has something to pass.
ALWAYS = "integrity-one-byte"
# Finds whatever shows after many echoes, as it should: it says nothing about other cases' mutants.
FINDS_ALL = "soak-echoes"
# Floods by the clock: left to --complete, and to the right one, where they are not what must catch.
FLOODS = ("lifecycle-flat", "starvation-flood", "starvation-shares")
# Most of the time is spent in waiting for answers that do not come.
AT_ONCE = 4 * (os.cpu_count() or 1)
DEADLINE_S = 240.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
# A run that the environment spoiled says nothing, and is made again.
TRIES = 3
SEED = "1"


class Wrong(Exception):
    """What a mutant should not have done."""


def result_of(edgewise: str, *words: str, **more: Any) -> tuple[int, dict[str, Any]]:
    command = [edgewise, *words, "--json", "-"]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **more
        )
    except subprocess.TimeoutExpired as late:
        raise Wrong(f"edgewise {words[0]} hangs") from late
    if not done.stdout:
        raise Wrong(f"edgewise {words[0]} ended with {done.returncode}: {done.stderr.decode()}")
    return done.returncode, parsed(done.stdout)


def text_of(case: dict[str, Any]) -> str:
    """Without what is another each time: counts, ports, what the target is called, and how to try
    it again."""
    reason = str(case["reason"]).partition("; again: ")[0].replace(str(case["target"]), "TARGET")
    if case["case"] == "hostile-random":
        reason = re.sub("bytes '.*?'", "bytes 'BYTES'", reason)
    return f"{case['verdict']} {case['case']}: " + re.sub(r"\b0x[0-9a-f]+|\d+(\.\d+)?", "N", reason)


class Judge:
    def __init__(self, edgewise: str, library: str, folder: Path) -> None:
        self.edgewise = edgewise
        self.library = Path(library)
        self.folder = folder
        listed = result_of(edgewise, "list")[1]["result"]["case"]
        self.cases = [row["id"] for row in listed]
        RIGHT.target(self.library, folder)  # others stand beside it, side by side
        self.lacking: set[str] = set()  # cases that this platform does not support
        self.texts: set[str] = set()

    def check(
        self, mutant: Mutant, cases: list[str], skips: list[str], rounds: int = 1
    ) -> tuple[int, dict[str, set[str]]]:
        """The exit status, and the verdicts of each case."""
        words = [
            "check",
            *mutant.target(self.library, self.folder),
            "--private",
            "--seed",
            SEED,
            "--repeat",
            str(rounds),
            *mutant.options,
        ]
        for case in cases:
            words += ["--case", case]
        for case in skips:
            words += ["--skip", case]
        for _ in range(TRIES):
            status, found = result_of(
                self.edgewise,
                *words,
                env={**os.environ, "TMPDIR": str(self.folder)},
                timeout=DEADLINE_S * rounds,
            )
            if found["error"]:
                raise Wrong(f"could not be judged: {found['error']}")
            if all(one["verdict"] != "INVALID" for one in found["cases"]):
                break
        verdicts: dict[str, set[str]] = {}
        # Of those that must catch it alone: what else it comes to is chance.
        wanted = set(mutant.must) & set(cases)
        self.texts |= {
            text_of(one)
            for one in found["cases"]
            if one["verdict"] == "FAIL" and one["case"] in wanted
        }
        for one in found["cases"]:
            verdicts.setdefault(one["case"], set()).add(one["verdict"])
        return status, verdicts

    def related(self, mutant: Mutant) -> list[str]:
        if mutant is RIGHT:
            return []
        return sorted({case.split("-", 1)[0] for case in mutant.must} | {ALWAYS})

    def is_caught(self, mutant: Mutant, tries: int = 2) -> None:
        """Who had no processor had no chance to do anything wrong, and gets another."""
        status, verdicts = self.check(mutant, list(mutant.must), [])
        self.lacking |= {case for case, seen in verdicts.items() if seen == {"UNSUPPORTED"}}
        missed = [
            f"{case} ({', '.join(seen)})"
            for case, seen in verdicts.items()
            if not seen <= {"FAIL", "UNSUPPORTED"}
        ]
        if missed and tries > 1:
            self.is_caught(mutant, tries - 1)
        elif missed or status != (1 if set(mutant.must) - self.lacking else 3):
            raise Wrong(f"not caught by {', '.join(missed)}; status {status}")

    def escapes(self, mutant: Mutant) -> None:
        caught = [*mutant.must, *mutant.likewise, *mutant.may]
        caught += FLOODS if mutant is not RIGHT else ()
        status, verdicts = self.check(mutant, self.related(mutant), caught)
        failed = [
            f"{case} ({', '.join(seen)})" for case, seen in verdicts.items() if "FAIL" in seen
        ]
        if failed or status != 0:
            raise Wrong(f"does not escape: caught by {', '.join(failed)}, too; status {status}")

    def has_figure(self, mutant: Mutant, figure: tuple[str, str, int]) -> None:
        """And the right one has another."""
        run, name, value = figure
        words = [
            "fingerprint",
            "--scenario",
            "blocked",
            *mutant.options,
            *mutant.target(self.library, self.folder),
            *RIGHT.target(self.library, self.folder),
        ]
        _, found = result_of(self.edgewise, *words, timeout=DEADLINE_S)
        wrong, right = (
            one["scenarios"]["blocked"][run].get(name, 0) for one in found["result"]["fingerprints"]
        )
        if wrong != value or right == value:
            raise Wrong(f"{run}: {name} is {wrong}, and {right} when all is right")

    def is_caught_by_no_other(self, mutant: Mutant, rounds: int) -> None:
        _, verdicts = self.check(
            mutant, [], [FINDS_ALL] if FINDS_ALL not in mutant.must else [], rounds
        )
        must = (*mutant.must, *mutant.likewise)
        missed = [
            case
            for case in must
            if verdicts.get(case) not in ({"FAIL"}, {"INVALID", "FAIL"}, {"UNSUPPORTED"})
        ]
        other = [
            case
            for case, seen in verdicts.items()
            if "FAIL" in seen and case not in (*must, *mutant.may)
        ]
        if missed or other:
            raise Wrong(
                f"not caught by {', '.join(missed) or 'none'}; caught also by"
                f" {', '.join(other) or 'none'}"
            )


def names_in_sources() -> set[str]:
    texts = [file.read_text() for file in HERE.glob("*.c")] + [SKELETON.read_text()]
    return set(re.findall(r'^    \{?"([a-z0-9-]+)"[,:]', "\n".join(texts), re.MULTILINE))


def check_table(cases: list[str]) -> list[str]:
    """What is wrong with the table itself."""
    named = {m.name for m in MUTANTS}
    alone = {m.must[0] for m in MUTANTS if len(m.must) == 1 and not m.likewise}
    written = names_in_sources()
    errors = [f"{m.name}: more than two cases that may fail" for m in MUTANTS if len(m.may) > 2]
    errors += [
        f"{m.name}: neither a case nor a figure catches it"
        for m in MUTANTS
        if not m.must and not m.figure
    ]
    errors += [
        f"{m.name}: no case is called {case}"
        for m in MUTANTS
        for case in (*m.must, *m.likewise, *m.may)
        if case not in cases
    ]
    errors += [f"{case}: no mutant is caught by it alone" for case in cases if case not in alone]
    errors += [
        f"{name}: in the table or in the sources, but not in both"
        for name in sorted(named ^ written)
    ]
    if len(named) != len(MUTANTS) or len(named) < 30:
        errors.append(f"{len(MUTANTS)} rows of {len(named)} mutants; thirty are wanted")
    return errors


def check_texts(said: set[str], write: bool) -> list[str]:
    known = set(TEXTS.read_text().splitlines())
    if write:
        TEXTS.write_text("\n".join(sorted(known | said)) + "\n")
        return []
    return [f"not in texts.txt: {text}" for text in sorted(said - known)]


def judge_one(judge: Judge, mutant: Mutant, rounds: int) -> str:
    """What is wrong with it beside what should be; "" for nothing."""
    try:
        if rounds:
            judge.is_caught_by_no_other(mutant, rounds)
        else:
            if mutant.must:
                judge.is_caught(mutant)
            if mutant.figure:
                judge.has_figure(mutant, mutant.figure)
            judge.escapes(mutant)
    except Wrong as wrong:
        return str(wrong)
    return ""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("edgewise")
    parser.add_argument("library")
    parser.add_argument("mutants", nargs="*", metavar="MUTANT")
    parser.add_argument("--complete", type=int, default=0, metavar="ROUNDS")
    parser.add_argument("--without-epoll", action="store_true")
    parser.add_argument("--write", action="store_true", help="add what is said to texts.txt")
    given = parser.parse_args()
    unknown = set(given.mutants) - {m.name for m in (RIGHT, *MUTANTS)}
    if unknown:
        parser.error(f"no mutant is called {', '.join(sorted(unknown))}")

    chosen = [m for m in (RIGHT, *MUTANTS) if not given.mutants or m.name in given.mutants]
    lacking = [m.name for m in chosen if (m.epoll or m.figure) and given.without_epoll]
    chosen = [m for m in chosen if m.name not in lacking]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        judge = Judge(given.edgewise, given.library, Path(folder))
        errors = check_table(judge.cases)
        # Those with much to wait for begin, so that nobody waits for the last one alone.
        begun = {
            m: pool.submit(judge_one, judge, m, given.complete)
            for m in sorted(chosen, key=lambda m: -len(m.must))
        }
        for mutant in chosen:
            error = begun[mutant].result()
            print(
                f"{'wrong' if error else 'ok':6}{mutant.name:30} {error or ', '.join(mutant.must)}",
                flush=True,
            )
            errors += [mutant.name] if error else []
    errors += check_texts(judge.texts, given.write)
    for what in [*lacking, *sorted(judge.lacking)]:
        print(f"not on this platform: {what}")
    for error in errors:
        print(f"wrong: {error}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
