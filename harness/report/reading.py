"""Results of edgewise, read from JSON: what is none is refused in words, and what is one is of the
form that the pages' models take for granted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
# A key with a question mark may be missing.
Shape = Any
TEXT_OR_NULL = (str, type(None))
# As a key: each member is of that shape, whatever it is called.
EVERY = "*"
# From 0, and such that sums and scales of plots can be made of it.
NUMBER = "a number"
NUMBER_OR_NULL = "a number or null"
NUMBER_MOST = 1e15


class BadInput(Exception):
    """What is wrong with a file, in one line that says how to mend it."""


@dataclass
class File:
    path: str
    found: dict[str, Any]

    @property
    def kind(self) -> str:
        """The command that wrote it, or what edgewise merge has joined."""
        of = self.result.get("of") if self.found["command"] == "merge" else None
        return str(of or self.found["command"])

    @property
    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = self.found["result"]
        return result

    @property
    def stem(self) -> str:
        return Path(self.path).stem


def refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number that JSON knows")


def read(path: str, take_partial: bool, kinds: dict[str, Shape]) -> File:
    """A result of one of these kinds, of the shape that belongs to it."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=refuse_constant)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"{path}: no JSON, or not all of it: {error}; edgewise check --json FILE writes it"
        ) from error
    if not isinstance(found, dict) or "format" not in found or "command" not in found:
        raise BadInput(f"{path}: no result of edgewise; edgewise check --json FILE writes them")
    if found["format"] != FORMAT:
        raise BadInput(
            f"{path}: format {found['format']}, and this edgewise reads {FORMAT}; use the edgewise"
            " that wrote it"
        )
    if found.get("partial") and not take_partial:
        raise BadInput(
            f"{path}: partial, the run was interrupted; run it again, or show what there is with"
            " --partial"
        )
    if not found.get("result"):
        raise BadInput(f"{path}: nothing was run: {found.get('error') or 'the result is empty'}")
    file = File(path, found)
    if not isinstance(found["result"], dict):
        raise BadInput(f"{path}: not as edgewise {found['command']} writes it")
    if file.kind not in kinds:
        raise BadInput(
            f"{path}: a result of edgewise {file.kind}; pages are made of those of"
            f" {', '.join(kinds)} and merge"
        )
    try:
        check_shape(found, kinds[file.kind], "it")
    except ValueError as error:
        raise BadInput(
            f"{path}: not as edgewise {file.kind} writes it: {error}; run it again"
        ) from error
    return file


def check_number(value: Any, or_null: bool, where: str) -> None:
    if or_null and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{where} is a {type(value).__name__}")
    if not 0 <= value <= NUMBER_MOST:
        raise ValueError(f"{where} is no number from 0 to {NUMBER_MOST:.0e}")


def check_shape(value: Any, shape: Shape, where: str) -> None:
    """ValueError for the first place that is not as it should be, so that it is not met in the
    middle of the page."""
    if isinstance(shape, dict) and isinstance(value, dict):
        every = shape.get(EVERY)
        for key, one in value.items() if every else ():
            check_shape(key, str, f"a name in {where}")
            check_shape(one, every, f"{where}.{key}")
        for key, inner in () if every else shape.items():
            name = key.rstrip("?")
            if name in value:
                check_shape(value[name], inner, f"{where}.{name}")
            elif name == key:
                raise ValueError(f"{where}.{name} is missing")
    elif isinstance(shape, list) and isinstance(value, list):
        for i, one in enumerate(value):
            check_shape(one, shape[0], f"{where}[{i}]")
    elif shape in (NUMBER, NUMBER_OR_NULL):
        check_number(value, shape is NUMBER_OR_NULL, where)
    elif isinstance(shape, set):
        if not isinstance(value, str) or value not in shape:
            raise ValueError(f"{where} is none of {', '.join(sorted(shape))}")
    elif isinstance(shape, (dict, list)) or not isinstance(value, shape):
        raise ValueError(f"{where} is a {type(value).__name__}")
    elif isinstance(value, str):
        value.encode()  # half of a surrogate pair is no text
