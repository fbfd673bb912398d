"""Processes and threads as proc(5) tells of them, any of which may end while one looks: a glob over
/proc fails then with ESRCH."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

ALL = Path("/proc")


def told(name: str, of: Path = ALL) -> Iterator[tuple[int, str]]:
    """The number of each process, or of each thread below /proc/PID/task, and what its file of that
    name holds; nothing of one that has ended, or that may not be looked at."""
    numbers: list[str] = []
    with contextlib.suppress(OSError):
        numbers = [entry for entry in os.listdir(of) if entry.isdigit()]
    for number in numbers:
        with contextlib.suppress(OSError):
            yield int(number), os.fsdecode((of / number / name).read_bytes())


def with_word(name: str, word: str) -> list[int]:
    """The processes whose file of that name, "cmdline" or "environ", has it as one of its words."""
    return [pid for pid, words in told(name) if word in words.split("\0")]


def of_session(session: int) -> list[int]:
    return [pid for pid, stat in told("stat") if int(fields(stat)[3]) == session]


def fields(stat: str) -> list[str]:
    """From the state on; before it is the command's name, which may hold blanks and brackets."""
    return stat.rpartition(")")[2].split()


def threads(pid: int) -> Path:
    return ALL / str(pid) / "task"


def states(pid: int) -> set[str]:
    """A letter each of all its threads; none when it is gone."""
    return {fields(stat)[0] for _, stat in told("stat", threads(pid))}
